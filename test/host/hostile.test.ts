import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { certificateDocument, makeCertificates } from "./support/certificates";
import { assertOk, assertRefused, documentOf } from "./support/documents";
import { accountsOf, connectionsOf, NEW, OLD } from "./support/facets";
import { firewallFiles } from "./support/firewalls";
import { cannot, type HostTest, type Sandbox, withHost } from "./support/sandbox";

const skip = cannot("iptables", "ip6tables");
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));
const seed = Number(process.env["PALISADE_SEED"] ?? Date.now());

/** What a shell, awk, sed, iptables-restore, ipset, charon, sudo or a terminal could read as more than text. */
const HOSTILE = [
  "$(touch /tmp/owned)",
  "`touch /tmp/owned`",
  "; touch /tmp/owned;",
  "| touch /tmp/owned",
  "'; touch /tmp/owned; '",
  '"; touch /tmp/owned; "',
  "\n#=== end\n",
  "\n#=== file ../../../tmp/owned\n",
  "../../../tmp/owned",
  "/tmp/owned",
  "-M /tmp/evil",
  " --modprobe=/tmp/evil ",
  " -file /tmp/owned ",
  "\ninclude /tmp/evil.conf\n",
  "\n@include /tmp/evil\n",
  "\0",
  "\r\n",
  "\t",
  "\u001b[2J",
  "\u0430lice",
  "\u202e",
  "\u00a0",
  "%s%n",
  "&",
  "\\",
  "*",
  "x".repeat(10_000),
];

async function documents(host: Sandbox): Promise<[string, string][]> {
  const { newer, ours } = await makeCertificates(host);
  const hashes = `alice:$6$abcdefgh$${"b".repeat(86)}\n`;
  return [
    ["accounts", accountsOf("alice", 10001, true)],
    ["passwords", documentOf("passwords", { hashes })],
    ["firewall", NEW.firewall],
    ["certificate", certificateDocument(newer, ours)],
    ["ipsec", NEW.ipsec],
  ];
}

/** The only places that a push may change. */
const ALLOWED = [
  /\/var\/lib\/(palisade|extrausers)(\/|$| )/,
  /\/mnt\/etc\/(swanctl|sudoers\.d\/palisade|ssh\/palisade_keys)/,
  /\/mnt\/etc\/(ssh|sudoers\.d|palisade) $/,
  /\/home(\/[a-z][a-z0-9-]*(\/\.[a-z_]+)?)? ?$/,
  / \/var\/lib $/,
];

const REFUSED = /^palisade: .*(nothing was changed|(is|are) back)$/m;

