import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { before, describe, test } from "node:test";
import { deriveKey, secretId, type KeyUse } from "../../compiler/identity/keys";
import { sshPrivateKey, sshPublicKey } from "../../compiler/identity/openssh";
import { named, ofType, type Registered, runProgram, stackConfig } from "./program";

/** How Pulumi marks a secret on the wire. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** That of `stackConfig`, and another. */
const [OLD, NEW] = [Buffer.alloc(32, 9), Buffer.alloc(32, 10)];
const HOSTS = 7;

type Entries = Partial<Record<"secret" | "nextSecret" | "previousSecret", Buffer>>;

const entries = (secrets: Entries): Record<string, string> =>
  Object.fromEntries(
    Object.entries(secrets).flatMap(([key, secret]) => [
      [`palisade:${key}`, secret.toString("base64")],
      [`palisade:${key}Id`, secretId(secret)],
    ]),
  );
const config = (secrets: Entries) => ({ ...stackConfig("dev"), ...entries(secrets) });

const publicKey = (secret: Buffer, use: KeyUse) => sshPublicKey(deriveKey(secret, "dev", use));
const hostKey = (secret: Buffer, host: string) => publicKey(secret, { use: "host-ssh", host });
const deployerKey = (secret: Buffer) =>
  sshPrivateKey(deriveKey(secret, "dev", { use: "deployer" }), "palisade-deployer-dev");

/** What a secret input hides. */
function revealed(value: unknown): unknown {
  assert.ok(typeof value === "object" && value !== null);
  assert.equal(Reflect.get(value, SIGNATURE), SECRET);
  return Reflect.get(value, "value");
}

/** How a command logs in, and what it takes the host's key to be. */
function login({ inputs }: Registered): { privateKey: string; hostKey: string } {
  const connection = revealed(inputs["connection"]);
  assert.ok(typeof connection === "object" && connection !== null);
  const text = (key: string) => String(Reflect.get(connection, key));
  return { privateKey: text("privateKey"), hostKey: text("hostKey") };
}

/** Which secrets' CAs sign a host's certificate, and count there. */
function authorities({ inputs }: Registered): { signs: Buffer | undefined; counts: Buffer[] } {
  const pems = String(inputs["stdin"]).match(/-----BEGIN[^]*?END CERTIFICATE-----/g) ?? [];
  const [own, ...cas] = [
    Buffer.from(String(inputs["create"]).split(" --certificate ")[1] ?? "", "base64"),
    ...pems,
  ].map((certificate) => new X509Certificate(certificate));
  const keyOf = (secret: Buffer) => deriveKey(secret, "dev", { use: "ca" }).publicKey;
  const isOf = (secret: Buffer) => (ca: X509Certificate) => ca.publicKey.equals(keyOf(secret));
  return {
    signs: [OLD, NEW].find((secret) => own?.verify(keyOf(secret))),
    counts: [OLD, NEW].filter((secret) => cas.some(isOf(secret))),
  };
}

const STEPS: {
  title: string;
  secrets: Entries;
  signs: Buffer;
  counts: Buffer[];
  by: Buffer;
  boots: Buffer;
}[] = [
  {
    title: "a next secret: its CA counts, and nothing else is of it",
    secrets: { secret: OLD, nextSecret: NEW },
    ...{ signs: OLD, counts: [OLD, NEW], by: OLD, boots: OLD },
  },
  {
    title: "a previous secret: its CA counts, and hosts are moved from it",
    secrets: { secret: NEW, previousSecret: OLD },
    ...{ signs: NEW, counts: [OLD, NEW], by: NEW, boots: OLD },
  },
  {
    title: "one secret, the new one",
    secrets: { secret: NEW },
    ...{ signs: NEW, counts: [NEW], by: NEW, boots: NEW },
  },
];

for (const { title, secrets, signs, counts, by, boots } of STEPS) {
  describe(title, () => {
    let registered: Registered[] = [];
    before(async () => {
      registered = await runProgram({ stack: "dev", preview: false, config: config(secrets) });
    });

    test("certificates", () => {
      for (const name of ["web-1", "app-2", "monitor-1"])
        assert.deepEqual(authorities(named(registered, `${name}-apply`)), { signs, counts }, name);
    });

    test("commands log in as one secret says, and pin its host keys", () => {
      const commands = ofType(registered, "command:remote:Command").filter(
        ({ name }) => !name.endsWith("-access"),
      );
      assert.equal(commands.length, HOSTS * 3);
      for (const command of commands) {
        const host = command.name.replace(/-[a-z]+$/, "");
        const { privateKey, hostKey: pinned } = login(command);
        assert.equal(privateKey, deployerKey(by), command.name);
        if (host !== "monitor-1") assert.equal(pinned, hostKey(by, host), command.name);
      }
    });

    test("first boots", () => {
      const instances = ofType(registered, "aws:ec2/instance:Instance");
      assert.ok(instances.length > 0);
      for (const { name, inputs } of instances) {
        const script = String(revealed(inputs["userData"]));
        assert.ok(script.includes(hostKey(boots, name.replace("-instance", ""))), name);
        assert.ok(script.includes(publicKey(boots, { use: "deployer" })), name);
      }
    });

    test("every host is moved from a previous secret, by it, before anything else, and from no other", () => {
      const moves = registered.filter(({ name }) => name.endsWith("-access"));
      assert.equal(moves.length, secrets.previousSecret === undefined ? 0 : HOSTS);
      for (const move of moves) {
        const host = move.name.replace("-access", "");
        const { privateKey, hostKey: pinned } = login(move);
        assert.equal(privateKey, deployerKey(OLD), host);
        const script = String(revealed(move.inputs["stdin"]));
        const own = sshPrivateKey(deriveKey(NEW, "dev", { use: "host-ssh", host }));
        assert.equal(
          script.includes(own),
          host !== "monitor-1",
          "the key that an existing host has is its own",
        );
        if (host !== "monitor-1") assert.equal(pinned, hostKey(OLD, host));
        assert.ok(script.includes(`#=== file deployer\n${publicKey(NEW, { use: "deployer" })}`), host);
        assert.ok(script.includes(`#=== file retired\n${publicKey(OLD, { use: "deployer" })}`), host);
        assert.equal(JSON.stringify(move.inputs["create"]).includes("PRIVATE"), false);
      }
    });
  });
}

describe("two secrets that do not go together stop the program", () => {
  const refused = (title: string, changed: Record<string, unknown>, why: RegExp) =>
    test(title, async () => {
      const run = runProgram({ stack: "dev", preview: true, config: { ...stackConfig("dev"), ...changed } });
      await assert.rejects(run, why);
    });

  refused(
    "the same twice",
    entries({ nextSecret: OLD }),
    /palisade:nextSecretId: it is the id of palisade:secret, too/,
  );
  refused(
    "a next and a previous one",
    { ...entries({ nextSecret: NEW }), ...entries({ previousSecret: Buffer.alloc(32, 11) }) },
    /palisade:nextSecretId: there is a previousSecretId still[^]*palisade:nextSecret: there is a palisade:previousSecret still/,
  );
  refused(
    "an id without its secret",
    { "palisade:previousSecretId": secretId(NEW) },
    /palisade:previousSecretId: palisade:previousSecret itself is not set/,
  );
});
