import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { environmentMatchesStack, oneEnvironment } from "../../policy/guardrails/rules/environment";
import { everyHostConfigured } from "../../policy/guardrails/rules/host-configs";
import { noSecretInOutputs } from "../../policy/guardrails/rules/outputs";
import { referencesInsideEnvironment } from "../../policy/guardrails/rules/references";
import { judge, judgeStack, type Resource, unknown } from "./support/judge";

const root = (outputs: Record<string, unknown>): Resource => ({
  type: "pulumi:pulumi:Stack",
  name: "palisade-dev",
  props: outputs,
});
const names = (said: { name: string }[]): string[] => said.map(({ name }) => name);

describe("every instance has its HostConfig", () => {
  const instance = (name: string): Resource => ({
    type: "aws:ec2/instance:Instance",
    name,
    props: { id: unknown },
  });
  const host = (on: string, name: string): Resource => ({ type: `palisade:index:${on}Host`, name });
  const command = (parent: string, needs: Partial<Resource> = {}): Resource => ({
    type: "command:remote:Command",
    name: `${parent}-prepare`,
    parent,
    ...needs,
  });
  const linode: Resource = { type: "linode:index/instance:Instance", name: "db-1-instance" };

  test("where a command of a host depends on it", async () => {
    const stack = [
      instance("web-1-instance"),
      host("Aws", "web-1"),
      command("web-1", { propertyDependencies: { triggers: ["web-1-instance"] } }),
      linode,
      host("Linode", "db-1"),
      command("db-1", { dependencies: ["db-1-instance"] }),
    ];
    assert.deepEqual(await judgeStack(everyHostConfigured, stack), []);
  });

  test("not where there is none, or another's, or only a command", async () => {
    const stack = [
      instance("web-1-instance"),
      instance("web-2-instance"),
      host("Aws", "web-2"),
      command("web-2", { dependencies: ["web-1-instance"] }),
      linode,
      command("db-1", { parent: undefined, dependencies: ["db-1-instance"] }),
    ];
    const said = await judgeStack(everyHostConfigured, stack);
    assert.deepEqual(names(said), ["web-2-instance", "db-1-instance"]);
    assert.match(said[0]?.message ?? "", /web-2-instance has no HostConfig.*make one for it/);
  });

  test("existing hosts too", async () => {
    const existing = host("Existing", "monitor-1");
    const others = [host("Existing", "monitor-2"), command("monitor-2")];
    assert.deepEqual(names(await judgeStack(everyHostConfigured, [existing, ...others])), ["monitor-1"]);
    assert.deepEqual(await judgeStack(everyHostConfigured, [existing, command("monitor-1")]), []);
  });
});

