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

/** The kernel's security associations from /mnt/states, and a `sleep` within which charon learns of /mnt/sas-a-moment-later. */
const INSTEAD_OF_IP = String.raw`cat >/usr/local/sbin/ip <<'END'
#!/bin/sh
case $* in "xfrm state list"*) cat /mnt/states ;; *) exec /usr/sbin/ip "$@" ;; esac
END
cat >/usr/local/sbin/sleep <<'END'
#!/bin/sh
mv /mnt/sas-a-moment-later /mnt/sas 2>/dev/null
exec /usr/bin/sleep "$@"
END
chmod +x /usr/local/sbin/ip /usr/local/sbin/sleep`;

// charon itself is in the lab's tests; here a fake takes its place.
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

  onHost("whose keys are just being made are left alone; what charon has lost is not", async (host) => {
    assertOk(await host.palisade(command, ipsec(connections("app-1_v4"))));
    const own = "192.0.2.1";
    await host.sh(`ip address add ${own}/32 dev lo; ${INSTEAD_OF_IP}`);
    await host.sh(
      `for spi in 00001111 00002222; do printf 'src ${own} dst 198.51.100.9\n\tproto esp spi 0x%s reqid 1 mode transport\n' $spi; done >/mnt/states
      echo 'app-1_v4 {child-sas {all-1 {state=INSTALLED spi-in=00003333 spi-out=00001111}}}' >/mnt/sas-a-moment-later`,
    );
    const looked = await host.palisade("drift");
    assert.deepEqual(
      looked.stdout.split("\n").filter((line) => line.includes("charon does not know")),
      [`ipsec\tcharon does not know a security association: ${own} 198.51.100.9 0x00002222`],
    );
    assert.match(await host.sh("cat /mnt/sas"), /00001111/, "it was charon's by the second look");
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
