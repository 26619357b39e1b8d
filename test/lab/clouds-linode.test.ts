import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { UNKNOWN, type Properties } from "../../lab/grpc/values";
import { startCloud, type CloudClient } from "./support/provider-client";
import { makeTestLab, type TestLab } from "./support/test-lab";

const urn = (type: string, name: string) => `urn:pulumi:dev::palisade::${type}::${name}`;

suite("the lab's Linode", () => {
  let testLab: TestLab;
  let linode: CloudClient;
  let instance: Properties;
  let card: Properties;
  const type = {
    vpc: "linode:index/vpc:Vpc",
    subnet: "linode:index/vpcSubnet:VpcSubnet",
    instance: "linode:index/instance:Instance",
  };

  before(async () => {
    testLab = await makeTestLab("test-clouds-api");
    linode = await startCloud(testLab.lab, "linode", "pulumi");
    const vpc = await linode.create(urn(type.vpc, "vpc"), { label: "palisade-dev", region: "us-east" });
    const subnet = await linode.create(urn(type.subnet, "s"), {
      vpcId: Number(vpc.id),
      label: "hosts",
      ipv4: "198.51.100.32/27",
    });
    card = { purpose: "vpc", subnetId: Number(subnet.id), ipv4: { vpc: "198.51.100.40" } };
    instance = {
      ...{
        label: "db-1.dev",
        region: "us-east",
        type: "g6-nanode-1",
        image: "linode/debian12",
        tags: ["palisade-dev"],
      },
      ...{ interfaces: [{ purpose: "public", primary: true }, card], authorizedKeys: ["ssh-ed25519 AAAA"] },
      metadatas: [{ userData: Buffer.from("#!/bin/sh\n").toString("base64") }],
    };
  });

  after(async () => {
    await linode.stop();
    await testLab.destroy();
  });

  test("an instance as the program asks for it is right, in a preview with unknowns too", async () => {
    assert.deepEqual(await linode.check(urn(type.instance, "db-1"), instance), []);
    const preview = { ...instance, interfaces: [{ purpose: "vpc", subnetId: UNKNOWN }] };
    assert.deepEqual(await linode.check(urn(type.instance, "db-1"), preview), []);
  });

  const withAddress =
    (address: string) =>
    (inputs: Properties): Properties => ({
      ...inputs,
      interfaces: [{ ...card, ipv4: { vpc: address } }],
    });
  const refused: [string, (inputs: Properties) => Properties, RegExp][] = [
    ["an address outside of its subnet", withAddress("198.51.100.10"), /not in the subnet/],
    ["an address that Linode keeps", withAddress("198.51.100.33"), /reserved/],
    ["the last but one address", withAddress("198.51.100.62"), /reserved/],
    ["another region than its VPC's", (inputs) => ({ ...inputs, region: "eu-central" }), /another region/],
    ["an unknown image", (inputs) => ({ ...inputs, image: "linode/debian9" }), /not valid/],
    ["a bad label", (inputs) => ({ ...inputs, label: "db..1" }), /letters and digits.*3-64/],
    ["a tag that is too short", (inputs) => ({ ...inputs, tags: ["x"] }), /fewer than 3/],
    [
      "user data that is not in base64",
      (inputs) => ({ ...inputs, metadatas: [{ userData: "#!/bin/sh" }] }),
      /base64/,
    ],
    ["a property that does not exist", (inputs) => ({ ...inputs, userData: "x" }), /no property/],
  ];
  for (const [what, change, reason] of refused) {
    test(`an instance is refused with ${what}`, async () => {
      const failures = await linode.check(urn(type.instance, "db-1"), change(instance));
      assert.equal(failures.length, 1, failures.join("\n"));
      assert.match(failures[0] ?? "", reason);
    });
  }

  test("labels are unique, blocks are private or for documentation", async () => {
    const twin = { label: "palisade-dev", region: "us-east" };
    await assert.rejects(linode.create(urn(type.vpc, "other"), twin), /Label must be unique/);
    const global = { vpcId: 1, label: "hosts", ipv4: "8.8.8.0/24" };
    assert.match(
      (await linode.check(urn(type.subnet, "x"), global)).join("\n"),
      /ipv4: .*private[^]*vpcId: .*Not found/,
    );
  });

  test("size, label and tags change in place; image, region and user data make another machine", async () => {
    const diff = (change: Properties) =>
      linode.diff(
        "1",
        urn(type.instance, "db-1"),
        { ...instance, ipAddress: "x" },
        { ...instance, ...change },
      );
    assert.equal(await diff({}), "none");
    assert.equal(await diff({ type: "g6-standard-1", label: "db-2.dev", tags: ["palisade"] }), "update");
    assert.equal(await diff({ image: "linode/debian13", region: "eu-central" }), "image region");
    assert.equal(await diff({ metadatas: [] }), "metadatas");
  });
});