describe("no secret in an output", () => {
  const secret = randomBytes(32).toString("base64");
  const cases: [string, unknown, RegExp | undefined][] = [
    [
      "a public key",
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICG5OpNEZ4pLDkWdYcjvZc5ugxZJQTnBf5YFKbA64xb+",
      undefined,
    ],
    ["a fingerprint", "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8", undefined],
    [
      "addresses",
      { ipv4: { address: "198.51.100.7", network: "aws/prod/us-east" }, ipv6: "2001:db8::7" },
      undefined,
    ],
    ["an OpenSSH key", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n", /a private key as value/],
    ["a PKCS #8 key", { deep: ["-----BEGIN PRIVATE KEY-----"] }, /a private key as value\.deep\[0\]/],
    ["a PuTTY key", "PuTTY-User-Key-File-3: ssh-ed25519", /a private key/],
    ["the environment's secret", secret, /32 bytes in base64/],
    ["the environment's secret in a text", `secret is ${secret}.`, /32 bytes in base64/],
    ["a password's hash", "$y$j9T$abcdefgh$0123", /a password's hash/],
    ["a key of AWS", "AKIAIOSFODNN7EXAMPLE", /an access key of AWS/],
    ["a name", { dbPassword: "hunter2" }, /the name of a secret as value\.dbPassword/],
    ["what a secret is known by", { secretId: "0123456789abcdef" }, undefined],
    ["a name with nothing in it", { dbPassword: "" }, undefined],
    [
      "a certificate whose last line is as long as a secret",
      `-----BEGIN CERTIFICATE REQUEST-----\n${"A".repeat(64)}\n${secret}\n-----END CERTIFICATE REQUEST-----`,
      undefined,
    ],
    ["unknown", unknown, undefined],
    ["unknown beside a secret", { a: unknown, b: secret }, /value\.b/],
  ];
  for (const [name, value, expected] of cases) {
    test(name, async () => {
      const said = await judgeStack(noSecretInOutputs, [root({ value })]);
      assert.equal(said.length, expected === undefined ? 0 : 1, JSON.stringify(said));
      if (expected !== undefined) assert.match(said[0]?.message ?? "", expected);
      assert.ok(!JSON.stringify(said).includes(secret), "the message holds the secret");
    });
  }

  test("of components and of commands, but not what a command was given", async () => {
    const key = "-----BEGIN PRIVATE KEY-----";
    const stack: Resource[] = [
      { type: "palisade:index:AwsHost", name: "web-1", props: { key } },
      { type: "command:remote:Command", name: "printing", props: { stdout: key, stderr: "" } },
      {
        type: "command:remote:Command",
        name: "quiet",
        props: { connection: { privateKey: key }, stdout: unknown },
      },
      { type: "aws:ec2/instance:Instance", name: "instance", props: { userData: key } },
    ];
    assert.deepEqual(names(await judgeStack(noSecretInOutputs, stack)), ["web-1", "printing"]);
  });
});

describe("environment tags", () => {
  const vpc = (tags?: unknown): Resource => ({ type: "aws:ec2/vpc:Vpc", name: "aws-vpc", props: { tags } });
  const linode = (tags?: unknown): Resource => ({
    type: "linode:index/instance:Instance",
    name: "db-1-instance",
    props: { tags },
  });
  const tagged = (environment: unknown): object => ({ "palisade:environment": environment });
  const cases: [string, Resource, string, RegExp | undefined][] = [
    ["the stack's", vpc(tagged("dev")), "dev", undefined],
    ["a region's", vpc(tagged("prod")), "prod-us-east", undefined],
    ["another's", vpc(tagged("prod")), "dev", /tagged as of the environment prod, but is in the stack dev/],
    ["one that only begins alike", vpc(tagged("prod")), "production", /but is in the stack production/],
    ["none", vpc({ Name: "x" }), "dev", /tag it palisade:environment/],
    ["no tags", vpc(), "dev", /tag it palisade:environment/],
    ["unknown tag", vpc(tagged(unknown)), "dev", undefined],
    ["unknown tags", vpc(unknown), "dev", undefined],
    [
      "what can't be tagged",
      { type: "aws:ec2/routeTableAssociation:RouteTableAssociation", name: "a" },
      "dev",
      undefined,
    ],
    ["Linode's", linode(["palisade-dev", "palisade-group-web"]), "dev", undefined],
    ["Linode's, another's", linode(["palisade-prod"]), "dev", /environment prod/],
    ["Linode's, only groups", linode(["palisade-group-web"]), "dev", /tag it palisade-ENVIRONMENT/],
    ["Linode's, unknown", linode([unknown]), "dev", undefined],
    ["no cloud's", { type: "command:remote:Command", name: "c", props: {} }, "dev", undefined],
  ];
  for (const [name, resource, stack, expected] of cases) {
    test(name, async () => {
      const said = await judge(environmentMatchesStack, resource, stack);
      assert.equal(said.length, expected === undefined ? 0 : 1, said.join());
      if (expected !== undefined) assert.match(said[0] ?? "", expected);
    });
  }

  test("all are of the environment that the stack exports", async () => {
    const own = root({ environment: "prod-eu" });
    const mixed = [own, vpc(tagged("prod")), linode(["palisade-prod-eu"])];
    assert.deepEqual(names(await judgeStack(oneEnvironment, mixed, "prod-eu-1")), ["aws-vpc"]);
    assert.deepEqual(await judgeStack(oneEnvironment, [own, vpc(tagged("prod-eu"))], "prod-eu-1"), []);
    assert.deepEqual(await judgeStack(oneEnvironment, [own, vpc(unknown)], "prod-eu-1"), []);
    const unsaid = [root({ environment: unknown }), vpc(tagged("prod"))];
    assert.deepEqual(await judgeStack(oneEnvironment, unsaid, "prod-eu-1"), []);
  });
});

describe("stack references", () => {
  const provider: Resource = { type: "pulumi:providers:pulumi", name: "default" };
  const stack = (regionStacks?: unknown, environment: unknown = "prod"): Resource[] => [
    root({ environment, regionStacks }),
    provider,
  ];
  const cases: [string, Resource[], RegExp | undefined][] = [
    ["another region", stack({ "prod-eu": "prod" }), undefined],
    ["another environment", stack({ dev: "dev" }), /which is of the environment dev/],
    ["a name that hides it", stack({ "prod-eu": "dev" }), /which is of the environment dev/],
    ["a stack that does not say", stack({ billing: "" }), /is no stack of the environment prod/],
    ["a region that was never deployed", stack({ "prod-eu": "" }), undefined],
    ["an unknown environment", stack({ "prod-eu": unknown }), undefined],
    ["an unknown environment of a stranger", stack({ dev: unknown }), /is no stack of the environment prod/],
    ["unknown references", stack(unknown), undefined],
    [
      "references that the stack does not declare",
      stack(),
      /does not say which; export them as regionStacks/,
    ],
    ["with none exported", [root({ regionStacks: { a: "" } })], /does not export its own environment/],
    ["with an unknown one", stack({ dev: "dev" }, unknown), undefined],
    ["no references", [root({ environment: "prod" })], undefined],
  ];
  for (const [name, resources, expected] of cases) {
    test(name, async () => {
      const said = await judgeStack(referencesInsideEnvironment, resources, "prod-us");
      assert.equal(said.length, expected === undefined ? 0 : 1, JSON.stringify(said));
      if (expected !== undefined) assert.match(said[0]?.message ?? "", expected);
    });
  }
});
