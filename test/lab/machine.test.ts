import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  bootHost,
  destroyHost,
  destroyLab,
  ensureNetwork,
  hostStatus,
  inNamespace,
  listHosts,
  rebootHost,
  stopHost,
  WAN_DELAY_MS,
  waitForSsh,
  type HostSpec,
} from "../../lab/machine";
import { run } from "../../lab/machine/run";
import {
  cannotRunLab,
  makeKey,
  makeTestLab,
  processesOf,
  shownHostKey,
  ssh,
  type Login,
  type TestLab,
} from "./support/test-lab";

const BOOT_MS = 120_000;

suite("hosts of the lab", { skip: cannotRunLab, timeout: 30 * 60_000 }, () => {
  let testLab: TestLab;
  let web: HostSpec;
  let db: HostSpec;
  let onWeb: Login;
  let onDb: Login;

  before(async () => {
    testLab = await makeTestLab("test-machine");
    const key = await makeKey(testLab.folder, "operator");
    const hostKey = await makeKey(testLab.folder, "host");
    web = {
      ...{ stack: "dev", name: "web-1", ipv4: "198.51.100.10", ipv6: ["2001:db8:c000::10"] },
      ...{ sshHostKey: hostKey, authorizedKeys: [key.public] },
      userData: "#!/bin/sh\necho ran >>/root/user-data\nsystemctl is-active ssh >>/root/user-data || true\n",
    };
    db = {
      ...{ stack: "dev", name: "db-1", ipv4: "198.51.100.11", ipv6: ["2001:db8:c000::11"] },
      ...{ authorizedKeys: [key.public], loginUser: "admin", network: "far" },
    };
    await Promise.all([web, db].map((spec) => bootHost(testLab.lab, spec)));
    await Promise.all([web, db].map((spec) => waitForSsh(testLab.lab, spec.ipv4 ?? "", BOOT_MS)));
    onWeb = { address: "198.51.100.10", key, hostKey: hostKey.public };
    onDb = {
      address: "2001:db8:c000::11",
      user: "admin",
      key,
      hostKey: await shownHostKey(testLab, "198.51.100.11"),
    };
  });

  after(() => testLab.destroy());

  test("its owner logs in with the key it was given, over both families, and sees the key it pinned", async () => {
    assert.equal(await ssh(testLab, onWeb, "hostname"), "web-1\n");
    assert.equal(await ssh(testLab, { ...onWeb, address: "2001:db8:c000::10" }, "id -u"), "0\n");
    await assert.rejects(ssh(testLab, { ...onWeb, hostKey: onDb.hostKey }, "true"), /exit status 255/);
    const stranger = await makeKey(testLab.folder, "stranger");
    await assert.rejects(ssh(testLab, { ...onWeb, key: stranger }, "true"), /Permission denied/);
  });

  test("a login other than root has sudo, and root then has no key", async () => {
    assert.equal(await ssh(testLab, onDb, "sudo id -u"), "0\n");
    await assert.rejects(ssh(testLab, { ...onDb, user: "root" }, "true"), /Permission denied/);
  });

  test("hosts share no identity", async () => {
    const identity = "cat /etc/machine-id; cut -d' ' -f2 /etc/ssh/ssh_host_ecdsa_key.pub";
    const [one, other] = await Promise.all([ssh(testLab, onWeb, identity), ssh(testLab, onDb, identity)]);
    const lines = [...one.trim().split("\n"), ...other.trim().split("\n")];
    assert.equal(new Set(lines).size, 4, lines.join("\n"));
    assert.notEqual(onWeb.hostKey, onDb.hostKey);
  });

  test("systemd is up without a failed unit and the packages are really installed", async () => {
    await ssh(testLab, onWeb, "systemctl is-system-running --wait");
    assert.equal(await ssh(testLab, onWeb, "systemctl --failed --no-legend"), "");
    assert.match(await ssh(testLab, onWeb, "dpkg -s strongswan-swanctl"), /^Status: install ok installed$/m);
    assert.equal(
      await ssh(testLab, onWeb, "systemctl is-active strongswan systemd-networkd"),
      "active\nactive\n",
    );
  });

  test("the far network is a delay away over both families, from hosts and from the deployer, and nothing else passes there", async () => {
    const least = /rtt min\/avg\/max\/mdev = ([\d.]+)/;
    const roundTrip = async (from: Login, address: string) =>
      Number(
        least.exec(
          await ssh(
            testLab,
            from,
            `${from.user === undefined ? "" : "sudo "}ping -c 3 -i 0.3 -W 5 ${address}`,
          ),
        )?.[1],
      );
    for (const address of ["198.51.100.11", "2001:db8:c000::11"]) {
      const milliseconds = await roundTrip(onWeb, address);
      assert.ok(milliseconds >= 2 * WAN_DELAY_MS, `${address}: ${milliseconds} ms`);
    }
    for (const address of ["203.0.113.1", "2001:db8:ff1::1"]) {
      assert.ok((await roundTrip(onDb, address)) >= 2 * WAN_DELAY_MS, `${address} from the far host`);
    }
    await withoutWan(async () => {
      for (const address of ["203.0.113.1", "2001:db8:ff1::1"])
        await ssh(testLab, onWeb, `ping -c 1 -W 5 ${address}`);
      await assert.rejects(ssh(testLab, onWeb, "ping -c 1 -W 1 198.51.100.11"), "it was cut off");
    });
  });

  /** Has nothing pass from the one network to the other for as long as the work lasts. */
  async function withoutWan(work: () => Promise<void>): Promise<void> {
    const set = (state: string) =>
      run(inNamespace(testLab.lab, ["ip", "link", "set", "tap-wan-near", state]));
    await set("down");
    try {
      await work();
    } finally {
      await set("up");
    }
  }

  test("hosts reach each other, the deployer and a stranger in both families", async () => {
    for (const address of ["198.51.100.11", "2001:db8:c000::11", "203.0.113.1", "2001:db8:ff1::1"]) {
      await ssh(testLab, onWeb, `ping -c 1 -W 5 ${address}`);
    }
    for (const address of ["203.0.113.200", "2001:db8:beef::1"])
      await ssh(testLab, onWeb, `ping -c 1 -W 5 ${address}`);
    await assert.rejects(ssh(testLab, onWeb, "ping -c 1 -W 1 198.51.100.99"));
  });

  test("the kernel loads what a firewall with sets and IPsec matches needs, and ESP", async () => {
    const commands = [
      "ipset create fleet hash:net family inet",
      "iptables-legacy -A INPUT -m set --match-set fleet src -m policy --dir in --pol ipsec -m comment --comment x -j LOG",
      "ip6tables-legacy -A INPUT -m conntrack --ctstate INVALID -m hashlimit --hashlimit-name n --hashlimit-upto 1/s -j DROP",
      "modprobe -a esp4 esp6 ipcomp ipcomp6 xfrm_user gcm echainiv seqiv",
      "iptables-legacy -F INPUT; ip6tables-legacy -F INPUT; ipset destroy fleet",
    ];
    await ssh(testLab, onWeb, commands.join(" && "));
  });

  test("booting a running host with the same wish leaves it alone", async () => {
    const pid = hostStatus(testLab.lab, web)?.pid;
    await bootHost(testLab.lab, web);
    assert.equal(hostStatus(testLab.lab, web)?.pid, pid);
    await assert.rejects(bootHost(testLab.lab, { ...web, ipv4: "198.51.100.300" }), /ipv4 "198.51.100.300"/);
  });

  test("user data ran once, before sshd, and files survive every kind of reboot", async () => {
    await ssh(testLab, onWeb, "echo kept >/root/kept; sync");
    const boots = [await bootId()];
    for (const reboot of [
      rebootFromInside,
      () => rebootHost(testLab.lab, web),
      () => rebootHost(testLab.lab, web, { hard: true }),
    ]) {
      await reboot();
      await waitForSsh(testLab.lab, onWeb.address, BOOT_MS);
      boots.push(await bootId());
      assert.equal(await ssh(testLab, onWeb, "cat /root/kept /root/user-data"), "kept\nran\ninactive\n");
    }
    assert.equal(new Set(boots).size, 4);
  });

  const bootId = () => ssh(testLab, onWeb, "cat /proc/sys/kernel/random/boot_id");

  async function rebootFromInside(): Promise<void> {
    const before = await bootId();
    await ssh(testLab, onWeb, "systemctl reboot").catch(() => undefined);
    // Its sshd answers for a while yet.
    while ((await bootId().catch(() => before)) === before) await sleep(200);
  }

  test("a stopped host is listed as stopped, starts again, and a broken network is mended on the way", async () => {
    await stopHost(testLab.lab, db);
    await stopHost(testLab.lab, db);
    assert.deepEqual(
      listHosts(testLab.lab, "dev").map(({ name, state }) => `${name} ${state}`),
      ["db-1 stopped", "web-1 running"],
    );
    await run(inNamespace(testLab.lab, ["ip", "link", "delete", "br0"]));
    await ensureNetwork(testLab.lab);
    await Promise.all([bootHost(testLab.lab, db), rebootHost(testLab.lab, web)]);
    await waitForSsh(testLab.lab, "2001:db8:c000::11", BOOT_MS);
    await waitForSsh(testLab.lab, onWeb.address, BOOT_MS);
  });

  test("what is destroyed leaves nothing behind", async () => {
    const { lab } = testLab;
    const pids = listHosts(lab).map((host) => host.pid);
    assert.equal(pids.length, 2);
    await destroyHost(lab, db);
    await destroyHost(lab, db);
    assert.deepEqual(
      listHosts(lab).map((host) => host.name),
      ["web-1"],
    );
    const cards = (await run(inNamespace(lab, ["ip", "-o", "link", "show", "type", "tun"])))
      .trim()
      .split("\n");
    assert.equal(cards.filter((line) => !line.includes("tap-wan-")).length, 1);
    await destroyLab(lab);
    await destroyLab(lab);
    assert.equal((await processesOf(lab.runFolder)).length, 0);
    assert.ok(
      !existsSync(`/run/netns/${lab.namespace}`) && !existsSync(lab.runFolder) && !existsSync(lab.folder),
    );
  });
});
