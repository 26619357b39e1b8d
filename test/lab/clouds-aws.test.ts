import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { text, type Properties } from "../../lab/grpc/values";
import { startCloud, type CloudClient } from "./support/provider-client";
import { makeTestLab, type TestLab } from "./support/test-lab";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const urn = (type: string, name: string) => `urn:pulumi:dev::palisade::palisade:index:Fleet$${type}::${name}`;
const VPC = "aws:ec2/vpc:Vpc";
const SUBNET = "aws:ec2/subnet:Subnet";
const INSTANCE = "aws:ec2/instance:Instance";
const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const LIST = "aws:ec2/managedPrefixList:ManagedPrefixList";

const secret = (value: string): Properties => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

// What the clouds say about resources that need no host: no root, no kernel.
suite("the lab's AWS", () => {
  let testLab: TestLab;
  let aws: CloudClient;
  let vpc: { id: string; outputs: Properties };
  let subnet: { id: string; outputs: Properties };
  let instance: Properties;

  before(async () => {
    testLab = await makeTestLab("test-clouds-api");
    aws = await startCloud(testLab.lab, "aws", "pulumi");
    vpc = await aws.create(urn(VPC, "vpc"), {
      cidrBlock: "198.51.100.0/27",
      assignGeneratedIpv6CidrBlock: true,
    });
    const ipv6 = text(vpc.outputs, "ipv6CidrBlock")?.replace("/56", "/64") ?? "";
    subnet = await aws.create(urn(SUBNET, "subnet"), {
      vpcId: vpc.id,
      cidrBlock: "198.51.100.0/27",
      ipv6CidrBlock: ipv6,
    });
    const image = await aws.invoke("aws:ec2/getAmi:getAmi", {
      owners: ["136693071363"],
      filters: [{ name: "name", values: ["debian-12-amd64-*"] }],
      mostRecent: true,
    });
    instance = {
      ...{
        ami: image["id"] ?? null,
        instanceType: "t3.small",
        subnetId: subnet.id,
        privateIp: "198.51.100.10",
      },
      ...{ ipv6Addresses: [ipv6.replace("/64", "a")], userData: "#!/bin/sh\n", tags: { Name: "web-1.dev" } },
    };
  });

  after(async () => {
    await aws.stop();
    await testLab.destroy();
  });

  test("a VPC gets an id and an IPv6 /56 of the lab's, the same for the same names", async () => {
    assert.match(vpc.id, /^vpc-0[0-9a-f]{16}$/);
    assert.match(text(vpc.outputs, "ipv6CidrBlock") ?? "", /^2001:db8:a[0-9a-f]{3}:[0-9a-f]{1,4}::\/56$/);
    const other = await makeTestLab("test-clouds-twin");
    const twin = await startCloud(other.lab, "aws");
    const again = await twin.create(urn(VPC, "vpc"), {
      cidrBlock: "198.51.100.0/27",
      assignGeneratedIpv6CidrBlock: true,
    });
    assert.equal(again.outputs["ipv6CidrBlock"], vpc.outputs["ipv6CidrBlock"]);
    await twin.stop();
    await other.destroy();
  });

  test("an instance as the program asks for it is right, in a preview with unknowns too", async () => {
    assert.deepEqual(await aws.check(urn(INSTANCE, "web-1"), instance), []);
    const preview = {
      ...instance,
      subnetId: UNKNOWN,
      ipv6Addresses: [UNKNOWN],
      userData: secret("#!/bin/sh\n"),
    };
    assert.deepEqual(await aws.check(urn(INSTANCE, "web-1"), preview), []);
  });

  const refused: [string, Properties, RegExp][] = [
    [
      "an address outside of its subnet",
      { privateIp: "198.51.100.40" },
      /^privateIp: .*does not fall within/,
    ],
    ["an address at the subnet's start, which Amazon keeps", { privateIp: "198.51.100.3" }, /reserved/],
    ["the last address of the subnet", { privateIp: "198.51.100.31" }, /reserved/],
    [
      "an IPv6 address outside of its subnet",
      { ipv6Addresses: ["2001:db8::a"] },
      /^ipv6Addresses: .*does not fall/,
    ],
    ["an address that is none", { privateIp: "web-1" }, /no IPv4 address/],
    ["a subnet that is not there", { subnetId: "subnet-0123" }, /InvalidSubnetID.NotFound/],
    ["an unknown image", { ami: "ami-12345678" }, /InvalidAMIID.NotFound/],
    ["an unknown size", { instanceType: "huge" }, /no instance type/],
    ["an unknown security group", { vpcSecurityGroupIds: ["sg-1"] }, /InvalidGroup.NotFound/],
    ["an unknown key pair", { keyName: "mine" }, /InvalidKeyPair.NotFound/],
    ["too much user data", { userData: `#!/bin/sh\n${"x".repeat(16_384)}` }, /limited to 16384/],
    ["user data that is no script", { userData: secret("#cloud-config\n") }, /only scripts/],
    ["a property that does not exist", { ipv6Address: "2001:db8::a" }, /^ipv6Address: /],
    ["a list where a text belongs", { privateIp: ["198.51.100.10"] }, /^privateIp: must be string/],
  ];
  for (const [what, change, reason] of refused) {
    test(`an instance is refused with ${what}`, async () => {
      const failures = await aws.check(urn(INSTANCE, "web-1"), { ...instance, ...change });
      assert.equal(failures.length, 1, failures.join("\n"));
      assert.match(failures[0] ?? "", reason);
      const creation = aws.create(urn(INSTANCE, "web-1"), { ...instance, ...change });
      await assert.rejects(creation, (error: Error) => reason.test(error.message));
    });
  }

  test("every missing input is named at once", async () => {
    const failures = await aws.check(urn(INSTANCE, "web-1"), {});
    assert.deepEqual(failures.map((one) => one.split(":")[0]).sort(), ["ami", "instanceType", "subnetId"]);
  });

  const changes: [string, Properties, string][] = [
    ["nothing", {}, "none"],
    ["tags", { tags: { Name: "web-2.dev" } }, "update"],
    ["the size", { instanceType: "t3.medium" }, "update"],
    ["user data, left to the next boot", { userData: "#!/bin/sh\necho\n" }, "update"],
    ["user data that replaces", { userData: "#!/bin/sh\necho\n", userDataReplaceOnChange: true }, "userData"],
    ["the address", { privateIp: "198.51.100.11" }, "privateIp"],
    ["image and subnet", { ami: "ami-1", subnetId: UNKNOWN }, "ami subnetId"],
    ["whether the same user data is a secret", { userData: secret("#!/bin/sh\n") }, "none"],
  ];
  for (const [what, change, expected] of changes) {
    test(`a change of ${what} means: ${expected}`, async () => {
      const olds = { ...instance, publicIp: "", instanceState: "running", arn: "arn" };
      assert.equal(await aws.diff("i-0", urn(INSTANCE, "web-1"), olds, { ...instance, ...change }), expected);
    });
  }

  test("blocks must fit: VPC sizes, subnets inside of it and apart from each other", async () => {
    assert.match(
      String(await aws.check(urn(VPC, "v"), { cidrBlock: "10.0.0.0/8" })),
      /between \/16 and \/28/,
    );
    assert.match(
      String(await aws.check(urn(VPC, "v"), { cidrBlock: "198.51.100.1/27" })),
      /without host bits/,
    );
    const outside = { vpcId: vpc.id, cidrBlock: "198.51.100.32/28" };
    assert.match(String(await aws.check(urn(SUBNET, "s"), outside)), /not inside the VPC/);
    const overlapping = { vpcId: vpc.id, cidrBlock: "198.51.100.16/28" };
    await assert.rejects(aws.create(urn(SUBNET, "s"), overlapping), /InvalidSubnet.Conflict/);
  });

  test("two security groups of one network may refer to each other; rules are refused as EC2 refuses them", async () => {
    const [web, app] = await Promise.all([
      aws.create(urn(GROUP, "web"), { vpcId: vpc.id, name: "web" }),
      aws.create(urn(GROUP, "app"), { vpcId: vpc.id, name: "app" }),
    ]);
    const list = {
      name: "peers",
      addressFamily: "IPv6",
      maxEntries: 1,
      entries: [{ cidr: "2001:db8:c000::1/128" }],
    };
    const peers = await aws.create(urn(LIST, "peers"), list);
    const esp = { securityGroupId: web.id, ipProtocol: "50", referencedSecurityGroupId: app.id };
    const rule = await aws.create(urn(INGRESS, "a"), esp);
    await aws.create(urn(INGRESS, "b"), {
      ...esp,
      securityGroupId: app.id,
      referencedSecurityGroupId: web.id,
    });
    await assert.rejects(
      aws.create(urn(INGRESS, "c"), esp),
      new RegExp(`InvalidPermission.Duplicate.*${rule.id}`),
    );
    const rows: [Properties, RegExp][] = [
      [{ ipProtocol: "esp", cidrIpv4: "0.0.0.0/0" }, /Invalid value 'esp' for IP protocol/],
      [{ ipProtocol: "50", fromPort: 0, toPort: 0, cidrIpv4: "0.0.0.0/0" }, /has no ports/],
      [{ ipProtocol: "tcp", cidrIpv4: "0.0.0.0/0" }, /Invalid range of ports/],
      [{ ipProtocol: "tcp", fromPort: 9, toPort: 8, cidrIpv4: "0.0.0.0/0" }, /Invalid range of ports/],
      [{ ipProtocol: "-1", cidrIpv4: "0.0.0.0/0", cidrIpv6: "::/0" }, /a rule has one source/],
      [{ ipProtocol: "-1", cidrIpv6: "0.0.0.0/0" }, /is malformed/],
      [{ ipProtocol: "-1", prefixListId: "pl-0" }, /InvalidPrefixListId.NotFound/],
      [{ ipProtocol: "-1", cidrIpv6: "::/0", description: "who?" }, /has other letters/],
      [{ ipProtocol: "-1", cidrIpv6: "::/0", tags: { "palisade:groups": "x".repeat(257) } }, /Tag value/],
    ];
    for (const [change, reason] of rows) {
      const failures = await aws.check(urn(INGRESS, "d"), { securityGroupId: web.id, ...change });
      assert.equal(failures.length, 1, failures.join("\n"));
      assert.match(failures[0] ?? "", reason);
    }
    await assert.rejects(
      aws.create(urn(LIST, "more"), {
        ...list,
        entries: [{ cidr: "2001:db8::/128" }, { cidr: "2001:db8::/128" }],
      }),
      /PrefixListMaxEntriesExceeded[^]*is there twice/,
    );
    const wide = await aws.create(urn(LIST, "wide"), { ...list, name: "wide", maxEntries: 999 });
    const first = {
      securityGroupId: web.id,
      ipProtocol: "udp",
      fromPort: 500,
      toPort: 500,
      prefixListId: wide.id,
    };
    await assert.rejects(
      aws
        .create(urn(INGRESS, "e"), { ...first, fromPort: 1 })
        .then(() => aws.create(urn(INGRESS, "f"), first)),
      /LimitExceeded/,
    );
    await assert.rejects(
      aws.delete(peers.id, urn(LIST, "peers")).then(() => aws.delete(web.id, urn(GROUP, "web"))),
      /DependencyViolation/,
    );
  });

  test("regions have networks, zones and addresses of their own, and nothing of another's", async () => {
    const other = await startCloud(testLab.lab, "aws");
    await other.configure({ region: "eu-central-1" });
    const there = await other.create(urn(VPC, "vpc"), {
      cidrBlock: "198.51.100.64/27",
      assignGeneratedIpv6CidrBlock: true,
    });
    assert.match(text(there.outputs, "arn") ?? "", /^arn:aws:ec2:eu-central-1:/);
    assert.notEqual(there.outputs["ipv6CidrBlock"], vpc.outputs["ipv6CidrBlock"]);
    const part = { cidrBlock: "198.51.100.64/28" };
    const reasons: [Properties, RegExp][] = [
      [
        { vpcId: vpc.id, cidrBlock: "198.51.100.0/28" },
        /"vpc-.*" does not exist in eu-central-1; it is of us-east-1/,
      ],
      [
        { vpcId: there.id, ...part, availabilityZone: "us-east-1a" },
        /the lab has eu-central-1a to eu-central-1d/,
      ],
    ];
    for (const [inputs, reason] of reasons) {
      assert.match(String(await other.check(urn(SUBNET, "s"), inputs)), reason);
    }
    const made = await other.create(urn(SUBNET, "s"), { vpcId: there.id, ...part });
    assert.equal(made.outputs["availabilityZone"], "eu-central-1a");
    await other.stop();
  });

  test("an unknown type, image or function is refused by name", async () => {
    assert.match(
      String(await aws.check(urn("aws:s3/bucket:Bucket", "b"), {})),
      /no resource type aws:s3\/bucket:Bucket/,
    );
    await assert.rejects(aws.invoke("aws:ec2/getAmi:getAmi", { owners: ["1"] }), /returned no results/);
    await assert.rejects(aws.invoke("aws:index/getRegion:getRegion", {}), /no function/);
  });

  test("a repeated request finds what it made; deleting is idempotent and refused while in use", async () => {
    const again = await aws.create(urn(VPC, "vpc"), {
      cidrBlock: "198.51.100.0/27",
      assignGeneratedIpv6CidrBlock: true,
    });
    assert.equal(again.id, vpc.id);
    await assert.rejects(
      aws.delete(vpc.id, urn(VPC, "vpc")),
      new RegExp(`DependencyViolation.*${subnet.id}`),
    );
    const group = await aws.create(urn("aws:ec2/securityGroup:SecurityGroup", "g"), { vpcId: vpc.id });
    assert.equal(
      (await aws.read(group.id, urn("aws:ec2/securityGroup:SecurityGroup", "g")))?.["vpcId"],
      vpc.id,
    );
    await aws.delete(group.id, urn("aws:ec2/securityGroup:SecurityGroup", "g"));
    await aws.delete(group.id, urn("aws:ec2/securityGroup:SecurityGroup", "g"));
    assert.equal(await aws.read(group.id, urn("aws:ec2/securityGroup:SecurityGroup", "g")), undefined);
  });

  test("what the cloud keeps is for its owner's eyes", () => {
    const folder = join(testLab.lab.folder, "clouds", "aws");
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of readdirSync(folder))
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  });
});
