import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { planAddresses } from "../../compiler/decide/addresses";
import { decide } from "../../compiler/decide/decide";
import { formatProblem } from "../../compiler/problem";
import { readStack } from "../../compiler/read";
import { accounts } from "../../compiler/render/accounts";
import { firewall } from "../../compiler/render/firewall";
import { ipsec } from "../../compiler/render/ipsec";
import { goldenFiles, scenarios, UPDATE, writeGolden, type Scenario } from "./support/golden";
import { TODAY } from "./support/sample";
import { forThisKernel, inNamespace, missing, noNamespace, run } from "./support/tools";

function render(scenario: Scenario): Map<string, string> {
  const stack = readdirSync(scenario.folder).flatMap(
    (file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [],
  )[0];
  const checked = readStack(scenario.folder, stack ?? "", TODAY);
  assert.ok(checked.ok, checked.problems.map(formatProblem).join("\n"));
  const { policy, inventory } = checked.value;
  const model = decide(policy, inventory, TODAY);
  const { book } = planAddresses(inventory);
  const facets = [...model.hosts.values()].flatMap((host) => [
    accounts(host, model),
    firewall(host, model, book),
    ipsec(host, model, book),
  ]);
  const entries = facets.flatMap(({ host, facet, files }) =>
    files.map(({ name, text }): [string, string] => [join(host, facet, name), text]),
  );
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The folders of one facet, relative to `rendered/`. */
function facetFolders(scenario: Scenario, facet: string): string[] {
  return readdirSync(join(scenario.folder, "rendered"))
    .sort()
    .map((host) => join("rendered", host, facet));
}

/** Loads the sets that it reads, then lets each iptables test and load the rules and print what the kernel has. */
const LOAD = `
ipset restore
for backend in legacy nft; do
  for family in 4 6; do
    restore=iptables-$backend-restore save=iptables-$backend-save
    [ $family = 4 ] || restore=ip6tables-$backend-restore save=ip6tables-$backend-save
    $restore --test <rules.v$family
    $restore <rules.v$family
    grep -v '^#' rules.v$family | sort >"$tmp/wanted"
    $save -t filter | grep -v '^#' | sed 's/\\[[0-9:]*\\]$/[0:0]/' | sort >"$tmp/live"
    diff "$tmp/wanted" "$tmp/live"
  done
  iptables-$backend -F; iptables-$backend -X; ip6tables-$backend -F; ip6tables-$backend -X
done
`;

for (const scenario of scenarios()) {
  describe(`golden files of ${scenario.name}`, () => {
    if (UPDATE) writeGolden(scenario, render(scenario));

    test("are what is rendered", () => {
      const [rendered, golden] = [render(scenario), goldenFiles(scenario)];
      assert.deepEqual([...rendered.keys()], [...golden.keys()]);
      for (const [path, text] of rendered) assert.equal(text, golden.get(path), path);
    });

    const programs = ["ipset", "iptables-legacy-restore", "ip6tables-legacy-restore", "iptables-nft-restore"];
    const skip = missing(...programs) ?? noNamespace();
    test("firewalls load, and the kernel shows them as they are written", { skip }, () => {
      for (const folder of facetFolders(scenario, "firewall")) {
        const script = `tmp=$(mktemp -d)\ntrap 'rm -rf "$tmp"' EXIT\n${LOAD}`;
        const place = join(scenario.folder, folder);
        const sets = forThisKernel(readFileSync(join(place, "ipset"), "utf8"));
        const { status, output } = inNamespace(script, place, sets);
        assert.equal(status, 0, `${folder}: ${output}`);
      }
    });

    test("sudo rules are accepted by visudo", { skip: missing("visudo") }, () => {
      for (const folder of facetFolders(scenario, "accounts")) {
        const { status, output } = run("visudo", ["-c", "-f", "sudoers"], join(scenario.folder, folder));
        assert.equal(status, 0, `${folder}: ${output}`);
      }
    });

    test("accounts are accepted by pwck", { skip: missing("pwck") }, () => {
      for (const folder of facetFolders(scenario, "accounts")) {
        const path = join(scenario.folder, folder);
        const people = run("sh", ["-c", 'pwck -q -r "$PWD/passwd" "$PWD/shadow"'], path);
        assert.equal(people.status, 0, `${folder}: ${people.output}`);
      }
    });

    test("keys are read by ssh-keygen", { skip: missing("ssh-keygen") }, () => {
      for (const folder of facetFolders(scenario, "accounts")) {
        const script =
          "while read -r _ key; do printf '%s\\n' \"$key\" | ssh-keygen -l -f - >/dev/null; done <keys";
        const { status, output } = run("sh", ["-euc", script], join(scenario.folder, folder));
        assert.equal(status, 0, `${folder}: ${output}`);
      }
    });
  });
}
