import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { secretId } from "../../compiler/identity/keys";
import { sshKey } from "../compile/fleet";

/** Where a generated stack's hosts run. `mixed`: of ten, four on AWS, two on Linode, four that are there already. */
export type Mix = "mixed" | "existing";

/** The generated project: a folder with `policy/`, and the stack's config. */
export interface BenchStack {
  hosts: number;
  /** Fully qualified key → value, without the secret. */
  config: Record<string, unknown>;
}

export const STACK = "bench";

const SECRET_BYTES = Buffer.alloc(32, 9);
/** The environment's, as `palisade:secret` has it. */
export const SECRET = SECRET_BYTES.toString("base64");

/** What the stack's file has of it: all but the secret. */
export function fileConfig({ config }: BenchStack): Record<string, unknown> {
  return { ...config, "palisade:secretId": secretId(SECRET_BYTES) };
}

/** A group has ten hosts and two other groups as sources: 40 peers a host, however many hosts there are. */
const GROUP_SIZE = 10;
/** Of a group's ten hosts in a mixed stack: so many on each cloud, and the others are there already. */
const ON_CLOUDS = { aws: 4, linode: 2 } as const;
const SOURCES = 2;

const SIZES = { aws: "t3.small", linode: "g6-nanode-1" } as const;

/** Private (RFC 1918), and for documentation (RFC 3849). */
const FLEET = ["10.0.0.0/15", "2001:db8::/32"];

/**
 * Writes the policy of a fleet and gives the config of its stack. The same size gives the same bytes.
 * @param policyFolder as the program names it, relative to the project
 * @throws if there are too few hosts for five groups
 */
export function makeStack(folder: string, policyFolder: string, hosts: number, mix: Mix): BenchStack {
  const groups = Math.ceil(hosts / GROUP_SIZE);
  if (groups <= 2 * SOURCES)
    throw new Error(`${hosts} hosts are too few: at least ${(2 * SOURCES + 1) * GROUP_SIZE}`);
  mkdirSync(folder, { recursive: true });
  for (const [name, document] of Object.entries(policyDocuments(groups))) {
    writeFileSync(join(folder, name), `${JSON.stringify(document, null, 2)}\n`);
  }
  return {
    hosts,
    config: {
      "aws:region": "us-east-1",
      "palisade:environment": "bench",
      "palisade:region": "us-east",
      "palisade:policy": policyFolder,
      "palisade:hosts": Array.from({ length: groups }, (_, index) => hostsOf(index, hosts, mix)).flat(),
      "palisade:subnets": mix === "mixed" ? { aws: "10.0.0.0/16", linode: "10.1.0.0/17" } : {},
      "palisade:failsafe": ["192.0.2.0/28", "2001:db8:ff1::/64"],
      "palisade:connect": "ipv6",
      // Each group has peers on other clouds, and each of those is three rules.
      "palisade:quotas": { aws: { rulesPerGroup: 200 } },
      "palisade:certificateEpoch": "2026-11-01",
    },
  };
}

const groupName = (index: number): string => `g${String(index).padStart(4, "0")}`;

function policyDocuments(groups: number): Record<string, unknown> {
  const definitions = Array.from({ length: groups }, (_, index) => [
    groupName(index),
    {
      description: `Group ${index}.`,
      services: {
        api: {
          ports: ["443/tcp"],
          from: Array.from({ length: SOURCES }, (_, step) => groupName((index + step + 1) % groups)),
        },
      },
      logins: [{ team: "sre", sudo: true }],
    },
  ]);
  return {
    "groups.json": { groups: Object.fromEntries(definitions) as unknown },
    "people.json": {
      teams: { sre: { gid: 20001 } },
      people: { alice: { uid: 10001, name: "Alice", teams: ["sre"], keys: [sshKey("alice")] } },
    },
    "networks.json": { networks: { fleet: FLEET } },
    "tests.json": { tests: [{ from: groupName(1), to: groupName(0), port: "443/tcp", expect: "allow" }] },
  };
}

/** The config entries of a group's hosts; the last group may have fewer. */
function hostsOf(group: number, hosts: number, mix: Mix): Record<string, unknown>[] {
  const first = group * GROUP_SIZE;
  const size = Math.min(GROUP_SIZE, hosts - first);
  const name = groupName(group);
  const clouds = mix === "existing" ? [] : cloudHosts(name, size);
  const created = clouds.reduce((sum, { count }) => sum + count, 0);
  const existing = Array.from({ length: size - created }, (_, index) =>
    existingHost(name, first + created + index),
  );
  return [...clouds, ...existing];
}

function cloudHosts(group: string, size: number) {
  return Object.entries(ON_CLOUDS)
    .map(([on, count]) => ({
      ...{ name: `${group}-${on}`, on, groups: [group], size: SIZES[on as keyof typeof SIZES] },
      count: Math.floor((count * size) / GROUP_SIZE),
    }))
    .filter(({ count }) => count > 0);
}

function existingHost(group: string, index: number): Record<string, unknown> {
  const name = `${group}-${(index % GROUP_SIZE) + 1}`;
  const ipv4 = `10.1.${128 + (index >> 8)}.${index & 255}`;
  const ipv6 = `2001:db8:be::${(index + 1).toString(16)}`;
  return { name, on: "existing", groups: [group], address: [ipv4, ipv6], hostKey: sshKey(name) };
}
