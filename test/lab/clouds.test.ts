import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { text, type Properties } from "../../lab/grpc/values";
import { hostStatus, listHosts, rebootHost, stopHost, waitForSsh } from "../../lab/machine";
import { startCloud, type CloudClient } from "./support/provider-client";
import {
  cannotRunLab,
  makeKey,
  makeTestLab,
  processesOf,
  ssh,
  type KeyPair,
  type TestLab,
} from "./support/test-lab";

const BOOT_MS = 120_000;
const urn = (type: string, name: string) => `urn:pulumi:dev::palisade::${type}::${name}`;
const AWS = {
  vpc: "aws:ec2/vpc:Vpc",
  subnet: "aws:ec2/subnet:Subnet",
  instance: "aws:ec2/instance:Instance",
};
const LINODE = {
  vpc: "linode:index/vpc:Vpc",
  subnet: "linode:index/vpcSubnet:VpcSubnet",
  instance: "linode:index/instance:Instance",
};

suite("clouds of the lab with real machines", { skip: cannotRunLab, timeout: 30 * 60_000 }, () => {
  let testLab: TestLab;
  let aws: CloudClient;
  let linode: CloudClient;
  let key: KeyPair;
  let hostKey: KeyPair;
  let web: Properties;
  let webId: string;
  const webUrn = urn(AWS.instance, "web-1-instance");

  before(async () => {
    testLab = await makeTestLab("test-clouds");
    [aws, linode] = await Promise.all([startCloud(testLab.lab, "aws"), startCloud(testLab.lab, "linode")]);
    key = await makeKey(testLab.folder, "operator");
    hostKey = await makeKey(testLab.folder, "host");
    const vpc = await aws.create(urn(AWS.vpc, "v"), {
      cidrBlock: "198.51.100.0/27",
      assignGeneratedIpv6CidrBlock: true,
    });
    const ipv6 = text(vpc.outputs, "ipv6CidrBlock")?.replace("::/56", "::") ?? "";
    const blocks = { cidrBlock: "198.51.100.0/27", ipv6CidrBlock: `${ipv6}/64` };
    const subnet = await aws.create(urn(AWS.subnet, "s"), { vpcId: vpc.id, ...blocks });
    const image = await aws.invoke("aws:ec2/getAmi:getAmi", { owners: ["136693071363"] });
    web = {
      ...{
        ami: text(image, "id") ?? "",
        instanceType: "t3.small",
        subnetId: subnet.id,
        privateIp: "198.51.100.10",
      },
      ...{ ipv6Addresses: [`${ipv6}a`], associatePublicIpAddress: true, tags: { Name: "web-1.dev" } },
      ...{ userData: userData(), userDataReplaceOnChange: true },
    };
  });

  after(async () => {
    await Promise.all([aws.stop(), linode.stop()]);
    await testLab.destroy();
  });

  /** As the program's: the host key is known before the machine is. */
  function userData(): string {
    return [
      "#!/bin/sh",
      "rm -f /etc/ssh/ssh_host_*",
      `cat >/etc/ssh/ssh_host_ed25519_key <<'END'\n${hostKey.private}END`,
      "chmod 600 /etc/ssh/ssh_host_ed25519_key",
      `mkdir -p /root/.ssh; echo '${key.public}' >/root/.ssh/authorized_keys`,
      "",
    ].join("\n");
  }

  test("an instance of AWS is a host with the addresses and the user data it was given", async () => {
    const created = await aws.create(webUrn, web);
    webId = created.id;
    assert.match(webId, /^i-0[0-9a-f]{16}$/);
    assert.equal(created.outputs["publicIp"], "198.51.100.10");
    assert.deepEqual(
      listHosts(testLab.lab).map(({ stack, name }) => `${stack} ${name}`),
      ["dev web-1"],
    );
    await waitForSsh(testLab.lab, "198.51.100.10", BOOT_MS);
    const login = { key, hostKey: hostKey.public };
    assert.equal(await ssh(testLab, { ...login, address: "198.51.100.10" }, "hostname"), "web-1\n");
    const [ipv6 = ""] = Array.isArray(web["ipv6Addresses"]) ? web["ipv6Addresses"] : [];
    assert.equal(
      await ssh(testLab, { ...login, address: typeof ipv6 === "string" ? ipv6 : "" }, "id -un"),
      "root\n",
    );
  });

  test("a second machine with the same address is refused while the first is there", async () => {
    const change = { ...web, userData: `${userData()}\n# another\n` };
    await assert.rejects(aws.create(webUrn, change), /InvalidIPAddress.InUse.*198.51.100.10/);
    assert.equal((await aws.create(webUrn, web)).id, webId, "the same request is answered by what it made");
  });

  test("another size restarts the machine, other tags do not", async () => {
    const pid = () => hostStatus(testLab.lab, { stack: "dev", name: "web-1" })?.pid;
    const before = pid();
    await aws.update(webId, webUrn, web, { ...web, tags: { Name: "web-1.dev", team: "sre" } });
    assert.equal(pid(), before);
    await aws.update(webId, webUrn, web, { ...web, instanceType: "t3.medium" });
    assert.notEqual(pid(), before);
    await waitForSsh(testLab.lab, "198.51.100.10", BOOT_MS);
  });

  test("the cloud sees a machine that was stopped behind its back", async () => {
    assert.equal((await aws.read(webId, webUrn))?.["instanceState"], "running");
    await stopHost(testLab.lab, { stack: "dev", name: "web-1" }, { hard: true });
    assert.equal((await aws.read(webId, webUrn))?.["instanceState"], "stopped");
  });

  test("an instance of Linode is a host with its VPC's address and an IPv6 address of its own", async () => {
    const vpc = await linode.create(urn(LINODE.vpc, "v"), { label: "palisade-dev", region: "us-east" });
    const subnet = { vpcId: Number(vpc.id), label: "hosts", ipv4: "198.51.100.32/27" };
    const { id } = await linode.create(urn(LINODE.subnet, "s"), subnet);
    const db: Properties = {
      ...{ label: "db-1.dev", region: "us-east", type: "g6-nanode-1", image: "linode/debian12" },
      interfaces: [
        { purpose: "public" },
        { purpose: "vpc", subnetId: Number(id), ipv4: { vpc: "198.51.100.40" } },
      ],
      metadatas: [{ userData: Buffer.from(userData()).toString("base64") }],
    };
    const created = await linode.create(urn(LINODE.instance, "db-1-instance"), db);
    assert.match(created.id, /^\d{8}$/);
    const ipv6 = text(created.outputs, "ipv6") ?? "";
    assert.match(ipv6, /^2001:db8:b000:[0-9a-f:]+\/128$/);
    assert.equal(created.outputs["ipAddress"], "198.51.100.40");
    const address = ipv6.replace("/128", "");
    await waitForSsh(testLab.lab, address, BOOT_MS);
    assert.equal(await ssh(testLab, { address, key, hostKey: hostKey.public }, "hostname"), "db-1\n");
    await linode.delete(created.id, urn(LINODE.instance, "db-1-instance"));
  });

  test("deleting really ends the machine, and again is no error", async () => {
    await rebootHost(testLab.lab, { stack: "dev", name: "web-1" });
    assert.notEqual((await processesOf(testLab.lab.runFolder)).length, 0);
    await aws.delete(webId, webUrn);
    await aws.delete(webId, webUrn);
    assert.deepEqual(await processesOf(testLab.lab.runFolder), []);
    assert.deepEqual(listHosts(testLab.lab), []);
    assert.equal(await aws.read(webId, webUrn), undefined);
  });

  test("what a killed provider had begun is cleared away by the next request", async () => {
    const doomed = await startCloud(testLab.lab, "aws");
    doomed.create(webUrn, web).catch(() => undefined);
    while (listHosts(testLab.lab).length === 0) await sleep(5);
    await doomed.stop("SIGKILL");
    const other = { ...web, tags: { Name: "web-2.dev" } };
    const created = await aws.create(webUrn, other);
    assert.deepEqual(
      listHosts(testLab.lab).map(({ name, state }) => `${name} ${state}`),
      ["web-2 running"],
    );
    await aws.delete(created.id, webUrn);
  });
});
