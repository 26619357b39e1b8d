import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { AWS_LIMITS, GROUP_TEXT, TAG_TEXT } from "../../compiler/clouds/aws-limits";
import { named, ofType, runProgram, stackConfig, type Registered } from "./program";

const INSTANCE = "aws:ec2/instance:Instance";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

const names = (registered: Registered[]) => registered.map(({ name }) => name).sort();

/** The stack with other config. */
function changed(stack: string, changes: Record<string, unknown>): Record<string, unknown> {
  return { ...stackConfig(stack), ...changes };
}

for (const { stack, zones } of [
  { stack: "dev", zones: ["us-east-1a"] },
  { stack: "prod", zones: ["us-east-1a", "us-east-1b"] },
]) {
  for (const preview of [true, false]) {
    describe(`${stack} on AWS, ${preview ? "preview" : "up"}`, () => {
      let registered: Registered[] = [];
      before(async () => {
        registered = await runProgram({ stack, preview });
      });

      test("has a public and a private subnet in each zone, and each has its routes", () => {
        const subnets = ofType(registered, "aws:ec2/subnet:Subnet");
        const expected = zones.flatMap((zone) => [`aws-private-${zone}`, `aws-public-${zone}`]);
        assert.deepEqual(names(subnets), expected.sort());
        assert.deepEqual(
          names(ofType(registered, "aws:ec2/routeTableAssociation:RouteTableAssociation")),
          expected.map((name) => `${name}-routes`).sort(),
        );
        for (const { inputs } of subnets)
          assert.match(String(inputs["cidrBlock"]), /^198\.51\.100\.\d+\/28$/);
      });

      test("leads nobody out over IPv4 but from public subnets, and everybody over IPv6", () => {
        const blocks = (name: string) => {
          const routes: unknown = named(registered, name).inputs["routes"];
          assert.ok(Array.isArray(routes));
          return routes.map((route: unknown) => JSON.stringify(route).match(/0\.0\.0\.0\/0|::\/0/)?.[0]);
        };
        assert.deepEqual(blocks("aws-public"), ["0.0.0.0/0", "::/0"]);
        assert.deepEqual(blocks("aws-private"), ["::/0"]);
      });

      test("keeps instances' metadata and disks to themselves, and protects what a stack says", () => {
        for (const { inputs } of ofType(registered, INSTANCE)) {
          assert.deepEqual(inputs["metadataOptions"], {
            httpEndpoint: "enabled",
            httpTokens: "required",
            httpPutResponseHopLimit: 1,
            httpProtocolIpv6: "disabled",
          });
          const disk: unknown = inputs["rootBlockDevice"];
          assert.ok(typeof disk === "object" && disk !== null);
          assert.equal(Reflect.get(disk, "encrypted"), true);
          assert.equal(Reflect.get(disk, "volumeType"), "gp3");
          assert.equal(inputs["userDataReplaceOnChange"], false);
          assert.equal("associatePublicIpAddress" in inputs, false, "subnets give no public address");
        }
      });

      test("gives public hosts an elastic address, and no others", () => {
        const web = stack === "dev" ? 2 : 3;
        const expected = ["bastion-1", ...Array.from({ length: web }, (_, index) => `web-${index + 1}`)];
        assert.deepEqual(
          names(ofType(registered, "aws:ec2/eip:Eip")),
          expected.map((name) => `${name}-address`),
        );
      });

      test("has a security group for each group with hosts there, and none opens SSH to the world", () => {
        const groups = ["all", "app", "bastion", "web", ...(stack === "prod" ? ["db"] : [])].sort();
        assert.deepEqual(
          names(ofType(registered, "aws:ec2/securityGroup:SecurityGroup")),
          groups.map((group) => `group-${group}-vpc`),
        );
        for (const { name, inputs } of ofType(registered, INGRESS)) {
          const isOpen = inputs["cidrIpv4"] === "0.0.0.0/0" || inputs["cidrIpv6"] === "::/0";
          assert.ok(!(isOpen && inputs["fromPort"] === 22), name);
        }
        assert.deepEqual(names(ofType(registered, EGRESS)), ["group-all-out-ipv4", "group-all-out-ipv6"]);
      });

      test("lets IKE and ESP in from groups and lists, never from a network", () => {
        const rules = ofType(registered, INGRESS).filter(({ inputs }) => {
          const port = inputs["ipProtocol"] === "udp" ? inputs["fromPort"] : undefined;
          return inputs["ipProtocol"] === "50" || port === 500 || port === 4500;
        });
        assert.ok(rules.length > 0 && rules.length % 3 === 0);
        for (const { name, inputs } of rules) {
          assert.ok("referencedSecurityGroupId" in inputs || "prefixListId" in inputs, name);
        }
        const app = ofType(registered, INGRESS).filter(({ name }) => name.startsWith("group-app-peers-"));
        const from = ["web", ...(stack === "prod" ? ["db", "app"] : ["app"])];
        assert.deepEqual(
          names(app),
          [...from, "elsewhere"]
            .flatMap((peer) =>
              ["esp", "udp-4500", "udp-500"].map((what) => `group-app-peers-${what}-from-${peer}`),
            )
            .sort(),
        );
      });

      test("keeps to what AWS allows in names, descriptions, tags and user data", () => {
        for (const { type, name, inputs } of registered.filter((one) => one.type.startsWith("aws:"))) {
          const [label, description] = ["name", "description"].map((key) =>
            JSON.stringify(inputs[key] ?? "").slice(1, -1),
          );
          assert.ok(label !== undefined && label.length <= AWS_LIMITS.groupName.limit, name);
          assert.ok(
            description !== undefined && description.length <= AWS_LIMITS.groupDescription.limit,
            name,
          );
          assert.ok(GROUP_TEXT.test(label) && GROUP_TEXT.test(description), name);
          const tags = Object.entries({ ...(typeof inputs["tags"] === "object" ? inputs["tags"] : {}) });
          assert.ok(tags.length <= AWS_LIMITS.tags.limit);
          for (const [key, value] of tags) {
            assert.ok(key.length <= AWS_LIMITS.tagKey.limit && TAG_TEXT.test(key), `${name}: ${key}`);
            assert.ok(
              String(value).length <= AWS_LIMITS.tagValue.limit && TAG_TEXT.test(String(value)),
              name,
            );
          }
          if (type !== INSTANCE) continue;
          const script: unknown = inputs["userData"];
          assert.ok(typeof script === "object" && script !== null);
          assert.ok(Buffer.byteLength(String(Reflect.get(script, "value"))) <= AWS_LIMITS.userData.limit);
        }
      });

      test("tags everything that can be with its name and environment", () => {
        const untaggable = ["aws:ec2/routeTableAssociation:RouteTableAssociation"];
        for (const { type, name, inputs } of registered) {
          if (!type.startsWith("aws:") || untaggable.includes(type)) continue;
          const tags: unknown = inputs["tags"];
          assert.ok(typeof tags === "object" && tags !== null, name);
          assert.equal(Reflect.get(tags, "palisade:environment"), stack, name);
          assert.ok(Reflect.get(tags, "Name"), name);
        }
      });
    });
  }
}

