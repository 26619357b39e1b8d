import assert from "node:assert/strict";
import { rebootHost } from "../../../../lab/machine";
import type { LabHost } from "../lab-host";
import { disturb, undisturbed, type Fault } from "./fault";
import { confirmed, without } from "./push";
import { now, until } from "./traffic";
import type { World } from "./world";

const UNDONE = "undone by the host itself";
const UNDONE_WITHIN = 30;

/** A firewall that lets the deployer in no more. @returns when it was loaded, by the host's clock, in seconds */
async function lockOut(world: World): Promise<number> {
  const host = world.host("app-1");
  const document = without(await confirmed(host, "firewall"), /palisade:failsafe/);
  return Number(await host.text("palisade-host apply firewall >&2 && date +%s.%N", document));
}

/** When a firewall was undone last, by the host's clock: a login that gets through tells it some seconds late. */
async function undoneAt(host: LabHost): Promise<number> {
  const journal = await host.text("journalctl -b -u palisade-revert -o short-unix --no-pager");
  const times = [...journal.matchAll(/^(\d+\.\d+) .*firewall: .* has been undone$/gm)];
  return Number(times.at(-1)?.[1]);
}

export const UNDO: readonly Fault[] = [
  {
    name: "a firewall shuts the deployer out",
    promise: UNDONE,
    within: UNDONE_WITHIN,
    play: (world) =>
      undisturbed(world, async () => {
        const loaded = await lockOut(world);
        const since = now();
        assert.notEqual((await world.host("app-1").run("true")).code, 0, "it did not shut the deployer out");
        await world.answers("app-1", since, UNDONE_WITHIN + 15);
        const undone = await undoneAt(world.host("app-1"));
        assert.ok(undone > loaded, `undone at ${undone}, loaded at ${loaded}`);
        return undone - loaded;
      }),
  },
  {
    name: "a firewall shuts the deployer out, and the host loses power before it is undone",
    promise: "undone by the boot",
    within: 60,
    play: async (world) => {
      await lockOut(world);
      const measured = await disturb(world, 60, () =>
        rebootHost(world.lab, world.id("app-1"), { hard: true }),
      );
      assert.match(await world.host("app-1").text("palisade-host status"), /^firewall: .*\n.*undone$/m);
      return measured;
    },
  },
  {
    name: "the deployer dies after it pushed connections to nobody",
    promise: `${UNDONE} within ${UNDONE_WITHIN} s, and traffic is back`,
    within: UNDONE_WITHIN + 10,
    play: async (world) => {
      const host = world.host("app-1");
      const document = (await confirmed(host, "ipsec")).replace(
        /^connections \{[\s\S]*?^\}/m,
        "connections {\n}",
      );
      return disturb(world, UNDONE_WITHIN + 10, () => host.text("palisade-host apply ipsec", document));
    },
  },
  {
    name: "the deployer dies after it pushed accounts without alice",
    promise: UNDONE,
    within: UNDONE_WITHIN,
    play: (world) =>
      undisturbed(world, async () => {
        const host = world.host("app-1");
        const document = withoutPerson(await confirmed(host, "accounts"), "alice");
        await host.text("palisade-host apply accounts", document);
        const since = now();
        assert.notEqual((await host.run("getent passwd alice")).code, 0);
        const missing = async () =>
          (await host.run("getent passwd alice")).code === 0 ? undefined : "alice is not back";
        return until(missing, { since, within: 60 });
      }),
  },
];

/** The accounts without a person. */
export function withoutPerson(document: string, person: string): string {
  return without(document, new RegExp(`^${person}[: ]`)).replaceAll(
    new RegExp(`(:|,)${person}(,|$)`, "gm"),
    (_, before: string, after: string) => (before === ":" ? ":" : after === "," ? "," : ""),
  );
}
