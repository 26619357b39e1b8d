/** A push of all facets that is killed, at each of its steps: what comes next finds or makes the host whole. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { certificateDocument, makeCertificates } from "./support/certificates";
import { assertOk } from "./support/documents";
import { APPLY, confirmation, type Facets, NEW, OLD, wholeOf } from "./support/facets";
import { digestOf } from "./support/firewalls";
import { type Live, look, whole } from "./support/live";
import { NEXT } from "./support/next";
import { cannot, type Sandbox, withHost } from "./support/sandbox";
import { eachStep } from "./support/steps";

const skip = cannot("iptables", "ip6tables", "ipset", "conntrack", "pwck", "visudo", "openssl", "setsid");

/** All facets of a host, their document, and what the host is like with it. */
interface State {
  facets: Facets;
  document: string;
  digests: string[];
  live: Live;
  whole: string[];
}

const ORDER = ["accounts", "firewall", "certificate", "ipsec"] as const;

async function keep(host: Sandbox, { facets, document }: Pick<State, "facets" | "document">): Promise<void> {
  assertOk(await host.palisade(APPLY, document));
  assertOk(await host.palisade("confirm", confirmation(facets)));
}

/** Two documents, and the host with each; the second is on it. */
async function tryBoth(host: Sandbox): Promise<readonly [State, State]> {
  const { good, ours, foreign, theirs } = await makeCertificates(host);
  const prepared = [
    { facets: OLD, certificate: certificateDocument(good, ours) },
    { facets: NEW, certificate: certificateDocument(foreign, theirs) },
  ].map(({ facets, certificate }) => ({
    facets,
    document: wholeOf(facets, certificate),
    digests: [...Object.values(facets), certificate].map(digestOf),
  }));
  const capture = async (index: number, other: number): Promise<State> => {
    const [own, another] = [prepared[index], prepared[other]];
    assert.ok(own !== undefined && another !== undefined);
    await keep(host, own);
    return { ...own, live: await look(host), whole: await whole(host, another.digests) };
  };
  await capture(0, 1);
  await capture(1, 0);
  return [await capture(0, 1), await capture(1, 0)];
}

const TURNS = ["again", "due", "boot", "drift"] as const;

/** Every facet's confirmed document is of one state, or of the other; all but the certificate of the same. */
async function confirmedState(host: Sandbox, states: readonly [State, State], what: string): Promise<State> {
  const links = (
    await host.sh(`cd /var/lib/palisade; for f in ${ORDER.join(" ")}; do readlink $f/confirmed; done`)
  ).split("\n");
  const state = states.find(({ digests }) => links[0] === digests[0]);
  assert.ok(state, what);
  const [accounts, firewall, ipsec] = state.digests;
  assert.deepEqual(
    [links[0], links[1], links[3]],
    [accounts, firewall, ipsec],
    `${what}: half of a push is kept`,
  );
  return state;
}

async function assertWhole(host: Sandbox, states: readonly [State, State], what: string): Promise<State> {
  const state = await confirmedState(host, states, what);
  const other = states[state === states[0] ? 1 : 0];
  const live = await look(host);
  const { guards, timer } = live;
  const ignored = live.certificate === state.live.certificate ? {} : certificateOf(other.live);
  assert.deepEqual(live, { ...state.live, ...ignored, guards, timer }, what);
  if (live.certificate !== state.live.certificate) return state;
  const there = await whole(host, other.digests);
  assert.deepEqual(
    {
      missing: state.whole.filter((line) => !there.includes(line)),
      left: there.filter((line) => !state.whole.includes(line)),
    },
    { missing: [], left: [] },
    what,
  );
  return state;
}

/** A certificate shuts nobody out: once all of the push is loaded it stays, whatever becomes of the rest. */
const certificateOf = ({ ca, certificate, credentials }: Live) => ({ ca, certificate, credentials });

describe("a push of all facets, killed at any step", { concurrency: 2 }, () => {
  test("is undone whole, or loaded whole by the next", { skip }, () =>
    withHost(async (host) => {
      const states = await tryBoth(host);
      let there = states[1];
      await eachStep(host, async (at) => {
        if (there.live.certificate !== (await look(host)).certificate) await keep(host, there);
        const pushed = states[there === states[0] ? 1 : 0];
        if (!(await at(APPLY, pushed.document))) return;
        const live = await look(host);
        if (live.waiting !== "") assert.notEqual(live.timer, "", `${at.what}: no timer undoes it`);
        const next = TURNS[at.step % TURNS.length] ?? "again";
        if (next === "again") await keep(host, pushed);
        else await NEXT[next](host);
        there = await assertWhole(host, states, `${at.what}, then ${next}`);
        assert.equal(there === pushed, next === "again", `${at.what}, then ${next}`);
      });
    }),
  );

  test("is kept whole or undone whole where its confirmation is killed", { skip }, () =>
    withHost(async (host) => {
      const states = await tryBoth(host);
      let there = states[1];
      await eachStep(host, async (at) => {
        const pushed = states[there === states[0] ? 1 : 0];
        assertOk(await host.palisade(APPLY, pushed.document));
        if (!(await at("confirm", confirmation(pushed.facets)))) return;
        const next = TURNS[at.step % TURNS.length] ?? "again";
        if (next === "again") assertOk(await host.palisade("confirm", confirmation(pushed.facets)));
        else await NEXT[next](host);
        const kept = await confirmedState(host, states, `${at.what}, then ${next}`);
        const { accounts, v4, v6, file, waiting } = await look(host);
        const { live } = kept;
        const wanted = { accounts: live.accounts, v4: live.v4, v6: live.v6, file: live.file, waiting: "" };
        assert.deepEqual({ accounts, v4, v6, file, waiting }, wanted, `${at.what}, then ${next}`);
        there = kept;
      });
    }),
  );

  test("leaves nothing of a first one, or is loaded whole by the next", { skip }, () =>
    withHost(async (host) => {
      const { good, ours } = await makeCertificates(host);
      const document = wholeOf(NEW, certificateDocument(good, ours));
      const before = await look(host);
      await eachStep(host, async (at) => {
        if (!(await at(APPLY, document))) return;
        const next = TURNS[at.step % TURNS.length] ?? "again";
        if (next === "again") {
          assertOk(await host.palisade(APPLY, document));
          const loaded = await look(host);
          for (const part of ["accounts", "v4", "v6", "file", "certificate"] as const)
            assert.notEqual(loaded[part], "", `${at.what}: ${part}`);
          await NEXT.due(host);
        } else await NEXT[next](host);
        const { certificate, ca, credentials, guards, timer } = await look(host);
        const left = { ...(await look(host)) };
        assert.deepEqual(
          left,
          { ...before, certificate, ca, credentials, guards, timer },
          `${at.what}, then ${next}`,
        );
      });
    }),
  );
});
