import fc from "fast-check";
import { sshKey } from "./sample";

/*
 * Random policies and stacks, always right, as the plain data that a person would write down.
 */

export interface WorldService {
  ports: string[];
  from: string[];
  environments?: string[];
  until?: string;
}

export type WorldSudo = boolean | { commands?: string[]; password?: boolean };

export interface WorldServiceGrant {
  account: string;
  sudo?: { commands: string[] };
  environments?: string[];
  until?: string;
}

export interface WorldLogin {
  team?: string;
  person?: string;
  sudo?: WorldSudo;
  environments?: string[];
  until?: string;
}

export interface WorldGroup {
  services: Record<string, WorldService>;
  logins: WorldLogin[];
  serviceAccounts?: WorldServiceGrant[];
}

export interface WorldPerson {
  uid: number;
  name: string;
  teams: string[];
  keys: string[];
}

export interface WorldHost {
  name: string;
  on: "aws" | "linode" | "existing";
  groups: string[];
  address?: string[];
  hostKey?: string;
}

/** Everything about one stack. */
export interface World {
  groups: Record<string, WorldGroup>;
  teams: Record<string, { gid: number }>;
  people: Record<string, WorldPerson>;
  serviceAccounts?: Record<string, { uid: number; name: string }>;
  networks: Record<string, string[]>;
  hosts: WorldHost[];
  isolated: string[];
  failsafe: string[];
}

export const ENVIRONMENT = "dev";
const GROUP_NAMES = ["all", "web", "app", "db", "peers", "fleet"];
const SERVICE_NAMES = ["ssh", "api", "metrics"];
const TEAMS = ["sre", "devs", "dbas"];
const SERVICE_ACCOUNTS = ["dump", "scan"];
/** What sudo is limited to. */
export const COMMANDS = [
  "/usr/bin/systemctl restart postgresql@15-main.service",
  "/usr/bin/systemctl restart postgresql",
  "/usr/bin/tool --at=1,2:3 %x /a/b_c+d",
  "/usr/bin/id",
];
const PEOPLE = ["alice", "bob", "carol", "dave", "erin"];

export const NETWORKS: Record<string, string[]> = {
  fleet: ["198.51.100.0/24", "2001:db8:8000::/33"],
  internet: ["0.0.0.0/0", "::/0"],
  office: ["203.0.113.0/25", "2001:db8:ff1::/48"],
  legacy: ["192.0.2.0/26"],
};

const port = fc.constantFrom<string[]>(
  "22/tcp",
  "80/tcp",
  "443/tcp",
  "8000-8010/tcp",
  "53/udp",
  "8005-8020/udp",
  "icmp",
);
const source = fc.constantFrom(...GROUP_NAMES, "self", "any", "net:internet", "net:office", "net:legacy");
const only = fc.constantFrom<(string[] | undefined)[]>(
  undefined,
  undefined,
  [ENVIRONMENT],
  ["prod"],
  [ENVIRONMENT, "prod"],
);
const until = fc.constantFrom<(string | undefined)[]>(
  undefined,
  undefined,
  "2026-11-21",
  "2026-11-22",
  "2026-11-23",
);
const few = <T>(item: fc.Arbitrary<T>, least: number, most: number) =>
  fc.uniqueArray(item, { minLength: least, maxLength: most });

const service: fc.Arbitrary<WorldService> = fc.record({
  ports: few(port, 1, 3),
  from: few(source, 1, 3),
  environments: only,
  until,
});

const commands = few(fc.constantFrom(...COMMANDS), 1, 3);
const sudo: fc.Arbitrary<WorldSudo | undefined> = fc.oneof(
  fc.constantFrom(undefined, false, true),
  fc.record({ password: fc.boolean() }),
  fc.record({ commands }),
  fc.record({ commands, password: fc.boolean() }),
);

const serviceGrant: fc.Arbitrary<WorldServiceGrant> = fc.record({
  account: fc.constantFrom(...SERVICE_ACCOUNTS),
  sudo: fc.option(fc.record({ commands }), { nil: undefined }),
  environments: only,
  until,
});

