import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createPatch } from "diff";
import { range } from "lodash";
import type { LabHost } from "../lab-host";
import { undisturbed, type Fault } from "./fault";
import { now, until } from "./traffic";

export type FacetName = "firewall" | "ipsec" | "accounts";

/** What a host was told to be like. */
export function confirmed(host: LabHost, facet: FacetName | "certificate"): Promise<string> {
  return host.text(`cat /var/lib/palisade/${facet}/confirmed`);
}

/** As the deployer does it: a connection to load it, and another one to confirm. */
export async function push(host: LabHost, facet: FacetName, document: string): Promise<void> {
  await host.text(`palisade-host apply ${facet}`, document);
  const digest = createHash("sha256").update(document).digest("hex");
  await host.text("palisade-host confirm", `${facet} ${digest}\n`);
}

/** The document without lines that match. */
export function without(document: string, line: RegExp): string {
  const kept = document.split("\n").filter((one) => !line.test(one));
  assert.ok(kept.length < document.split("\n").length, `no line matches ${String(line)}`);
  return kept.join("\n");
}

/** swanctl.conf without the connections to a peer. */
export function withoutPeer(document: string, peer: string): string {
  const changed = document.replace(new RegExp(`^ {2}${peer}_v[46] : [\\s\\S]*?^ {2}\\}\\n`, "gm"), "");
  assert.notEqual(changed, document, `${peer} is no peer`);
  return changed;
}

/** All that Palisade makes of a host, in one text. */
const state = (host: LabHost): Promise<string> =>
  host.text(`
    for tool in iptables ip6tables; do $tool-legacy-save | sed 's/^#.*//; s/\\[[0-9:]*\\]//; s/\\.[abc] / /g'; done
    ipset save | sed 's/\\.[abc] / /; s/\\.[abc]$//; s/initval .*//' | sort
    cat /etc/swanctl/conf.d/palisade.conf
    swanctl --list-conns --raw | sort
    getent passwd; getent group; cat /etc/sudoers.d/palisade*`);

const UNCHANGED = "the host is as it was, and says why";

/** A push that the host has to refuse; the seconds are those that the refusal took. */
const refused = (
  name: string,
  how: (host: LabHost, document: string) => ReturnType<typeof apply>,
  says: RegExp,
): Fault => ({
  name,
  promise: UNCHANGED,
  within: 30,
  quick: true,
  play: (world) =>
    undisturbed(world, async () => {
      const host = world.host("app-1");
      const document = wider(await confirmed(host, "firewall"));
      const before = await state(host);
      const { code, stderr, seconds } = await how(host, document);
      assert.notEqual(code, 0);
      assert.match(stderr, says);
      assert.equal(await state(host), before);
      return seconds;
    }),
});

/** One more rule than there is. */
const wider = (firewall: string): string =>
  firewall.replaceAll(/^COMMIT$/gm, "-A PALISADE-IN -p tcp -m tcp --dport 9 -j ACCEPT\nCOMMIT");

/** A push that nobody confirms, and the seconds that it took. */
async function apply(
  host: LabHost,
  document: string,
): Promise<{ code: number; stderr: string; seconds: number }> {
  const since = now();
  const { code, stderr } = await host.run("palisade-host apply firewall", document);
  return { code, stderr, seconds: (now() - since) / 1000 };
}

/** The push while something is wrong with the host. */
const inTrouble = (begin: string, end: string) => async (host: LabHost, document: string) => {
  await host.text(begin);
  try {
    return await apply(host, document);
  } finally {
    await host.text(end);
  }
};

export const PUSH: readonly Fault[] = [
  refused(
    "a push is cut off in the middle",
    (host, document) => apply(host, document.slice(0, document.length / 2)),
    /cut off after line|instead of/,
  ),
  refused(
    "a push is cut off before its last byte",
    (host, document) => apply(host, document.slice(0, -2)),
    /the firewall document is not as it should be/,
  ),
  refused(
    "a rule that the kernel refuses is pushed",
    (host, document) => apply(host, document.replace("--dport 9 ", "--dport 99999 ")),
    /nothing was changed|are back|is back/,
  ),
  refused(
    "the disk is full",
    inTrouble("dd if=/dev/zero of=/var/lib/filler bs=1M 2>/dev/null || :", "rm -f /var/lib/filler"),
    /less than \d+ KiB are free on \/: make room/,
  ),
  refused(
    "Palisade's folder is read-only",
    inTrouble(
      "mount --bind /var/lib/palisade /var/lib/palisade && mount -o remount,ro,bind /var/lib/palisade",
      "umount /var/lib/palisade",
    ),
    /\/var\/lib\/palisade can't be written to/,
  ),
  {
    name: "three deployers push to one host at once",
    promise: "they queue, and the host is as the last one says",
    within: 60,
    play: (world) =>
      undisturbed(world, async () => {
        const host = world.host("app-1");
        const document = await confirmed(host, "firewall");
        const before = await state(host);
        const since = now();
        const results = await Promise.all(
          [wider(document), document, wider(document)].map((one) => apply(host, one)),
        );
        const seconds = (now() - since) / 1000;
        assert.deepEqual(
          results.map(({ code }) => code),
          [0, 0, 0],
        );
        await push(host, "firewall", document);
        assert.equal(await state(host), before);
        return seconds;
      }),
  },
  {
    name: "a push is killed while it loads, ten times at another moment",
    promise: "the host is as it was within 30 s",
    within: 35,
    play: (world) =>
      undisturbed(world, async () => {
        const host = world.host("app-1");
        const document = wider(await confirmed(host, "firewall"));
        const before = await state(host);
        const difference = async () => {
          const after = await state(host);
          return after === before ? undefined : `it is not as it was: ${createPatch("state", before, after)}`;
        };
        // Each by itself: the next push is a new connection, and would confirm one that had loaded all before its end.
        let longest = 0;
        for (const seconds of range(0.2, 2.2, 0.2)) {
          await host.run(
            `cat >/run/push; setsid sh -c 'palisade-host apply firewall </run/push' & sleep ${seconds.toFixed(1)}; kill -9 -$!`,
            document,
          );
          longest = Math.max(longest, await until(difference, { since: now(), within: 40 }));
        }
        return longest;
      }),
  },
];
