import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { disksEncrypted } from "../../policy/guardrails/rules/disks";
import { hostKeysPinned } from "../../policy/guardrails/rules/host-keys";
import { imdsV2Only } from "../../policy/guardrails/rules/imds";
import { judge, type Resource, unknown } from "./support/judge";

const resource =
  (type: string) =>
  (props: Record<string, unknown>): Resource => ({ type, name: "web-1-instance", props });
const aws = resource("aws:ec2/instance:Instance");
const template = resource("aws:ec2/launchTemplate:LaunchTemplate");
const linode = resource("linode:index/instance:Instance");
const command = resource("command:remote:Command");

describe("IMDSv2", () => {
  const cases: [string, Resource, boolean][] = [
    ["required", aws({ metadataOptions: { httpTokens: "required" } }), true],
    ["optional", aws({ metadataOptions: { httpTokens: "optional" } }), false],
    ["not said", aws({}), false],
    ["no metadata at all", aws({ metadataOptions: { httpEndpoint: "disabled" } }), true],
    ["unknown tokens", aws({ metadataOptions: { httpTokens: unknown } }), true],
    ["unknown options", aws({ metadataOptions: unknown }), true],
    ["left to a template", aws({ launchTemplate: { id: "lt-1" } }), true],
    ["a template", template({ metadataOptions: { httpTokens: "required" } }), true],
    ["a template that says nothing", template({}), false],
    ["no instance", linode({}), true],
  ];
  for (const [name, one, right] of cases) {
    test(name, async () => {
      const said = await judge(imdsV2Only, one);
      const wrong = [
        'web-1-instance serves its metadata without a token; set metadataOptions.httpTokens to "required"',
      ];
      assert.deepEqual(said, right ? [] : wrong);
    });
  }
});

describe("disks", () => {
  const volume = resource("aws:ebs/volume:Volume");
  const linodeVolume = resource("linode:index/volume:Volume");
  const cases: [string, Resource, string[]][] = [
    ["encrypted", aws({ rootBlockDevice: { encrypted: true } }), []],
    ["not encrypted", aws({ rootBlockDevice: { encrypted: false } }), ["rootBlockDevice.encrypted"]],
    ["not said", aws({}), ["rootBlockDevice.encrypted"]],
    ["unknown", aws({ rootBlockDevice: { encrypted: unknown } }), []],
    ["unknown disk", aws({ rootBlockDevice: unknown, ebsBlockDevices: unknown }), []],
    [
      "one of several",
      aws({ rootBlockDevice: { encrypted: true }, ebsBlockDevices: [{ encrypted: true }, {}] }),
      ["ebsBlockDevices[1].encrypted"],
    ],
    [
      "a template's",
      template({ blockDeviceMappings: [{ ebs: { encrypted: "true" } }, { ebs: {} }, { noDevice: "x" }] }),
      ["blockDeviceMappings[1].ebs.encrypted"],
    ],
    ["a volume", volume({ encrypted: true }), []],
    ["a plain volume", volume({}), ["encrypted"]],
    ["Linode's default", linode({}), []],
    ["Linode's, turned off", linode({ diskEncryption: "disabled" }), ["diskEncryption"]],
    ["Linode's, unknown", linode({ diskEncryption: unknown }), []],
    ["a volume of Linode", linodeVolume({ encryption: "enabled" }), []],
    ["a plain volume of Linode", linodeVolume({}), ["encryption"]],
  ];
  for (const [name, one, properties] of cases) {
    test(name, async () => {
      const said = await judge(disksEncrypted, one);
      assert.equal(said.length, properties.length, said.join());
      properties.forEach((property, index) =>
        assert.ok(said[index]?.includes(`set ${property} to`), said.join()),
      );
    });
  }
});

describe("host keys", () => {
  const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICG5OpNEZ4pLDkWdYcjvZc5ugxZJQTnBf5YFKbA64xb+";
  const cases: [string, Resource, string[]][] = [
    ["pinned", command({ connection: { host: "198.51.100.1", hostKey: key } }), []],
    ["not pinned", command({ connection: { host: "198.51.100.1" } }), ["connection.hostKey"]],
    ["empty", command({ connection: { host: "198.51.100.1", hostKey: " " } }), ["connection.hostKey"]],
    ["unknown key", command({ connection: { host: unknown, hostKey: unknown } }), []],
    ["unknown connection", command({ connection: unknown }), []],
    ["no connection", command({}), ["connection.hostKey"]],
    [
      "a bastion that is not pinned",
      command({ connection: { hostKey: key, proxy: { host: "203.0.113.1" } } }),
      ["connection.proxy.hostKey"],
    ],
    ["a bastion that is", command({ connection: { hostKey: key, proxy: { hostKey: key } } }), []],
    ["an unknown bastion", command({ connection: { hostKey: key, proxy: unknown } }), []],
    ["a copy", resource("command:remote:CopyToRemote")({ connection: {} }), ["connection.hostKey"]],
    ["a local command", resource("command:local:Command")({}), []],
  ];
  for (const [name, one, properties] of cases) {
    test(name, async () => {
      const said = await judge(hostKeysPinned, one);
      assert.equal(said.length, properties.length, said.join());
      properties.forEach((property, index) =>
        assert.ok(said[index]?.includes(`set ${property} to`), said.join()),
      );
    });
  }
});
