import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { PROJECT } from "../../lab/deploy/session";
import { ENVIRONMENT, stackConfig, type BenchHost } from "../lab/hosts";

/** What sends, and what receives. */
export const HOSTS = [
  { name: "sender", groups: ["mesh"], ipv4: "198.51.100.200", ipv6: "2001:db8:c000::200" },
  { name: "receiver", groups: ["mesh"], ipv4: "198.51.100.201", ipv6: "2001:db8:c000::201" },
] as const satisfies BenchHost[];

/** The port that iperf3 has by itself (iperf3(1)). */
export const PORT = 5201;

const POLICY = {
  "groups.json": {
    environments: [ENVIRONMENT],
    groups: {
      mesh: {
        description: "Two hosts that are measured.",
        services: {
          iperf: { ports: [`${PORT}/tcp`], from: ["self"] },
          ping: { ports: ["icmp"], from: ["self"] },
        },
      },
    },
  },
  "people.json": { teams: {}, people: {} },
  "networks.json": { networks: { fleet: ["198.51.100.0/24", "2001:db8:8000::/33"] } },
  "tests.json": { tests: [{ from: "mesh", to: "mesh", port: `${PORT}/tcp`, expect: "allow" }] },
};

/** Writes the policy of the two hosts. @returns the config of their stack, with IPComp or without it */
export function writeStack(folder: string): (ipcomp: boolean) => Record<string, unknown> {
  const policy = join(folder, "policy");
  mkdirSync(policy, { recursive: true });
  for (const [name, document] of Object.entries(POLICY)) {
    writeFileSync(join(policy, name), `${JSON.stringify(document, null, 2)}\n`);
  }
  return (ipcomp) =>
    stackConfig([...HOSTS], { "palisade:policy": relative(PROJECT, policy), "palisade:ipcomp": ipcomp });
}
