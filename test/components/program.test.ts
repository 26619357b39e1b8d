import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, test } from "node:test";
import { named, ofType, Registered, runProgram, stackConfig } from "./program";

/** How Pulumi marks a secret on the wire. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const STEPS = ["prepare", "accounts", "firewall", "certificate", "ipsec", "confirm"];

/** An input that is text, whether it is a secret or not. */
function text(resource: Registered, key: string): string {
  const value = resource.inputs[key];
  assert.equal(typeof value, "string", `${resource.name}.${key} is text`);
  return String(value);
}

for (const { stack, hosts } of [
  { stack: "dev", hosts: 7 },
  { stack: "prod", hosts: 12 },
]) {
  for (const preview of [true, false]) {
    describe(`${stack}, ${preview ? "preview" : "up"}`, () => {
      let registered: Registered[] = [];
      before(async () => {
        registered = await runProgram({ stack, preview });
      });

      test("every host has each step once", () => {
        const commands = ofType(registered, "command:remote:Command").map(({ name }) => name);
        assert.equal(commands.length, hosts * STEPS.length);
        const configs = ofType(registered, "palisade:index:HostConfig").map(({ name }) => name);
        assert.equal(configs.length, hosts);
        for (const name of configs) for (const step of STEPS) assert.ok(commands.includes(`${name}-${step}`));
      });

      test("at most 8 resources a host beyond its instance, components counted", () => {
        const name = "web-1";
        const own = registered.filter(
          (resource) => resource.name === name || resource.name.startsWith(`${name}-`),
        );
        const ofTheInstance = ["aws:ec2/instance:Instance", "aws:ec2/eip:Eip"];
        assert.equal(own.filter(({ type }) => !ofTheInstance.includes(type)).length, 8);
      });

      test("every connection is pinned and nothing of a command is secret but its key", () => {
        for (const { name, inputs } of ofType(registered, "command:remote:Command")) {
          const secret: unknown = inputs["connection"];
          assert.ok(typeof secret === "object" && secret !== null);
          assert.equal(Reflect.get(secret, SIGNATURE), SECRET, "what holds the private key is secret");
          const connection: unknown = Reflect.get(secret, "value");
          assert.ok(typeof connection === "object" && connection !== null);
          assert.deepEqual(
            Object.keys(connection).sort(),
            ["dialErrorLimit", "host", "hostKey", "perDialTimeout", "port", "privateKey", "user"],
            name,
          );
          assert.match(String(Reflect.get(connection, "hostKey")), /^ssh-ed25519 AAAA/);
          assert.equal("delete" in inputs, false, "a host that leaves keeps enforcing");
          assert.equal(inputs["addPreviousOutputInEnv"], false);
          for (const key of ["create", "stdin", "triggers"]) {
            const value = JSON.stringify(inputs[key]) ?? "";
            assert.ok(
              !value.includes("PRIVATE KEY") && !value.includes(SECRET),
              `${name}.${key} is no secret`,
            );
          }
        }
      });

      test("confirm comes last, with the digests of all that could shut the deployer out", () => {
        const lines = ["accounts", "firewall", "ipsec"].map((facet) => {
          const pushed = text(named(registered, `web-1-${facet}`), "stdin");
          return `${facet} ${createHash("sha256").update(pushed).digest("hex")}\n`;
        });
        assert.equal(text(named(registered, "web-1-confirm"), "stdin"), lines.join(""));
      });

      test("a firewall names its peers' addresses, before any of them exists", () => {
        const stdin = text(named(registered, "web-1-firewall"), "stdin");
        assert.match(stdin, /^# palisade firewall for web-1/);
        assert.match(stdin, /^add peers\.6 2001:db8:a000:100::/m);
      });

      test("user data, which holds a host's own SSH key, is secret on both clouds", () => {
        const instances = [
          ...ofType(registered, "aws:ec2/instance:Instance").map(({ inputs }) => inputs["userData"]),
          ...ofType(registered, "linode:index/instance:Instance").map(({ inputs }) => inputs["metadatas"]),
        ];
        assert.ok(instances.length >= 6);
        for (const input of instances) {
          assert.ok(typeof input === "object" && input !== null);
          assert.equal(Reflect.get(input, SIGNATURE), SECRET);
        }
      });
    });
  }
}

/** As `openssl passwd -6` makes it, of a password that nobody has. */
const HASH = `$6$0123456789abcdef$${"a".repeat(86)}`;

describe("passwords", () => {
  // The environment test, in which the sample's application developers are asked for theirs.
  const config = (passwords: Record<string, unknown>) => ({
    ...stackConfig("dev"),
    "palisade:environment": "test",
    "palisade:passwords": passwords,
  });
  const registeredWith = (passwords: Record<string, unknown>) =>
    runProgram({ stack: "dev", preview: true, config: config(passwords) });

  test("go as a secret to the hosts whose sudo asks for them, and into nothing else", async () => {
    const registered = await registeredWith({ erin: HASH, heidi: HASH });
    const steps = registered.filter(({ name }) => name.endsWith("-passwords"));
    assert.deepEqual(steps.map(({ name }) => name).sort(), ["app-1-passwords", "app-2-passwords"]);
    for (const { inputs } of steps) {
      const stdin: unknown = inputs["stdin"];
      assert.ok(typeof stdin === "object" && stdin !== null);
      assert.equal(Reflect.get(stdin, SIGNATURE), SECRET);
      assert.match(String(Reflect.get(stdin, "value")), /^#=== file hashes\nerin:\$6\$[^\n]*\n#=== end\n$/m);
    }
    for (const { name, inputs } of registered) {
      const isStep = name.endsWith("-passwords");
      assert.equal(JSON.stringify(inputs).includes(HASH), isStep, `${name} has the hash`);
    }
    const accounts = text(named(registered, "app-1-accounts"), "stdin");
    assert.match(accounts, /^#=== file passwords\nerin\nfrank\ngrace\n#=== end$/m);
  });

  test("that the stack no longer has are taken from the hosts by an empty list", async () => {
    const registered = await registeredWith({});
    const stdin: unknown = named(registered, "app-1-passwords").inputs["stdin"];
    assert.ok(typeof stdin === "object" && stdin !== null);
    assert.match(String(Reflect.get(stdin, "value")), /^#=== file hashes\n#=== end\n$/m);
  });

  test("that no host would take stop the program, and the message shows none", async () => {
    const weak = HASH.replace("$6$", "$5$");
    await assert.rejects(registeredWith({ erin: weak, nobody: HASH }), (error: Error) => {
      assert.match(error.message, /palisade:passwords\.erin: this is no hash that is taken/);
      assert.match(error.message, /palisade:passwords\.nobody: unknown person "nobody"/);
      assert.ok(!error.message.includes("0123456789abcdef"));
      return true;
    });
  });
});

describe("a stack that is wrong", () => {
  test("registers nothing and names every problem with file, line and path", async () => {
    const config = {
      ...stackConfig("dev"),
      "palisade:certificateEpoch": "soon",
      "palisade:isolated": ["web-9"],
    };
    await assert.rejects(runProgram({ stack: "dev", preview: false, config }), (error: Error) => {
      assert.match(error.message, /Pulumi\.dev\.yaml:\d+:\d+: palisade:certificateEpoch/);
      assert.match(error.message, /palisade:isolated\[0\].*web-9/);
      return true;
    });
  });

  test("without a secret says how to make one", async () => {
    const config = Object.fromEntries(
      Object.entries(stackConfig("dev")).filter(([key]) => key !== "palisade:secret"),
    );
    await assert.rejects(runProgram({ stack: "dev", preview: true, config }), /openssl rand -base64 32/);
  });
});
