import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { probesFromOutside, type Outsider, type Probe } from "../../lab/verify/expectation";
import { forgeFor, honestClaim, isBack, isRefused, type Target } from "./support/attack/impostor";
import { dropped, journalOf, usersOf } from "./support/attack/inspect";
import { withMovedLink } from "./support/attack/move";
import { forbidden, otherPorts, probesFrom, probesTo, surprises } from "./support/attack/probing";
import { hostIn, setTheScene, type Scene } from "./support/attack/scene";
import { diskOf, environmentSecrets, foundIn, linkKeys, secretOf } from "./support/attack/secrets";
import type { LabHost } from "./support/lab-host";
import { cannotRunLab } from "./support/test-lab";

const ATTACKER = "web-1";

/**
 * Somebody has root on web-1 of dev, and with it all its files. The tests attack in this order: with its own
 * connections, in clear, with addresses of others, with certificates of others.
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
  const inDev = (name: string): Target => ({ host: dev(name), environment: "dev" });
  const inProd = (name: string): Target => ({ host: prod(name), environment: "prod" });
  const tried = (probes: Probe[]) => surprises(new Map([[ATTACKER, scene.attacker.host.place]]), probes);

  /** Everything that it may try with its own addresses, with its own environment and with the other. */
  function ownProbes(): Probe[] {
    const [own, other] = [scene.dev.site, scene.prod.site];
    const known = probesFrom(ATTACKER, own);
    return [
      ...known,
      ...forbidden(probesTo(ATTACKER, other, known)),
      ...otherPorts(ATTACKER, own),
      ...otherPorts(ATTACKER, other),
    ];
  }

  /** What there is to try on a host, from an address that is another's; none of it is to succeed. */
  function posedProbes(to: string, source: string): Probe[] {
    const family = source.includes(":") ? 6 : 4;
    return forbidden(probesFrom(ATTACKER, scene.dev.site))
      .filter((probe) => probe.to === to && probe.family === family)
      .map((probe) => ({ ...probe, source }));
  }

  test("reaches with its own connections exactly what the policy gives it", async () => {
    const probes = ownProbes();
    assert.ok(probes.filter(({ expected }) => expected === "allowed").length >= 4);
    assert.ok(probes.filter(({ expected }) => expected === "denied").length > 400);
    assert.deepEqual(await tried(probes), []);
  });

  test("reaches nothing in clear", async () => {
    await scene.attacker.dropIpsec();
    const before = await dropped(dev("db-1"), "PALISADE-CLEAR");
    assert.deepEqual(await tried(forbidden(ownProbes())), []);
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

  test("with an address of a network reaches what the policy gives the network, and no login", async () => {
    const outsiders: Outsider[] = [
      ["203.0.113.5", "2001:db8:ff1::5"], // the failsafe, in the office
      ["203.0.113.77", "2001:db8:ff1:1::5"], // the office
      ["192.0.2.5", "2001:db8:beef::5"], // the internet
      ["198.51.100.60", "2001:db8:8001::5"], // the fleet, and no host's
    ].flatMap((addresses) => addresses.map((address) => ({ name: ATTACKER, address })));
    const { ipv4, ipv6 } = scene.attacker.host.addresses;
    const probes = [scene.dev, scene.prod]
      .flatMap(({ site }) => [...probesFromOutside(site, outsiders)])
      .filter(({ address }) => ![ipv4?.address, ipv6].includes(address));
    await scene.attacker.adopting(
      outsiders.map(({ address }) => address),
      async () => {
        assert.deepEqual(await tried(probes), []);
        for (const target of [dev("db-1"), prod("db-1")]) await hasNoLogin(target, "2001:db8:ff1::5");
      },
    );
  });

  /** Tries every account of a host, one after the other as sshd turns away whom it takes for too many at once, with the SSH key that there is on the attacker's. */
  async function hasNoLogin(target: LabHost, source: string): Promise<void> {
    const users = await usersOf(target);
    assert.ok(users.includes("alice"));
    const options = "-F none -o BatchMode=yes -o StrictHostKeyChecking=no -o ConnectTimeout=60";
    const login = (user: string) =>
      `ssh ${options} -i /etc/ssh/ssh_host_ed25519_key -b ${source} ${user}@${target.address(6)} echo in 2>&1`;
    for (const user of users) {
      const { stdout } = await scene.attacker.host.run(login(user));
      assert.match(stdout, /Permission denied \(/, user);
    }
  }

  test("with another host's address reaches nothing in clear, not what that host may", async () => {
    const taken = [dev("app-1").address(6), dev("app-2").address(4), dev("app-2").address(6)];
    const probes = taken.flatMap((source) => posedProbes("db-1", source));
    assert.ok(probes.some(({ port }) => port === 5432));
    const before = await dropped(dev("db-1"), "PALISADE-CLEAR");
    await scene.attacker.posing(taken, [dev("db-1")], async () => assert.deepEqual(await tried(probes), []));
    assert.ok((await dropped(dev("db-1"), "PALISADE-CLEAR")) >= before + probes.length, "db-1 met all of it");
    await isBack(scene, dev("app-2"), dev("db-1"), 5432);
    await isBack(scene, dev("app-1"), dev("db-1"), 5432);
  });

  test("does not take in the deployer with another host's address", async () => {
    const { stdout, stderr } = await scene.attacker.posing([dev("app-1").address(6)], [scene.deployer], () =>
      dev("app-1").run("hostname"),
    );
    await isBack(scene, dev("app-1"), dev("db-1"), 5432);
    assert.equal(stdout, "");
    assert.match(stderr, /Host key verification failed/);
  });

  test("with another host's address gets no association, whatever certificate it shows", async () => {
    await scene.attacker.takeCharon();
    await isRefused(scene, inDev("db-1"), inDev("app-1"));
    await isBack(scene, dev("app-1"), dev("db-1"), 5432);
  });

  test("gets no association with another environment, by its own address or one of theirs", async () => {
    const said = await scene.attacker.initiate([honestClaim(scene, inProd("db-1"))]);
    assert.match(said.get("honest") ?? "", /retransmit|timeout/, "IKE of strangers is dropped");
    await isRefused(scene, inProd("db-1"), inProd("app-1"));
    await isBack(scene, prod("app-1"), prod("db-1"), 5432);
  });

  test("gets no association with who is no peer, or under another name, or for another's traffic", async () => {
    await forgeFor(scene, inDev("web-2"));
    const peer = honestClaim(scene, inDev("app-1"));
    const another = { identity: "web-2.dev.palisade", certificate: "own-authority.pem" };
    const said = await scene.attacker.initiate([
      { ...honestClaim(scene, inDev("db-1")), name: "no-peer" },
      { ...peer, name: "another-name", ...another },
      { ...peer, name: "another-traffic", localSelector: dev("web-2").address(6) },
    ]);
    assert.match(said.get("no-peer") ?? "", /retransmit|timeout/);
    assert.match(said.get("another-name") ?? "", /AUTHENTICATION_FAILED/);
    assert.match(said.get("another-traffic") ?? "", /TS_UNACCEPTABLE/);
    assert.doesNotMatch([...said.values()].join(), /CHILD_SA \S+ established/);
  });

  test("that moves its own association to a peer's address is not taken for that peer", async () => {
    const [own, victim, posed] = [scene.attacker.host, dev("app-1"), dev("bastion-1")];
    const claim = { ...honestClaim(scene, inDev("app-1")), local: own.address(4), remote: victim.address(4) };
    const probes = posedProbes("app-1", posed.address(4));
    assert.ok(probes.some(({ port }) => port === 22));
    const before = await dropped(victim, "PALISADE-POSED");
    const log = await journalOf(victim, () =>
      withMovedLink(scene.attacker, claim, { victim, taken: posed.address(4) }, async (received) => {
        assert.deepEqual(await tried(probes), []);
        const met = await dropped(victim, "PALISADE-POSED");
        assert.ok(met >= before + probes.length, "app-1 met all of it");
        // What is meant for the peer does not go to the attacker, whose keys it would be encrypted with.
        await victim.text(`! nc -nzw 3 ${posed.address(4)} 22`);
        assert.ok((await dropped(victim, "PALISADE-POSED")) > met, "app-1 held it back");
        assert.equal(await received(), 0);
      }),
    );
    assert.match(log, new RegExp(`remote endpoint changed .* to ${posed.address(4)}`), "it did move");
    // As when the compromised host is isolated: its connections go, and its associations with them.
    await victim.text("swanctl --terminate --ike web-1_v4 --force");
    await isBack(scene, posed, victim, 22, 4);
  });

  test("has no key and no secret but its own, deleted files included", async () => {
    const secrets = [
      ...environmentSecrets("dev", secretOf(scene.checkout, "dev"), [...scene.dev.hosts.keys()]),
      ...environmentSecrets("prod", secretOf(scene.checkout, "prod"), [...scene.prod.hosts.keys()]),
      ...(await linkKeys("dev", scene.dev.hosts)),
      ...(await linkKeys("prod", scene.prod.hosts)),
    ];
    await scene.attacker.host.text("sync");
    // What is its own is found, so the search finds.
    assert.deepEqual(foundIn(diskOf(scene.checkout, "dev", ATTACKER), secrets), [
      `dev's ${ATTACKER}'s IPsec key`,
      `dev's ${ATTACKER}'s SSH host key`,
    ]);
  });
});
