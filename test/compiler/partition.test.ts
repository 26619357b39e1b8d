import fc from "fast-check";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CertificateAuthority } from "../../compiler/identity/certificate";
import { deriveKey, type KeyUse } from "../../compiler/identity/keys";
import { identityOf } from "../../compiler/identity/name";
import { flows } from "../../compiler/decide/flows";
import { decidePacket } from "./support/evaluator";
import { packetsFrom } from "./support/packets";
import { decideWorld, fleetTexts, readFirewall, type Decided } from "./support/rendered";
import { sshKey } from "./support/sample";
import { world, type World, type WorldHost } from "./support/world";

/*
 * Two environments with one policy, side by side in one fleet: nothing of the one is in the other.
 */

const RUNS = { numRuns: Number(process.env["PALISADE_RUNS"] ?? 1000) };

/** The values of a stack of the environment prod, none of whose addresses a stack of dev has. */
const PROD = { environment: "prod", subnets: { aws: "198.51.100.64/27", linode: "198.51.100.96/27" } };

/** Hosts under other names and with other addresses. */
function elsewhere(hosts: readonly WorldHost[]): WorldHost[] {
  return hosts.map((host, index) => ({
    ...host,
    name: `p${index}`,
    ...(host.address === undefined
      ? {}
      : {
          address: host.address.map((text) => text.replace("c000", "d000").replace(/\.2(\d\d)$/, ".1$1")),
          hostKey: sshKey(150 + index),
        }),
  }));
}

/** One policy, two stacks. */
interface Pair {
  dev: { written: World; decided: Decided };
  prod: { written: World; decided: Decided };
}

const pairs: fc.Arbitrary<Pair> = fc.tuple(world, world).map(([written, other]) => {
  const prod: World = { ...written, hosts: elsewhere(other.hosts), isolated: [] };
  return {
    dev: { written, decided: decideWorld(written) },
    prod: { written: prod, decided: decideWorld(prod, PROD) },
  };
});

function addressesOf({ book }: Decided): string[] {
  return [...book.values()].flatMap(({ ipv4, ipv6 }) => [ipv4?.address, ipv6].flatMap((text) => text ?? []));
}

/** What tells a stack's hosts from others: their addresses and their identities. */
function marksOf(decided: Decided): string[] {
  const { model } = decided;
  const addresses = addressesOf(decided);
  return [...addresses, ...[...model.hosts.keys()].map((host) => identityOf(host, model.environment))];
}

/** Packets from any host of one stack to a host of the other. */
const trespasses = pairs.chain((pair) =>
  fc.record({
    pair: fc.constant(pair),
    to: fc.constantFrom(...pair.dev.written.hosts),
    packets: fc.array(packetsFrom(addressesOf(pair.prod.decided)), { minLength: 20, maxLength: 20 }),
  }),
);

test("no flow, peer or rule of one environment names a host of another, and none of its packets is let in", () => {
  fc.assert(
    fc.property(trespasses, ({ pair: { dev, prod }, to, packets }) => {
      namesNone(dev.decided, prod.decided);
      namesNone(prod.decided, dev.decided);
      const host = dev.decided.model.hosts.get(to.name);
      assert.ok(host);
      const rules = readFirewall(host, dev.decided);
      for (const packet of packets) {
        assert.equal(decidePacket(rules[packet.family], packet), "DROP", JSON.stringify(packet));
      }
    }),
    RUNS,
  );
});

function namesNone(own: Decided, other: Decided): void {
  for (const { from, to } of flows(own.model))
    assert.ok(!other.model.hosts.has(from) && !other.model.hosts.has(to));
  for (const host of own.model.hosts.values())
    assert.ok(host.peers.every((peer) => own.model.hosts.has(peer)));
  const words = new Set([...fleetTexts(own).values()].join("").split(/[\s,]+/));
  for (const mark of marksOf(other)) assert.ok(!words.has(mark), mark);
}

test("accounts, sudo and SSH keys of one environment come of no login that another has alone", () => {
  fc.assert(
    fc.property(world, (written) => {
      const own = <T extends { environments?: string[] }>(grants: readonly T[] = []): T[] =>
        grants.filter(({ environments }) => environments?.includes("dev") ?? true);
      const groups = Object.entries(written.groups).map(
        ([name, group]): [string, World["groups"][string]] => [name, { ...group, logins: own(group.logins) }],
      );
      const without: World = { ...written, groups: Object.fromEntries(groups) };
      const [before, after] = [decideWorld(written), decideWorld(without)];
      for (const [name, host] of before.model.hosts) {
        const { accounts, sudo } = after.model.hosts.get(name) ?? {};
        // Paths differ, and nothing else.
        assert.deepEqual({ accounts, sudo }, { accounts: host.accounts, sudo: host.sudo }, name);
      }
    }),
    RUNS,
  );
});

const secret = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const name = fc.constantFrom("dev", "prod", "test", "dev-eu");
/** Two environments, with secrets of their own or, by mistake, with the same. */
const ends = fc
  .tuple(secret, secret, name, name, fc.boolean())
  .map(([a, b, own, other, shared]) => ({ a, b: shared ? a : b, own, other }))
  .filter(({ a, b, own, other }) => own !== other || !a.equals(b));

test("no two environments have a key in common", () => {
  const use = fc.constantFrom<KeyUse[]>({ use: "ca" }, { use: "deployer" }, { use: "host-ssh", host: "h" });
  fc.assert(
    fc.property(ends, use, use, ({ a, b, own, other }, first, second) => {
      assert.ok(!deriveKey(a, own, first).seed.equals(deriveKey(b, other, second).seed));
    }),
    RUNS,
  );
});

const folder = mkdtempSync(join(tmpdir(), "palisade-partition-"));
after(() => rmSync(folder, { recursive: true }));

test("no environment accepts another's certificates", async () => {
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  openssl("genpkey", "-algorithm", "ed25519", "-out", "host.key");
  const request = openssl("req", "-new", "-key", "host.key", "-subj", "/CN=h");
  const authority = (secret: Buffer, environment: string) =>
    CertificateAuthority.create(environment, deriveKey(secret, environment, { use: "ca" }));
  await fc.assert(
    fc.asyncProperty(ends, async ({ a, b, own, other }) => {
      const [ours, theirs] = [await authority(a, own), await authority(b, other)];
      const certificate = new X509Certificate(await ours.sign("h", request, "2026-11-01"));
      assert.ok(certificate.verify(new X509Certificate(ours.pem).publicKey));
      assert.ok(!certificate.verify(new X509Certificate(theirs.pem).publicKey));
    }),
    { numRuns: RUNS.numRuns / 10 },
  );
});
