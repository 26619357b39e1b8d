import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rebootHost } from "../../../../lab/machine";
import { bootCrowd, destroyCrowd, guests, withGuests } from "./crowd-host";
import { disturb, type Fault, type Measured } from "./fault";
import { confirmed, push } from "./push";
import { CrowdPackets, now } from "./traffic";
import type { World } from "./world";

const CROWD_OF = guests(50);
const FILE = "Pulumi.dev.yaml";
const MINUTE = 60;

/** What the stack's hosts and the guests would be given, had the stack them all. @returns the folder */
async function renderWithGuests(world: World): Promise<string> {
  const addresses = Object.fromEntries([...world.hosts.values()].map((host) => [host.name, host.addresses]));
  world.checkout.write("addresses.json", JSON.stringify(addresses));
  const config = world.checkout.read(FILE);
  world.checkout.write(FILE, withGuests(config, CROWD_OF));
  const options = ["--stack", "dev", "--out", "rendered", "--addresses", "addresses.json"];
  const { code, stderr } = await world.checkout.palisade(["render", ...options]);
  world.checkout.write(FILE, config);
  assert.equal(code, 0, stderr);
  return join(world.checkout.folder, "rendered");
}

/** Has app-1 take the guests for peers for as long as the work lasts. */
async function amongGuests<T>(world: World, rendered: string, work: () => Promise<T>): Promise<T> {
  const app = world.host("app-1");
  const facets = ["firewall", "ipsec"] as const;
  const before = await Promise.all(facets.map((facet) => confirmed(app, facet)));
  try {
    for (const facet of facets)
      await push(app, facet, readFileSync(join(rendered, app.name, `${facet}.txt`), "utf8"));
    return await work();
  } finally {
    for (const [index, facet] of facets.entries()) await push(app, facet, before[index] ?? "");
  }
}

async function powerCut(world: World, packets: CrowdPackets): Promise<Measured> {
  await packets.returned(now(), MINUTE);
  let since = NaN;
  const { recovered, lost } = await disturb(world, MINUTE, async () => {
    await rebootHost(world.lab, world.id("app-1"), { hard: true });
    since = now();
  });
  return { recovered: Math.max(recovered, await packets.returned(since, MINUTE)), lost };
}

export const CROWD: readonly Fault[] = [
  {
    name: `app-1 loses power, and all of ${CROWD_OF.length} peers more want it back at once`,
    promise: "each has its traffic back by itself, and never in clear meanwhile",
    within: MINUTE,
    play: async (world) => {
      const rendered = await renderWithGuests(world);
      const addresses = CROWD_OF.map(({ address }) => address);
      world.guests.push(...addresses);
      try {
        const crowd = await bootCrowd(world, CROWD_OF, rendered);
        return await amongGuests(world, rendered, async () => {
          const packets = new CrowdPackets(crowd, addresses, world.host("app-1").address(6));
          const measured = await powerCut(world, packets).finally(() => packets.stop());
          const links = await world.host("app-1").text("swanctl --list-sas | grep -c '^guest-.*ESTABLISHED'");
          assert.ok(Number(links) >= CROWD_OF.length, `${links.trim()} links`);
          return measured;
        });
      } finally {
        await destroyCrowd(world);
      }
    },
  },
];
