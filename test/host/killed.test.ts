import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { certificateDocument, makeCertificates } from "./support/certificates";
import { assertOk, documentOf } from "./support/documents";
import { accountsOf, confirmation, FACETS, NEW, OLD } from "./support/facets";
import { digestOf } from "./support/firewalls";
import { type Live, look, reboot, whole } from "./support/live";
import { NEXT } from "./support/next";
import { cannot, type HostTest, type Sandbox, withHost } from "./support/sandbox";
import { eachStep } from "./support/steps";

const skip = cannot("iptables", "ip6tables", "ipset", "conntrack", "pwck", "visudo", "openssl", "setsid");
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));
type Facet = (typeof FACETS)[number] | "certificate" | "passwords";
type Pair<T> = readonly [T, T];
type Index = 0 | 1;
const other = (index: Index): Index => (index === 0 ? 1 : 0);

const PARTS: Record<Facet, readonly (keyof Live)[]> = {
  accounts: ["accounts"],
  passwords: ["accounts"],
  firewall: ["v4", "v6"],
  ipsec: ["file", "connections"],
  certificate: ["ca", "certificate", "credentials"],
};

/** Two documents of a facet, either of which may be on the host. */
async function documentsOf(host: Sandbox, facet: Facet): Promise<Pair<string>> {
  if (facet === "certificate") {
    const { good, ours, foreign, theirs } = await makeCertificates(host);
    return [certificateDocument(good, ours), certificateDocument(foreign, theirs)];
  }
  if (facet === "passwords") {
    await keep(host, "accounts", accountsOf("alice", 10001, true));
    const hashes = ["a", "b"].map((letter) => `alice:$6$abcdefgh$${letter.repeat(86)}\n`);
    const [one = "", another = ""] = hashes.map((text) => documentOf("passwords", { hashes: text }));
    return [one, another];
  }
  return [OLD[facet], NEW[facet]];
}

async function keep(host: Sandbox, facet: Facet, document: string): Promise<void> {
  assertOk(await host.palisade(`apply ${facet}`, document));
  if (facet === "certificate" || facet === "passwords") return;
  assertOk(await host.palisade("confirm", confirmation({ [facet]: document })));
}

/** A host on which the second document is confirmed, and what it is like with each. */
interface Tried {
  facet: Facet;
  documents: Pair<string>;
  live: Pair<Live>;
  whole: Pair<string[]>;
}

async function tryBoth(host: Sandbox, facet: Facet): Promise<Tried> {
  const documents = await documentsOf(host, facet);
  await keep(host, facet, documents[0]);
  await keep(host, facet, documents[1]);
  const capture = async (index: Index): Promise<[Live, string[]]> => {
    await keep(host, facet, documents[index]);
    return [await look(host), await whole(host, [digestOf(documents[other(index)])])];
  };
  const [first, second] = [await capture(0), await capture(1)];
  return { facet, documents, live: [first[0], second[0]], whole: [first[1], second[1]] };
}

async function confirmedOf(host: Sandbox, { facet, documents }: Tried): Promise<Index> {
  const digest = (await host.sh(`readlink /var/lib/palisade/${facet}/confirmed`)).trim();
  return digest === digestOf(documents[0]) ? 0 : 1;
}

/** Each part is as one document says or as the other does; what is not as the confirmed one says would be undone. */
async function assertEither(host: Sandbox, tried: Tried, what: string): Promise<void> {
  const live = await look(host);
  assertOneOf(tried, live, tried.live, what);
  assertGuarded(live, what);
  const confirmed = tried.live[await confirmedOf(host, tried)];
  if (PARTS[tried.facet].some((part) => live[part] !== confirmed[part]))
    assert.match(live.waiting, new RegExp(`/${tried.facet}/`), `${what}: it is kept`);
  if (live.waiting !== "") assert.notEqual(live.timer, "", `${what}: no timer undoes it`);
  assertOk(await host.run(["flock", "-n", "/run/palisade/lock", "true"]));
}

function assertOneOf({ facet }: Tried, live: Live, states: readonly Live[], what: string): void {
  for (const part of PARTS[facet])
    assert.ok(
      states.some((state) => state[part] === live[part]),
      `${what}: ${part} is neither:\n${live[part]}`,
    );
}

function assertGuarded({ file, guards }: Live, what: string): void {
  for (const [, address = ""] of file.matchAll(/remote_addrs = (\S+)/g))
    assert.ok(
      new RegExp(`dst ${address}/\\d+ *\\n\\tdir out action block`).test(guards),
      `${what}: ${address}`,
    );
}

function assertSame(there: readonly string[], wanted: readonly string[], what: string): void {
  const missing = wanted.filter((line) => !there.includes(line));
  const left = there.filter((line) => !wanted.includes(line));
  assert.deepEqual({ missing, left }, { missing: [], left: [] }, what);
}

/** No line but of one of these: the first push makes the places of the accounts one by one. */
function assertFrom(text: string, states: readonly string[], what: string): void {
  const known = states.join("\n").split("\n");
  for (const line of text.split("\n")) assert.ok(known.includes(line), `${what}: ${line}`);
}

/** All of the host is as it is with the confirmed document, and nothing else is left. */
async function assertSettled(host: Sandbox, tried: Tried, what: string): Promise<Index> {
  const confirmed = await confirmedOf(host, tried);
  const live = await look(host);
  assertGuarded(live, what);
  // Guards may stay; and a timer that finds nothing to undo.
  const { guards, timer } = live;
  assert.deepEqual(live, { ...tried.live[confirmed], guards, timer }, what);
  const there = await whole(host, [digestOf(tried.documents[other(confirmed)])]);
  assertSame(there, tried.whole[confirmed], what);
  return confirmed;
}

