import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertOk } from "./support/documents";
import { cannot, type HostTest, withHost } from "./support/sandbox";

const skip = cannot();
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));

describe("palisade-host", () => {
  onHost("says how it is used, and exits 2, when it is called wrongly", async (host) => {
    const before = await host.files();
    for (const command of [
      "",
      "apply",
      "apply nothing",
      "apply accounts nothing",
      "apply accounts accounts",
      "apply --certificate MII",
      "apply accounts --certificate MII",
      "apply certificate --certificate",
      "apply certificate --certificate MII ipsec",
      "confirm accounts",
      "boot now",
      "revert firewall",
      "status now",
      "-x",
    ]) {
      const { code, stdout, stderr } = await host.palisade(command);
      assert.deepEqual([command, code, stdout], [command, 2, ""]);
      assert.match(stderr, /^usage: palisade-host apply FACET\.\.\. \[--certificate BASE64\] <DOCUMENT/);
    }
    assert.deepEqual(await host.files(), before);
  });

  onHost("explains itself to anybody, without a trace", async (host) => {
    const before = await host.files();
    for (const command of ["help", "--help"]) {
      const outcome = await host.palisade(command);
      assertOk(outcome);
      assert.match(outcome.stdout, /^usage: /);
    }
    const nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    const outcome = await host.run([
      ...nobody.split(" "),
      "dash",
      "/usr/local/lib/palisade/palisade-host",
      "help",
    ]);
    assertOk(outcome);
    assert.deepEqual(await host.files(), before);
  });

  onHost("shows the state of a host that was never pushed to", async (host) => {
    const outcome = await host.palisade("status");
    assertOk(outcome);
    assert.equal(outcome.stderr, "");
    assert.match(
      outcome.stdout,
      /^firewall: never pushed\n[^]*\nno firewall is loaded\nSecurity associations\nAccounts\n/,
    );
  });
});