describe("a document with something hostile anywhere in it", () => {
  onHost("runs nothing and writes nowhere else, whether it is refused or not", async (host) => {
    const all = await documents(host);
    for (const [facet, document] of all) assertOk(await host.palisade(`apply ${facet}`, document));
    await host.sh(
      `rm -rf /tmp/*; printf '#!/bin/sh\\ntouch /tmp/owned\\n' >/mnt/evil; chmod +x /mnt/evil; ln -s /mnt/evil /tmp/evil`,
    );
    const before = await host.files();
    const cases = fc.tuple(fc.constantFrom(...all), fc.nat(), fc.constantFrom(...HOSTILE), fc.boolean());
    await fc.assert(
      fc.asyncProperty(cases, async ([[facet, document], at, text, instead]) => {
        const place = at % document.length;
        const end = instead ? document.indexOf("\n", place) : place;
        const hostile = document.slice(0, place) + text + document.slice(Math.max(end, place));
        const outcome = await host.palisade(`apply ${facet}`, hostile);
        if (outcome.code !== 0)
          assert.match(outcome.stderr, REFUSED, `${facet} with ${JSON.stringify(text)}`);
        assert.equal(await host.sh("ls /tmp"), "evil\n");
        const changed = (await host.files()).filter((line) => !before.includes(line));
        for (const line of changed)
          assert.ok(
            ALLOWED.some((place) => place.test(line)),
            `written: ${line}`,
          );
      }),
      { numRuns: 80, seed, endOnFailure: true },
    );
  });

  onHost("is refused where a tool would do more than it says", async (host) => {
    const files = firewallFiles(443);
    const rule = (text: string) =>
      documentOf("firewall", { ...files, "rules.v4": files["rules.v4"].replace("-i lo", text) });
    const set = (text: string) =>
      documentOf("firewall", { ...files, ipset: files.ipset.replace("family inet\n", `${text}\n`) });
    const line = (text: string) => connectionsOf("198.51.100.1").replace("  peer-1 {", `${text}\n  peer-1 {`);
    const key = (text: string) =>
      connectionsOf("198.51.100.1").replace("    remote_addrs", `    ${text}\n    remote_addrs`);
    const tables: Record<string, [string, string][]> = {
      firewall: [
        ["a program for modules", rule("-M /tmp/evil")],
        ["the same in one word", rule("-M/tmp/evil")],
        ["the same in a long one", rule("--modprobe=/tmp/evil")],
        ["another table in a rule", rule("-t nat")],
        ["a quote that is not closed", rule('-m comment --comment "x')],
        ["a quote in a quote", rule('-m comment --comment "x\\" -M /tmp/evil"')],
        ["a file of bytecode", rule("-m bpf --object-pinned /tmp/evil")],
        ["a command that flushes", rule("-i lo -j ACCEPT\n-F INPUT\n-A INPUT")],
        ["another default with counters", rule("-i lo -j ACCEPT\n:INPUT ACCEPT [1:1]\n-A INPUT")],
        ["a set's option that writes a file", set("family inet -file /tmp/owned")],
      ],
      ipsec: [
        ["another file", line("include /tmp/evil.conf")],
        [
          "another file, at the top",
          connectionsOf().replace("connections {", "include /tmp/evil.conf\nconnections {"),
        ],
        [
          "a secret",
          connectionsOf().replace(
            "connections {",
            "secrets {\n  ike {\n    secret = x\n  }\n}\nconnections {",
          ),
        ],
        ["a program", key("updown = /tmp/evil")],
        ["another key", key("certs = /tmp/evil.pem")],
        ["a password instead of a key", key("auth = psk")],
        ["a value with a command", key("id = $(touch /tmp/owned)")],
        ["a value in quotes", key('id = "x"')],
        ["a look-alike", key("id = web-1.d\u0435v.palisade")],
        ["a section that is not closed", line("  x {")],
        ["one closed too often", line("}\n}\nconnections {")],
      ],
    };
    for (const [facet, documents] of Object.entries(tables)) {
      assertOk(await host.palisade(`apply ${facet}`, facet === "ipsec" ? OLD.ipsec : OLD.firewall));
      await assertRefused(host, { command: `apply ${facet}`, documents, why: /nothing was changed$/m });
    }
    assert.equal(await host.sh("ls /tmp"), "");
  });

  onHost("or cut off at many places is refused, of each facet", async (host) => {
    for (const [facet, document] of await documents(host)) {
      const whole = Buffer.from(document);
      // That it is cut off at every byte is tried where it is unpacked.
      const lengths = Array.from({ length: 12 }, (_, part) => Math.floor(((whole.length - 2) * part) / 11));
      await assertRefused(host, {
        command: `apply ${facet}`,
        documents: lengths.map((length) => [`${facet}, ${length} bytes`, whole.subarray(0, length)]),
        why: /nothing was changed$/m,
      });
      assertOk(await host.palisade(`apply ${facet}`, document));
    }
  });

  onHost("leads nowhere by a link that somebody put where a file goes", async (host) => {
    await host.sh(
      `mkdir -p /var/lib/palisade/ipsec /etc/swanctl/conf.d /root/safe; echo safe >/root/safe/file
       ln -s /root/safe/file /etc/swanctl/conf.d/palisade.conf
       ln -s /root/safe/file /etc/swanctl/conf.d/palisade.conf.palisade-new
       ln -s /root/safe /home/alice.palisade-new; ln -s /root/safe /etc/ssh/palisade_keys
       ln -s /root/safe /var/lib/extrausers/a; ln -s /root/safe/file /etc/sudoers.d/palisade`,
    );
    assertOk(await host.palisade("apply ipsec", OLD.ipsec));
    assertOk(await host.palisade("apply accounts", OLD.accounts));
    assert.equal(await host.sh("ls -A /root/safe; cat /root/safe/file"), "file\nsafe\n");
    assert.match(await host.sh("cat /etc/swanctl/conf.d/palisade.conf"), /^connections \{/);
  });
});