const login: fc.Arbitrary<WorldLogin> = fc
  .record({
    who: fc.oneof(
      fc.constantFrom(...TEAMS).map((team) => ({ team })),
      fc.constantFrom(...PEOPLE).map((person) => ({ person })),
    ),
    sudo,
    environments: only,
    until,
  })
  .map(({ who, ...rest }) => ({ ...who, ...rest }));

const group: fc.Arbitrary<WorldGroup> = fc.record({
  services: fc.dictionary(fc.constantFrom(...SERVICE_NAMES), service, { maxKeys: 3 }),
  logins: fc.array(login, { maxLength: 3 }),
  serviceAccounts: fc.array(serviceGrant, { maxLength: 2 }),
});

const hosts: fc.Arbitrary<WorldHost[]> = fc
  .array(
    fc.record({
      on: fc.constantFrom("aws" as const, "linode" as const, "existing" as const, "existing6" as const),
      groups: few(fc.constantFrom(...GROUP_NAMES.slice(1)), 0, 3),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) => list.map(({ on, groups }, index) => makeHost(index, on, groups)));

function makeHost(
  index: number,
  on: "aws" | "linode" | "existing" | "existing6",
  groups: string[],
): WorldHost {
  const name = `h${index}`;
  if (on === "aws" || on === "linode") return { name, on, groups };
  const ipv6 = `2001:db8:c000::${index + 1}`;
  const address = on === "existing" ? [`198.51.100.${230 + index}`, ipv6] : [ipv6];
  return { name, on: "existing", groups, address, hostKey: sshKey(100 + index) };
}

const person = (uid: number): fc.Arbitrary<WorldPerson> =>
  fc.record({
    uid: fc.constant(uid),
    name: fc.constantFrom("Alice Anderson", "Bob O'Brien", "Çelik Öz"),
    teams: few(fc.constantFrom(...TEAMS), 0, 3),
    keys: fc.constantFrom([], [sshKey(uid % 100)], [sshKey(uid % 100, "a b"), sshKey(50 + (uid % 100), "c")]),
  });

/** A policy with a stack of the environment dev. */
export const world: fc.Arbitrary<World> = fc
  .record({
    groups: fc.record(Object.fromEntries(GROUP_NAMES.map((name) => [name, group]))),
    people: fc.record(Object.fromEntries(PEOPLE.map((name, index) => [name, person(10001 + index)]))),
    hosts,
    isolatedIndex: fc.option(fc.nat({ max: 7 }), { freq: 3 }),
  })
  .map(({ isolatedIndex, ...rest }) => ({
    ...rest,
    teams: Object.fromEntries(TEAMS.map((name, index) => [name, { gid: 20001 + index }])),
    serviceAccounts: Object.fromEntries(
      SERVICE_ACCOUNTS.map((name, index) => [name, { uid: 15001 + index, name: "A service" }]),
    ),
    networks: NETWORKS,
    isolated: rest.hosts.flatMap((host, index) => (index === isolatedIndex ? [host.name] : [])),
    failsafe: ["203.0.113.0/28", "2001:db8:ff1::/64"],
  }));

/** The same data with every list and every object in the opposite order. */
export function reversed<T>(value: T): T;
export function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => reversed(item)).reverse();
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]): [string, unknown] => [key, reversed(part)]);
  return Object.fromEntries(entries.reverse());
}

/** The texts of a world's policy. */
export function policyTexts({
  groups,
  teams,
  people,
  serviceAccounts,
  networks,
}: World): Map<string, string> {
  const documents = {
    "groups.json": { groups },
    "people.json": { teams, people, serviceAccounts },
    "networks.json": { networks },
  };
  return new Map(Object.entries(documents).map(([name, document]) => [name, JSON.stringify(document)]));
}

/** The values of a world's stack. */
export function inventoryValues({ hosts, isolated, failsafe }: World): Record<string, unknown> {
  return {
    environment: ENVIRONMENT,
    region: "here",
    "aws:region": "us-east-1",
    zones: ["us-east-1a"],
    connect: "ipv6",
    hosts,
    isolated,
    failsafe,
    subnets: { aws: "198.51.100.0/27", linode: "198.51.100.32/27" },
    certificateEpoch: "2026-11-01",
  };
}