/** A confirmation that was killed may have noted the confirmed one as the last good: the next one has fewer steps. */
async function withLastGood(host: Sandbox, tried: Tried, confirmed: Index): Promise<Index> {
  const links = await host.sh(`cd /var/lib/palisade/${tried.facet}; readlink confirmed last-good || :`);
  const [one, another] = links.split("\n");
  if (one !== another) return confirmed;
  await keep(host, tried.facet, tried.documents[other(confirmed)]);
  return other(confirmed);
}

/** What somebody does by hand. */
const BY_HAND = {
  accounts: "rm /etc/sudoers.d/palisade; echo 'mallory ALL=(ALL:ALL) ALL' >/etc/sudoers.d/palisade",
  firewall: "iptables -F; iptables -P INPUT ACCEPT; ip6tables -I INPUT -j ACCEPT",
  ipsec: "rm /etc/swanctl/conf.d/palisade.conf; echo stranger >/mnt/connections; ip xfrm policy flush",
};

const ALL: readonly Facet[] = [...FACETS, "passwords", "certificate"];

const turn = <T>(step: number, ...all: [T, ...T[]]): T => all[step % all.length] ?? all[0];

describe("killed at any step", { concurrency: 2 }, () => {
  for (const facet of ALL)
    onHost(`a push leaves the old or the new, and what comes next is whole: ${facet}`, async (host) => {
      const tried = await tryBoth(host, facet);
      let confirmed: Index = 1;
      await eachStep(host, async (at) => {
        const document = tried.documents[other(confirmed)];
        if (!(await at(`apply ${facet}`, document))) return;
        await assertEither(host, tried, at.what);
        const next = turn(at.step, "again", "due", "boot");
        if (next === "again") await keep(host, facet, document);
        else await NEXT[next](host);
        confirmed = await withLastGood(
          host,
          tried,
          await assertSettled(host, tried, `${at.what}, then ${next}`),
        );
      });
    });

  for (const facet of FACETS)
    onHost(`the first push leaves nothing or the new, and can be undone: ${facet}`, async (host) => {
      const before = await look(host);
      assertOk(await host.palisade(`apply ${facet}`, NEW[facet]));
      const after = await look(host);
      assertOk(await host.palisade("revert"));
      const undone = await whole(host, [digestOf(NEW[facet])]);
      await eachStep(host, async (at) => {
        if (!(await at(`apply ${facet}`, NEW[facet]))) return;
        const live = await look(host);
        for (const part of PARTS[facet]) assertFrom(live[part], [before[part], after[part]], at.what);
        assertGuarded(live, at.what);
        const next = turn(at.step, "again", "due", "boot", "again and boot");
        if (next.startsWith("again")) {
          assertOk(await host.palisade(`apply ${facet}`, NEW[facet]));
          const loaded = await look(host);
          assert.deepEqual(loaded, { ...after, guards: loaded.guards }, `${at.what}, then ${next}`);
        }
        await NEXT[next.endsWith("boot") ? "boot" : "due"](host);
        const left = await look(host);
        assert.deepEqual(left, { ...before, guards: left.guards }, `${at.what}, then ${next}`);
        assertSame(await whole(host, [digestOf(NEW[facet])]), undone, `${at.what}, then ${next}`);
      });
    });

  for (const facet of FACETS) {
    onHost(`a confirmation leaves what was loaded, or it is undone: ${facet}`, async (host) => {
      const tried = await tryBoth(host, facet);
      let confirmed: Index = 1;
      await eachStep(host, async (at) => {
        const document = tried.documents[other(confirmed)];
        assertOk(await host.palisade(`apply ${facet}`, document));
        if (!(await at("confirm", confirmation({ [facet]: document })))) return;
        await assertEither(host, tried, at.what);
        const next = turn(at.step, "again", "due", "boot");
        if (next === "again") assertOk(await host.palisade("confirm", confirmation({ [facet]: document })));
        else await NEXT[next](host);
        confirmed = await withLastGood(
          host,
          tried,
          await assertSettled(host, tried, `${at.what}, then ${next}`),
        );
      });
    });

    onHost(`an undoing leaves the old or the new, and the next one is whole: ${facet}`, async (host) => {
      const tried = await tryBoth(host, facet);
      await eachStep(host, async (at) => {
        assertOk(await host.palisade(`apply ${facet}`, tried.documents[0]));
        if (!(await at("revert"))) return;
        await assertEither(host, tried, at.what);
        const next = turn(at.step, "due", "boot", "drift");
        await NEXT[next](host);
        assert.equal(await assertSettled(host, tried, `${at.what}, then ${next}`), 1);
      });
    });

    onHost(`a boot loads nothing but what was confirmed, and so does the next: ${facet}`, async (host) => {
      const tried = await tryBoth(host, facet);
      await eachStep(host, async (at) => {
        assertOk(await host.palisade(`apply ${facet}`, tried.documents[0]));
        await reboot(host);
        const before = await look(host);
        if (!(await at("boot"))) return;
        assertOneOf(tried, await look(host), [before, tried.live[1]], at.what);
        const next = turn(at.step, "boot", "drift");
        await NEXT[next](host);
        assert.equal(await assertSettled(host, tried, `${at.what}, then ${next}`), 1);
      });
    });

    onHost(`a repair leaves what was found or what was pushed: ${facet}`, async (host) => {
      const tried = await tryBoth(host, facet);
      await eachStep(host, async (at) => {
        await host.sh(BY_HAND[facet]);
        const before = await look(host);
        if (!(await at("drift --repair"))) return;
        assertOneOf(tried, await look(host), [before, tried.live[1]], at.what);
        await NEXT.drift(host);
        assert.equal(await assertSettled(host, tried, `${at.what}, then drift`), 1);
      });
    });
  }
});
