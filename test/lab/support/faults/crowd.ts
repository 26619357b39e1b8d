import { range } from "lodash";
import { rebootHost, stopHost } from "../../../../lab/machine";
import type { Fault } from "./fault";
import { now, reachAll } from "./traffic";
import type { Size, World } from "./world";

const PEERS = 50;
const EXPORTER = 9100;
/** Longer than 50 kernels take to boot on two cores. */
const BOOT = 600;

const BATCH = 10;

const CENTRE = `
    - name: monitor-1
      on: existing
      groups: [monitor]
      address: [198.51.100.230, "2001:db8:c000::230"]
      hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICG5OpNEZ4pLDkWdYcjvZc5ugxZJQTnBf5YFKbA64xb+
    - { name: app-1, on: linode, groups: [app], size: g6-nanode-1 }
    - { name: web-1, on: aws, groups: [web], size: t3.small }
`;

/** Peers of monitor-1 on both clouds, at the end of the list, where they move no other host. */
const batch = (number: number): string => {
  const [onAws, onLinode] = [BATCH / 2, number === 1 ? BATCH / 2 - 2 : BATCH / 2];
  return `    - { name: site-${number}, on: aws, groups: [web], size: t3.small, count: ${onAws} }
    - { name: shop-${number}, on: linode, groups: [web], size: g6-nanode-1, count: ${onLinode} }
`;
};

/** Ten peers more each time: all of them at once are more than two cores can prepare in time. */
export const CROWD_SIZE: Size = {
  hosts: range(1, PEERS / BATCH + 1).map((last) => CENTRE.concat(...range(1, last + 1).map(batch))),
  subnets: { aws: "198.51.100.0/25", linode: "198.51.100.128/26" },
};

async function powerCut(world: World): Promise<void> {
  const ids = [...world.hosts.keys()].map((name) => world.id(name));
  await Promise.all(ids.map((id) => stopHost(world.lab, id, { hard: true })));
  const since = now();
  for (const id of ids) await rebootHost(world.lab, id);
  for (const { name } of ids) await world.answers(name, since, BOOT);
}

export const CROWD: readonly Fault[] = [
  {
    name: `all hosts lose power, and monitor-1 turns to its ${PEERS} peers at once, over both families`,
    promise: "each of them answers, counted from when the last has started, and nothing leaves in clear",
    within: 60,
    play: async (world) => {
      await powerCut(world);
      const peers = [...world.hosts.values()].filter(({ name }) => name !== "monitor-1");
      const addresses = peers.flatMap((peer) => [peer.address(4), peer.address(6)]);
      const since = now();
      const { reached, inVain } = await reachAll(world.host("monitor-1"), EXPORTER, addresses, 60);
      await world.restartPackets();
      return { recovered: (Math.max(...reached) - since) / 1000, lost: inVain };
    },
  },
];
