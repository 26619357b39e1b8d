import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { certificateDocument, makeCertificates } from "./support/certificates";
import { assertOk, assertRefused, documentOf } from "./support/documents";
import { accountsOf, confirmation, NEW, OLD } from "./support/facets";
import { digestOf } from "./support/firewalls";
import { look, whole } from "./support/live";
import { cannot, type HostTest, type Sandbox, withHost } from "./support/sandbox";

const skip = cannot("iptables", "ip6tables");
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));

interface Push {
  facet: string;
  before: string;
  document: string;
}

/** Of each facet what was pushed, confirmed where it must be, and another document. */
async function pushed(host: Sandbox): Promise<Push[]> {
  const { good, newer, ours } = await makeCertificates(host);
  const hash = (letter: string) =>
    documentOf("passwords", { hashes: `alice:$6$abcdefgh$${letter.repeat(86)}\n` });
  const accounts = accountsOf("alice", 10001, true);
  const all: Push[] = [
    { facet: "accounts", before: accounts, document: accountsOf("alice", 10003, true) },
    { facet: "passwords", before: hash("a"), document: hash("b") },
    { facet: "firewall", before: OLD.firewall, document: NEW.firewall },
    {
      facet: "certificate",
      before: certificateDocument(good, ours),
      document: certificateDocument(newer, ours),
    },
    { facet: "ipsec", before: OLD.ipsec, document: NEW.ipsec },
  ];
  for (const { facet, before } of all) assertOk(await host.palisade(`apply ${facet}`, before));
  assertOk(await host.palisade("confirm", confirmation({ ...OLD, accounts })));
  return all;
}

const PROGRAMS = /^PROGRAMS="([^"]+)"/m.exec(
  readFileSync(join(__dirname, "..", "..", "host", "lib", "needs.sh"), "utf8"),
);

describe("a program that is missing", () => {
  onHost("is named, each in turn, before anything is changed; and is drift", async (host) => {
    const all = await pushed(host);
    await host.sh(
      `for folder in /usr/bin /usr/sbin; do
         mkdir -p /mnt/over$folder /mnt/over$folder.work
         mount -t overlay overlay -o lowerdir=$folder,upperdir=/mnt/over$folder,workdir=/mnt/over$folder.work $folder
       done`,
    );
    const names = PROGRAMS?.[1]?.split(/\s+/) ?? [];
    assert.ok(names.length > 15);
    for (const [index, name] of names.entries()) {
      const { facet = "", document = "" } = all[index % all.length] ?? {};
      const places = (
        await host.sh(`for folder in /usr/local/sbin /usr/bin /usr/sbin; do
        [ ! -e $folder/${name} ] || echo $folder/${name}; done`)
      )
        .split("\n")
        .slice(0, -1);
      const before = await host.everything();
      const move = (from: string, to: string) =>
        host.run(["/usr/bin/perl", "-e", `rename "$_${from}", "$_${to}" or die for @ARGV`, ...places]);
      assertOk(await move("", ".away"));
      const outcome = await host.run(
        ["/bin/dash", "/usr/local/lib/palisade/palisade-host", "apply", facet],
        document,
      );
      if (name === "systemctl") {
        const drift = await host.palisade("drift");
        assert.match(drift.stdout, /^host\tsystemctl is not installed$/m);
      }
      assertOk(await move(".away", ""));
      assert.equal(outcome.code, 1, name);
      assert.match(
        outcome.stderr,
        new RegExp(`^palisade: not installed any more: ${name};.*nothing was changed$`, "m"),
      );
      assert.deepEqual(await host.everything(), before, name);
    }
  });

  for (const name of ["iptables-restore", "ip6tables-restore", "iptables-save", "ip6tables-save"])
    onHost(`leaves the firewall that there is: ${name}`, async (host) => {
      await pushed(host);
      await host.sh(
        `printf '#!/bin/sh\\nexit 127\\n' >/usr/local/sbin/${name}; chmod +x /usr/local/sbin/${name}`,
      );
      const documents: [string, string][] = [[name, NEW.firewall]];
      await assertRefused(host, { command: "apply firewall", documents, why: /nothing was changed$/m });
    });
});

const FULL = (place: string) => `size=$(($(df -k --output=used ${place} | tail -n 1)))k ${place}`;

/** File systems that take nothing more. */
const TROUBLE: [string, string][] = [
  ["/var/lib is full", FULL("/var/lib")],
  ["/run is full", FULL("/run")],
  // What lies over /etc.
  ["/etc is full", FULL("/mnt")],
  ["/var/lib is read-only", "ro /var/lib"],
  ["/run is read-only", "ro /run"],
  ["/etc is read-only", "ro /etc"],
  ["/home is read-only", "ro /home"],
];

async function inTrouble(host: Sandbox, options: string, body: () => Promise<void>): Promise<void> {
  await host.sh(`mount -o remount,${options}`);
  await body();
  const place = options.slice(options.lastIndexOf(" ") + 1);
  await host.sh(`mount -o remount,rw${options.startsWith("ro") ? "" : ",size=512m"} ${place}`);
}

async function pushAll(host: Sandbox, all: readonly Push[]): Promise<void> {
  for (const { facet, document } of all) assertOk(await host.palisade(`apply ${facet}`, document));
}

describe("a push to a host where a file system is full or read-only", () => {
  const why = /^palisade: .*(room|mount its file system for writing|can be written).*nothing was changed$/m;
  onHost("says so and what to do, changes nothing, and goes through when it is put right", async (host) => {
    const all = await pushed(host);
    for (const [what, options] of TROUBLE)
      await inTrouble(host, options, async () => {
        const documents = all.map(({ document }): [string, string] => [what, document]);
        for (const [index, { facet }] of all.entries()) {
          const command = `apply ${facet}`;
          await assertRefused(host, { command, documents: documents.slice(index, index + 1), why });
        }
      });
    await pushAll(host, all);
  });

  for (const [what, options] of TROUBLE.slice(0, -1))
    onHost(`leaves what was loaded where it only finds out while it loads: ${what}`, async (host) => {
      const all = await pushed(host);
      await host.sh("sed -i 's/^check_needs() {/&\\n  return/' /usr/local/lib/palisade/needs.sh");
      let failures = 0;
      for (const { facet, before, document } of all) {
        const live = await look(host);
        const there = await whole(host, [digestOf(document)]);
        await inTrouble(host, options, async () => {
          // Not every facet writes everywhere.
          const outcome = await host.palisade(`apply ${facet}`, document);
          if (outcome.code === 0) return;
          failures++;
          const { guards, timer, ...left } = await look(host);
          assert.deepEqual(
            { ...left, guards, timer },
            { ...live, guards, timer },
            `${facet}: ${outcome.stderr}`,
          );
        });
        assertOk(await host.palisade("revert"));
        assertOk(await host.palisade(`apply ${facet}`, before));
        assert.deepEqual(await whole(host, [digestOf(document)]), there, facet);
      }
      assert.ok(failures > 0);
      await pushAll(host, all);
    });
});
