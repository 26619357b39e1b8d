import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { before, describe, test } from "node:test";
import { hostsOf, named, ofType, Registered, runProgram, stackConfig } from "./program";

/** How Pulumi marks a secret on the wire. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const STEPS = ["prepare", "apply", "confirm"];
const MACHINE = ["aws:ec2/instance:Instance", "aws:ec2/eip:Eip", "linode:index/instance:Instance"];

/** An input that is text, whether it is a secret or not. */
function text(resource: Registered, key: string): string {
  const value = resource.inputs[key];
  assert.equal(typeof value, "string", `${resource.name}.${key} is text`);
  return String(value);
}

const nameOf = ({ name }: Registered): string => name;

/** The facets of a document by name, each as it would be alone. */
function facetsOf(document: string): Map<string, string> {
  const parts = document.split(/(?<=^#=== end\n)/m);
  return new Map(parts.map((part) => [/^# palisade (\w+) for /.exec(part)?.[1] ?? "", part]));
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
        const names = hostsOf(registered).map(({ name }) => name);
        assert.equal(names.length, hosts);
        for (const name of names) for (const step of STEPS) assert.ok(commands.includes(`${name}-${step}`));
      });

      test("every host costs 4 resources beside its instance and its address, its component counted", () => {
        for (const { name, type } of hostsOf(registered)) {
          const below = registered.filter(({ parent }) => parent.endsWith(`::${type}::${name}`));
          const named = registered.filter((resource) => resource.name.startsWith(`${name}-`));
          assert.deepEqual(below.map(nameOf).sort(), named.map(nameOf).sort(), "all of it is below it");
          const beside = below.filter((resource) => !MACHINE.includes(resource.type));
          assert.deepEqual(beside.map(nameOf).sort(), STEPS.map((step) => `${name}-${step}`).sort());
          assert.ok(beside.length + 1 <= 4);
        }
      });

      test("instances and addresses have the URNs that they had with the last version, and so are not replaced", () => {
        const machines = registered.filter(({ type }) => MACHINE.includes(type));
        assert.ok(machines.length >= 9);
        for (const { name, type, parent } of machines) {
          const on = type.startsWith("aws:") ? "Aws" : "Linode";
          const host = name.replace(/-(instance|address)$/, "");
          assert.equal(parent, `urn:pulumi:${stack}::palisade::palisade:index:${on}Host::${host}`);
        }
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
        const pushed = facetsOf(text(named(registered, "web-1-apply"), "stdin"));
        assert.deepEqual([...pushed.keys()], ["accounts", "firewall", "certificate", "ipsec"]);
        const lines = ["accounts", "firewall", "ipsec"].map(
          (facet) =>
            `${facet} ${createHash("sha256")
              .update(pushed.get(facet) ?? "")
              .digest("hex")}\n`,
        );
        assert.equal(text(named(registered, "web-1-confirm"), "stdin"), lines.join(""));
      });

      test("the host's own certificate comes as an argument", () => {
        const line =
          /^\S+\/palisade-host apply accounts firewall certificate ipsec --certificate ([\w+/=]+)$/;
        const [, certificate = ""] = line.exec(text(named(registered, "web-1-apply"), "create")) ?? [];
        const { subject } = new X509Certificate(Buffer.from(certificate, "base64"));
        assert.equal(subject, `CN=web-1.${stack}.palisade`);
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

test("a preview of new hosts shows accounts, rules and connections: only the certificate is not known", async () => {
  const registered = await runProgram({ stack: "dev", preview: true, unasked: true });
  const apply = named(registered, "web-1-apply");
  assert.notEqual(typeof apply.inputs["create"], "string");
  const pushed = facetsOf(text(apply, "stdin"));
  assert.match(pushed.get("accounts") ?? "", /^alice:x:/m);
  assert.match(pushed.get("firewall") ?? "", /^add peers\.6 2001:db8:a000:100::/m);
  assert.match(pushed.get("ipsec") ?? "", /^ {4}remote_addrs = 2001:db8:a000:100::/m);
  assert.match(pushed.get("certificate") ?? "", /^#=== file host\.pem\n#=== file ca\.pem\n-----BEGIN/m);
});

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
    const document = text(named(registered, "app-1-apply"), "stdin");
    assert.match(document, /^#=== file passwords\nerin\nfrank\ngrace\n#=== end$/m);
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