describe("what a stack's config decides about AWS", () => {
  test("an owner is in every tag, and reaching hosts over IPv4 goes to their elastic addresses", async () => {
    const hosts = [
      { name: "bastion-1", on: "aws", groups: ["bastion"], public: true },
      { name: "web", on: "aws", groups: ["web"], count: 2, public: true },
    ];
    const config = changed("dev", {
      ...{ "palisade:hosts": hosts, "palisade:connect": "ipv4", "palisade:owner": "web team" },
    });
    const registered = await runProgram({ stack: "dev", preview: false, config });
    for (const { type, name, inputs } of registered.filter(({ inputs }) => "tags" in inputs)) {
      assert.ok(JSON.stringify(inputs["tags"]).includes('"palisade:owner":"web team"'), `${type} ${name}`);
    }
    const connection = JSON.stringify(named(registered, "web-1-prepare").inputs["connection"]);
    assert.match(connection, /"host":"192\.0\.2\.\d+"/);
  });

  test("an isolated host is in a security group of its own, which lets in the failsafe and lets nothing out", async () => {
    const config = changed("dev", { "palisade:isolated": ["web-1"] });
    const registered = await runProgram({ stack: "dev", preview: false, config });
    const groupsOf = (name: string) => named(registered, `${name}-instance`).inputs["vpcSecurityGroupIds"];
    assert.deepEqual(groupsOf("web-1"), ["isolated-vpc-id"]);
    assert.deepEqual(groupsOf("web-2"), ["group-all-vpc-id", "group-web-vpc-id"]);
    const rules = registered.filter(({ name }) => name.startsWith("isolated-")).map(({ name }) => name);
    assert.deepEqual(rules.filter((name) => !name.includes("icmp")).sort(), [
      "isolated-tcp-22-from-2001-db8-ff1--_64",
      "isolated-tcp-22-from-203.0.113.0_28",
      "isolated-vpc",
    ]);
  });
});
