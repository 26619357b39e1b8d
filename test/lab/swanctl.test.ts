import fc from "fast-check";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CertificateAuthority } from "../../compiler/identity/certificate";
import { deriveKey } from "../../compiler/identity/keys";
import { ipsec } from "../../compiler/render/ipsec";
import { ensureImage } from "../../lab/machine/image";
import { goldenFiles, scenarios } from "../compiler/support/golden";
import { decideWorld } from "../compiler/support/rendered";
import { world } from "../compiler/support/world";
import { cannotRunLab } from "./support/test-lab";

/*
 * Every swanctl.conf of the golden files and of random fleets, read by swanctl and charon of the lab's root image, in
 * namespaces of their own: no host has to boot for it.
 */

const FLEETS = 25;
const seed = Number(process.env["PALISADE_SEED"] ?? Date.now());
const folder = mkdtempSync(join(tmpdir(), "palisade-swanctl-"));
after(() => rmSync(folder, { recursive: true }));

/** Starts charon in the image, then loads each file by itself and prints its name and what swanctl says of it. */
const LOAD = `
root=$1 files=$2
mount -t tmpfs none "$root/run"
mount -t proc none "$root/proc"
mount --bind /dev "$root/dev"
mount --bind "$files" "$root/mnt"
ip link set lo up
chroot "$root" /usr/sbin/charon-systemd >"$files/charon.log" 2>&1 &
charon=$!
until chroot "$root" swanctl --stats >/dev/null 2>&1; do
  kill -0 "$charon" || { cat "$files/charon.log"; exit 1; }
  sleep 0.1
done
for file in "$files"/*.conf; do
  name=\${file##*/}
  printf '%s: ' "$name"
  chroot "$root" swanctl --load-conns --file "/mnt/$name" 2>&1 | grep -w connections
done
`;

/** How many connections a file has: those of peers, and that which lets neighbour discovery pass. */
function connectionsIn(text: string): number {
  return [...text.matchAll(/^ {2}(\S+ : palisade-peer|neighbour_discovery) \{$/gm)].length;
}

async function writeCertificates(): Promise<void> {
  const key = deriveKey(Buffer.alloc(32, 7), "dev", { use: "ca" });
  const authority = await CertificateAuthority.create("dev", key);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, encoding: "utf8" });
  openssl("genpkey", "-algorithm", "ed25519", "-out", "host.key");
  const request = openssl("req", "-new", "-key", "host.key", "-subj", "/CN=x");
  mkdirSync(join(folder, "x509"));
  mkdirSync(join(folder, "x509ca"));
  const names = ["palisade-ca.pem", "palisade-other-ca.pem"];
  for (const name of names) writeFileSync(join(folder, "x509ca", name), authority.pem);
  const certificate = await authority.sign("h0", request, "2026-11-01");
  writeFileSync(join(folder, "x509", "palisade.pem"), certificate);
}

function writeConfigurations(): void {
  for (const scenario of scenarios()) {
    for (const [path, text] of goldenFiles(scenario)) {
      if (!path.endsWith("swanctl.conf")) continue;
      writeFileSync(join(folder, `golden-${scenario.name}-${path.split("/")[0]}.conf`), text);
    }
  }
  fc.sample(world, { numRuns: FLEETS, seed }).forEach((written, fleet) => {
    const { model, book } = decideWorld(written);
    for (const host of model.hosts.values()) {
      const [file] = ipsec(host, model, book).files;
      writeFileSync(join(folder, `random-${fleet}-${host.name}.conf`), file?.text ?? "");
    }
  });
}

describe("swanctl.conf", { skip: cannotRunLab }, () => {
  const said = new Map<string, string>();

  before(async () => {
    const { root } = await ensureImage(() => undefined);
    await writeCertificates();
    writeConfigurations();
    const broken = readFileSync(join(folder, "golden-company-app-2.conf"), "utf8");
    writeFileSync(join(folder, "broken.conf"), broken.replace("aes128gcm16", "aes127gcm16"));
    const own = ["--net", "--mount", "--pid", "--fork", "--kill-child"];
    const { stdout, stderr, status } = spawnSync(
      "unshare",
      [...own, "sh", "-euc", LOAD, "sh", root, folder],
      {
        encoding: "utf8",
      },
    );
    assert.equal(status, 0, stdout + stderr);
    for (const line of stdout.trimEnd().split("\n")) {
      const [name = "", message = ""] = line.split(": ");
      said.set(name, message);
    }
  });

  test(`of every golden host and of random fleets is loaded whole by charon (PALISADE_SEED=${seed})`, () => {
    const names = readdirSync(folder).filter((name) => name.endsWith(".conf") && name !== "broken.conf");
    assert.ok(names.length > 2 * FLEETS, String(names.length));
    for (const name of names) {
      const count = connectionsIn(readFileSync(join(folder, name), "utf8"));
      const message = said.get(name) ?? "nothing";
      const loaded =
        count === 0 ? /^no connections found/ : new RegExp(`^successfully loaded ${count} connections`);
      assert.match(message, loaded, name);
    }
  });

  test("that is broken is refused", () => assert.match(said.get("broken.conf") ?? "", /failed to load/));
});
