import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertOk, assertRefused, documentOf } from "./support/documents";
import { cannot, type HostTest, withHost } from "./support/sandbox";

const skip = cannot();
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));
const command = "apply ipsec";

function connections(...names: string[]): string {
  const text = names.map((name) => `  ${name} {\n    remote_addrs = 198.51.100.9\n  }\n`).join("");
  return `connections {\n${text}}\n`;
}

function ipsec(text: string): string {
  return documentOf("ipsec", { "swanctl.conf": text });
}

// charon itself is in the lab's tests; here a stand-in takes its place.
describe("connections", () => {
  onHost("are put in place and loaded; what is withdrawn ends, the rest stays", async (host) => {
    const outcome = await host.palisade(command, ipsec(connections("app-1_v4", "app-1_v6", "db-1_v4")));
    assertOk(outcome);
    assert.match(outcome.stderr, /ipsec: 3 connections/);
    const file = "/etc/swanctl/conf.d/palisade.conf";
    assert.equal(await host.sh(`cat ${file}`), connections("app-1_v4", "app-1_v6", "db-1_v4"));
    await host.sh("printf 'app-1_v4\\ndb-1_v4\\ndb-1_v4\\napp-1_v\\n' >/mnt/sas");
    await host.calls();
    assertOk(await host.palisade(command, ipsec(connections("app-1_v4", "app-1_v6"))));
    assert.deepEqual(
      (await host.calls()).filter((call) => call.includes("--terminate")).sort(),
      ["app-1_v", "db-1_v4"].map((name) => `swanctl --terminate --force --timeout 1 --ike ${name}`),
    );
    assertOk(await host.palisade(command, ipsec("")));
    assert.equal(await host.sh(`cat ${file}`), "");
  });

  onHost("that charon refuses give way to those before them", async (host) => {
    const bad: [string, string][] = [["bad", ipsec(connections("app-1_v4", "REFUSE"))]];
    const why = /failed: invalid value for: proposals\n.*charon refused.*what was there is back/;
    await assertRefused(host, { command, documents: bad, why });
    assertOk(await host.palisade(command, ipsec(connections("app-1_v4"))));
    await host.calls();
    await assertRefused(host, { command, documents: bad, why });
    const loads = (await host.calls()).filter((call) => call === "swanctl --load-conns");
    assert.equal(loads.length, 2, "the second time with the file that is back");
    assert.equal(await host.sh("cat /mnt/connections"), "app-1_v4\n");
  });

  onHost("are taken by a charon that hung, once it is started anew", async (host) => {
    await host.sh("touch /mnt/hung-strongswan");
    const outcome = await host.palisade(command, ipsec(connections("app-1_v4")));
    assertOk(outcome);
    assert.match(outcome.stderr, /charon does not answer on its control socket; it is started anew/);
    assert.ok((await host.calls()).includes("systemctl kill --signal=KILL strongswan"));
    assert.equal(await host.sh("cat /mnt/connections"), "app-1_v4\n");
  });

  onHost("that were cut off or are not alone are refused before charon hears of them", async (host) => {
    const whole = ipsec(connections("app-1_v4"));
    const documents = Array.from({ length: whole.length - 1 }, (_, length): [string, string] => [
      `${length} bytes`,
      whole.slice(0, length),
    ]).filter((_, index) => index % 7 === 0);
    documents.push(["with another file", documentOf("ipsec", { "swanctl.conf": "", "strongswan.conf": "" })]);
    await assertRefused(host, { command, documents, why: /nothing was changed$/m });
    assert.deepEqual(await host.calls(), []);
  });
});
