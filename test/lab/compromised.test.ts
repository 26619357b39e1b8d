import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { probesFromOutside, type Outsider, type Probe } from "../../lab/verify/expectation";
import { announce } from "./support/attack/attacker";
import type { Claim } from "./support/attack/connection";
import { forge, FORGED } from "./support/attack/forged";
import { moveLink } from "./support/attack/move";
import { bookOf, forbidden, otherPorts, probesFrom, surprises } from "./support/attack/probing";
import { diskOf, environmentSecrets, foundIn, linkKeys, secretOf } from "./support/attack/secrets";
import { hostIn, setTheScene, type Environment, type Scene } from "./support/attack/scene";
import type { LabHost } from "./support/lab-host";
import { cannotRunLab } from "./support/test-lab";

const ATTACKER = "web-1";
const OWN_NAME = `${ATTACKER}.dev.palisade`;

/**
 * Somebody has root on web-1 of dev, and with it all its files. The tests attack in this order, each with the means of
 * the ones before: with its own connections, in clear, with addresses of others, with certificates of others.
 */
describe("a compromised host", { skip: cannotRunLab }, () => {
  let scene: Scene;

  before(async () => {
    scene = await setTheScene(ATTACKER);
    await scene.attacker.breakFree();
  });
  after(() => scene.end());

  const dev = (name: string): LabHost => hostIn(scene.dev, name);
  const prod = (name: string): LabHost => hostIn(scene.prod, name);
  const fromAttacker = () => new Map([[ATTACKER, scene.attacker.host.place]]);

  /** Everything that it may try with its own addresses, with its own environment and with the other. */
  function ownProbes(): Probe[] {
    const [own, other] = [bookOf(scene.dev.hosts), bookOf(scene.prod.hosts)];
    const known = probesFrom(ATTACKER, scene.dev.model, own);
    const ports = new Map(known.map(({ protocol, port }) => [`${protocol} ${port}`, { protocol, port }]));
    const abroad = [...scene.prod.hosts.values()].flatMap((host) =>
      ([4, 6] as const).flatMap((family) =>
        [...ports.values()].map((port): Probe => ({
          ...{ from: ATTACKER, to: `prod's ${host.name}`, address: host.address(family), family, ...port },
          ...{ expected: "denied", encrypted: false },
        })),
      ),
    );
    return [...known, ...abroad, ...otherPorts(ATTACKER, own), ...otherPorts(ATTACKER, other)];
  }

  test("reaches with its own connections exactly what the policy gives it", async () => {
    const probes = ownProbes();
    assert.ok(probes.filter(({ expected }) => expected === "allowed").length >= 4);
    assert.ok(probes.filter(({ expected }) => expected === "denied").length > 400);
    assert.deepEqual(await surprises(fromAttacker(), probes), []);
  });

  test("reaches nothing in clear", async () => {
    await scene.attacker.dropIpsec();
    const before = await dropped(dev("db-1"), "PALISADE-CLEAR");
    assert.deepEqual(await surprises(fromAttacker(), forbidden(ownProbes())), []);
    assert.ok((await dropped(dev("db-1"), "PALISADE-CLEAR")) > before, "db-1 met it");
  });

  test("reaches no neighbour by its link-local address", async () => {
    const neighbours = [...scene.dev.hosts.values(), ...scene.prod.hosts.values()];
    const others = neighbours.filter((host) => host !== scene.attacker.host);
    const found = await Promise.all(others.map((host) => host.text("ip -6 -o addr show eth0 scope link")));
    const addresses = found.flatMap((line) => /fe80::[0-9a-f:]+/.exec(line)?.[0] ?? []);
    assert.equal(addresses.length, others.length);
    const attempts = addresses.map((address) => `nc -nzw 3 ${address}%eth0 22 && echo ${address} & `);
    assert.equal(await scene.attacker.host.text(`${attempts.join("\n")}\nwait`), "");
  });

  test("with the address of a network reaches what the policy gives the network, and no login", async () => {
    const outsiders: Outsider[] = [
      ["203.0.113.5", "2001:db8:ff1::5"], // the failsafe, in the office
      ["203.0.113.77", "2001:db8:ff1:1::5"], // the office
      ["192.0.2.5", "2001:db8:beef::5"], // the internet
      ["198.51.100.60", "2001:db8:8001::5"], // the fleet, and no host's
    ].flatMap((addresses) => addresses.map((address) => ({ name: ATTACKER, address })));
    const giveBack = await scene.attacker.adopt(outsiders.map(({ address }) => address));
    const probes = [scene.dev, scene.prod].flatMap(({ hosts, model }: Environment) =>
      [...probesFromOutside(model, bookOf(hosts), outsiders)].filter(({ address }) => !isOwn(address)),
    );
    assert.deepEqual(await surprises(fromAttacker(), probes), []);
    await refusesLogins(["203.0.113.5", "2001:db8:ff1::5"]);
    await giveBack();
  });

  function isOwn(address: string): boolean {
    const { ipv4, ipv6 } = scene.attacker.host.addresses;
    return [ipv4?.address, ipv6].includes(address);
  }

  /** Tries every account of a host with every key that there is on the attacker's. */
  async function refusesLogins([ipv4 = "", ipv6 = ""]: string[]): Promise<void> {
    for (const target of [dev("db-1"), prod("db-1")]) {
      const users = [
        "root",
        ...(await target.text("cut -d: -f1 /var/lib/extrausers/passwd")).trim().split("\n"),
      ];
      assert.ok(users.includes("alice"));
      for (const [source, family] of [
        [ipv4, 4],
        [ipv6, 6],
      ] as const) {
        const options = "-F none -o BatchMode=yes -o StrictHostKeyChecking=no -o ConnectTimeout=5";
        const login = (user: string) =>
          `ssh ${options} -i /etc/ssh/ssh_host_ed25519_key -b ${source} ${user}@${target.address(family)} echo in 2>&1 & `;
        const said = await scene.attacker.host.text(`${users.map(login).join("\n")}\nwait`);
        assert.equal([...said.matchAll(/Permission denied \(/g)].length, users.length, said);
        assert.doesNotMatch(said, /^in$/m);
      }
    }
  }

  test("with another host's address reaches nothing in clear, not what that host may", async () => {
    const taken = [dev("app-1").address(6), dev("app-2").address(4), dev("app-2").address(6)];
    const giveBack = await scene.attacker.pose(taken);
    const before = await dropped(dev("db-1"), "PALISADE-CLEAR");
    const toDb = probesFrom(ATTACKER, scene.dev.model, bookOf(scene.dev.hosts)).filter(
      ({ to }) => to === "db-1",
    );
    const probes = taken.flatMap((source) =>
      forbidden(toDb.filter(({ family }) => source.includes(":") === (family === 6))).map((probe) => ({
        ...probe,
        source,
      })),
    );
    assert.ok(probes.some(({ port }) => port === 5432));
    assert.deepEqual(await surprises(fromAttacker(), probes), []);
    assert.ok((await dropped(dev("db-1"), "PALISADE-CLEAR")) >= before + probes.length, "db-1 met all of it");
    await giveBack();
    await isBack(dev("app-1"), dev("db-1"), 5432);
  });

  test("the deployer is not taken in by who has another host's address", async () => {
    const giveBack = await scene.attacker.pose([dev("app-1").address(6)]);
    const said: string[] = [];
    for (let tried = 0; tried < 5; tried += 1) {
      const { stdout, stderr } = await dev("app-1").run("hostname");
      assert.notEqual(stdout.trim(), ATTACKER);
      said.push(stderr);
    }
    await giveBack();
    await isBack(dev("app-1"), dev("db-1"), 5432);
    assert.match(said.join(""), /Host key verification failed/);
  });

  test("with another host's address gets no association, whatever certificate it shows", async () => {
    await scene.attacker.takeCharon();
    const [victim, posed] = [dev("db-1"), dev("app-1")];
    await refused(victim, posed, "dev");
    await isBack(posed, victim, 5432);
  });

  test("gets no association with another environment, by its own address or one of theirs", async () => {
    const victim = prod("db-1");
    const own = await scene.attacker.initiate([claim(victim, scene.attacker.host, "prod")]);
    assert.match([...own.values()].join(), /retransmit|timeout/, "IKE of strangers is dropped");
    await refused(victim, prod("app-1"), "prod");
    await isBack(prod("app-1"), victim, 5432);
  });

  test("gets no association with who is no peer, or under another name, or for another's traffic", async () => {
    const [own, peer] = [scene.attacker.host, dev("app-1")];
    await forge(own, {
      identity: "web-2.dev.palisade",
      authority: "Palisade CA of dev",
      genuine: await certificateOf(dev("web-2")),
    });
    const another = { identity: "web-2.dev.palisade", certificate: "own-authority.pem" };
    const said = await scene.attacker.initiate([
      { ...claim(dev("db-1"), own, "dev"), name: "no-peer" },
      { ...claim(peer, own, "dev"), name: "another-name", ...another },
      { ...claim(peer, own, "dev"), name: "another-traffic", localSelector: dev("web-2").address(6) },
    ]);
    assert.match(said.get("no-peer") ?? "", /retransmit|timeout/);
    assert.match(said.get("another-name") ?? "", /AUTHENTICATION_FAILED/);
    assert.match(said.get("another-traffic") ?? "", /TS_UNACCEPTABLE/);
    assert.doesNotMatch([...said.values()].join(), /CHILD_SA \S+ established/);
  });

  test("that moves its own association to a peer's address is not taken for that peer", async () => {
    const [own, victim, posed] = [scene.attacker.host, dev("app-1"), dev("bastion-1")];
    const since = await now(victim);
    const moving = { ...claim(victim, own, "dev"), local: own.address(4), remote: victim.address(4) };
    const before = await dropped(victim, "PALISADE-POSED");
    const giveBack = await moveLink(scene.attacker, moving, posed.address(4));
    assert.match(
      await journal(victim, since),
      new RegExp(`remote endpoint changed .* to ${posed.address(4)}`),
    );
    const probes = forbidden(
      probesFrom(ATTACKER, scene.dev.model, bookOf(scene.dev.hosts)).filter(
        ({ to, family }) => to === victim.name && family === 4,
      ),
    ).map((probe) => ({ ...probe, source: posed.address(4) }));
    assert.ok(probes.some(({ port }) => port === 22));
    assert.deepEqual(await surprises(fromAttacker(), probes), []);
    const met = await dropped(victim, "PALISADE-POSED");
    assert.ok(met >= before + probes.length, `${victim.name} met all of it`);
    // What is meant for the peer does not go to the attacker either, whose keys it would be encrypted with.
    await victim.run(`nc -nzw 3 ${posed.address(4)} 22`);
    assert.ok((await dropped(victim, "PALISADE-POSED")) > met);
    await giveBack();
    // As when the compromised host is isolated: its connections go, and its associations with them.
    await victim.text("swanctl --terminate --ike web-1_v4 --force");
    await isBack(posed, victim, 22);
  });

  test("has no key and no secret but its own, deleted files included", async () => {
    const { checkout, dev: own, prod: other } = scene;
    const secrets = [
      ...environmentSecrets("dev", secretOf(checkout, "dev"), [...own.hosts.keys()]),
      ...environmentSecrets("prod", secretOf(checkout, "prod"), [...other.hosts.keys()]),
      ...(await linkKeys("dev", own.hosts)),
      ...(await linkKeys("prod", other.hosts)),
    ];
    await scene.attacker.host.text("sync");
    // What is its own is found, so the search finds.
    assert.deepEqual(foundIn(diskOf(checkout, "dev", ATTACKER), secrets), [
      `dev's ${ATTACKER}'s IPsec key`,
      `dev's ${ATTACKER}'s SSH host key`,
    ]);
  });

  /** An address that was taken is its owner's again, and its links carry what the policy gives it. */
  async function isBack(owner: LabHost, victim: LabHost, port: number): Promise<void> {
    await scene.forgetNeighbours();
    const stop = await announce(owner, [owner.address(4), owner.address(6)]);
    await sleep(500);
    await stop();
    for (let tried = 0; tried < 10; tried += 1) {
      if ((await owner.run(`nc -nzw 4 ${victim.address(6)} ${port}`)).code === 0) return;
    }
    assert.fail(`${owner.name} does not reach ${victim.name} any more`);
  }

  /** Tries everything to get an association with a victim from the address and under the name of a peer of it. */
  async function refused(victim: LabHost, posed: LabHost, environment: string): Promise<void> {
    const identity = `${posed.name}.${environment}.palisade`;
    const authority = `Palisade CA of ${environment}`;
    await forge(scene.attacker.host, { identity, authority, genuine: await certificateOf(posed) });
    const giveBack = await scene.attacker.pose([posed.address(6)]);
    const since = await now(victim);
    const base = claim(victim, posed, environment);
    const said = await scene.attacker.initiate([
      { ...base, name: "as-itself", certificate: "palisade.pem", identity: OWN_NAME },
      ...Object.keys(FORGED).map((certificate) => ({
        ...base,
        name: certificate.replace(".pem", ""),
        certificate,
        identity,
      })),
    ]);
    for (const [name, text] of said) assert.match(text, /AUTHENTICATION_FAILED/, `${name}: ${text}`);
    const log = await journal(victim, since);
    assert.match(log, /no trusted .* public key found|signature validation failed/);
    assert.match(log, /no matching peer config found/);
    assert.doesNotMatch(log, /IKE_SA \S+ established|CHILD_SA \S+ established/);
    await giveBack();
  }

  /** What it says where it says nothing wrong but, perhaps, its address. */
  function claim(victim: LabHost, posed: LabHost, environment: string): Claim {
    return {
      name: "honest",
      local: posed.address(6),
      remote: victim.address(6),
      identity: OWN_NAME,
      peer: `${victim.name}.${environment}.palisade`,
      certificate: "palisade.pem",
    };
  }
});

/** Packets that a chain of a host's firewall has dropped, of both families. */
async function dropped(host: LabHost, chain: string): Promise<number> {
  const text = await host.text(`for t in iptables ip6tables; do $t-legacy -nvxL ${chain}; done`);
  return [...text.matchAll(/^\s*(\d+)\s+\d+\s+DROP /gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

const now = async (host: LabHost): Promise<string> => (await host.text("date +%s")).trim();

/** What a host's charon has said since then. */
const journal = (host: LabHost, since: string): Promise<string> =>
  host.text(`journalctl -u strongswan --since @${since} -o cat --no-pager`);

/** A host's own certificate: it is shown to every peer, and no secret. */
const certificateOf = (host: LabHost): Promise<string> => host.text("cat /etc/swanctl/x509/palisade.pem");
