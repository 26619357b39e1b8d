import fc from "fast-check";
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { accounts } from "../../compiler/render/accounts";
import { firewall } from "../../compiler/render/firewall";
import { decideWorld } from "./support/rendered";
import { forThisKernel, inNamespace, missing, noNamespace, run } from "./support/tools";
import { world } from "./support/world";

/*
 * What is rendered for random fleets, fed to the programs that read it on a host. swanctl.conf is read by the charon of
 * the lab's hosts: test/lab/swanctl.test.ts.
 */

const FLEETS = 25;
const seed = Number(process.env["PALISADE_SEED"] ?? Date.now());
const folder = mkdtempSync(join(tmpdir(), "palisade-parsers-"));
after(() => rmSync(folder, { recursive: true }));

/** Writes the files of random hosts, a folder each, and says how many hosts there are. */
function writeHosts(): number {
  let count = 0;
  fc.sample(world, { numRuns: FLEETS, seed }).forEach((written, fleet) => {
    const decided = decideWorld(written);
    for (const host of decided.model.hosts.values()) {
      const place = join(folder, `${fleet}-${host.name}`);
      mkdirSync(place);
      const facets = [accounts(host, decided.model), firewall(host, decided.model, decided.book)];
      for (const { name, text } of facets.flatMap(({ files }) => files))
        writeFileSync(join(place, name), name === "ipset" ? forThisKernel(text) : text);
      count++;
    }
  });
  return count;
}

/**
 * A script that runs another, which has no single quotes, in each host's folder. The first that fails is named, and so
 * is the seed that makes it again. A shell of its own: in a subshell before `||` nothing stops at an error.
 */
function forEachHost(script: string): string {
  return `for host in *; do cd "$host"
    sh -euc '${script}' >../output 2>&1 || { echo "$host (PALISADE_SEED=${seed})"; cat ../output; exit 1; }
    rm ../output; cd ..
  done`;
}

const FIREWALL = `
ipset restore <ipset
for backend in legacy nft; do
  iptables-$backend-restore --test <rules.v4
  ip6tables-$backend-restore --test <rules.v6
done
ipset destroy`;

describe("what is rendered for random fleets is accepted by", () => {
  const hosts = writeHosts();

  test("the programs of this test, of which there are enough hosts", () => assert.ok(hosts >= FLEETS));

  const programs = ["ipset", "iptables-legacy-restore", "ip6tables-legacy-restore", "iptables-nft-restore"];
  const skip = missing(...programs) ?? noNamespace();
  test("ipset, iptables-restore and ip6tables-restore", { skip }, () => {
    const { status, output } = inNamespace(forEachHost(FIREWALL), folder);
    assert.equal(status, 0, output);
  });

  const tools: [program: string, script: string][] = [
    ["visudo", "visudo -c -f sudoers"],
    ["pwck", 'pwck -q -r "$PWD/passwd" "$PWD/shadow"'],
    ["ssh-keygen", 'sed "s/^[^ ]* //" keys >public; [ ! -s public ] || ssh-keygen -l -f public'],
  ];
  for (const [program, script] of tools) {
    test(program, { skip: missing(program) }, () => {
      const { status, output } = run("sh", ["-c", forEachHost(script)], folder);
      assert.equal(status, 0, output);
    });
  }

  test("ipset and iptables-restore, which refuse a broken one", { skip }, () => {
    for (const [file, from, to] of [
      ["rules.v4", "-j ACCEPT", "-j ACCEPTED"],
      ["rules.v6", "--dports", "--dprots"],
      ["ipset", "hash:net", "hash:nett"],
    ] as const) {
      const broken = mkdtempSync(join(tmpdir(), "palisade-broken-"));
      // An isolated host's rules, say, have no --dports.
      const host = readdirSync(folder).find((one) =>
        readFileSync(join(folder, one, file), "utf8").includes(from),
      );
      assert.ok(host !== undefined, `a host whose ${file} has ${from}`);
      cpSync(join(folder, host), join(broken, "host"), { recursive: true });
      const place = join(broken, "host", file);
      writeFileSync(place, readFileSync(place, "utf8").replace(from, to));
      const { status, output } = inNamespace(forEachHost(FIREWALL), broken);
      rmSync(broken, { recursive: true });
      assert.equal(status, 1);
      assert.ok(output.startsWith("host (") && output.includes(to.replace(/^-. ?-?/, "")), output);
    }
  });

  const BROKEN: [file: string, text: string, program: string, script: string][] = [
    ["sudoers", "%sre ALL=(ALL NOPASSWD: ALL\n", "visudo", "visudo -c -f sudoers"],
    ["passwd", "sre:x:10001:10001\n", "pwck", 'pwck -q -r "$PWD/passwd" "$PWD/shadow"'],
  ];
  for (const [file, text, program, script] of BROKEN) {
    test(`${program}, which refuses a broken one`, { skip: missing(program) }, () => {
      const broken = mkdtempSync(join(tmpdir(), "palisade-broken-"));
      mkdirSync(join(broken, "host"));
      for (const name of ["passwd", "shadow", "sudoers"]) writeFileSync(join(broken, "host", name), "");
      writeFileSync(join(broken, "host", file), text);
      const { status, output } = run("sh", ["-c", forEachHost(script)], broken);
      rmSync(broken, { recursive: true });
      assert.equal(status, 1);
      assert.match(output, /^host \(PALISADE_SEED=\d+\)/);
    });
  }
});
