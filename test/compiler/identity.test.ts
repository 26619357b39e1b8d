import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { CertificateAuthority, CERTIFICATE_DAYS } from "../../compiler/identity/certificate";
import { deriveKey, parseSecret } from "../../compiler/identity/keys";
import { sshPrivateKey, sshPublicKey } from "../../compiler/identity/openssh";

const secret = Buffer.alloc(32, 7);
const folder = mkdtempSync(join(tmpdir(), "palisade-identity-"));
after(() => rmSync(folder, { recursive: true }));

function openssl(...args: string[]): string {
  return execFileSync("openssl", args, { encoding: "utf8", cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
}

function makeRequest(name: string, subject: string, algorithm = ["-algorithm", "ed25519"]): string {
  openssl("genpkey", ...algorithm, "-out", `${name}.key`);
  return openssl("req", "-new", "-key", `${name}.key`, "-subj", subject);
}

const authority = (environment: string, from = secret) =>
  CertificateAuthority.create(environment, deriveKey(from, environment, { use: "ca" }));

describe("keys of an environment", () => {
  test("are the same at every run, and different for every use, environment and secret", () => {
    const seeds = [
      deriveKey(secret, "dev", { use: "ca" }),
      deriveKey(secret, "dev", { use: "deployer" }),
      deriveKey(secret, "dev", { use: "host-ssh", host: "web-1" }),
      deriveKey(secret, "dev", { use: "host-ssh", host: "web-2" }),
      deriveKey(secret, "prod", { use: "ca" }),
      deriveKey(Buffer.alloc(32, 8), "dev", { use: "ca" }),
    ].map((key) => key.seed.toString("hex"));
    assert.equal(new Set(seeds).size, seeds.length);
    assert.equal(deriveKey(secret, "dev", { use: "ca" }).seed.toString("hex"), seeds[0]);
  });

  for (const [text, why] of [
    ["", "empty"],
    ["c2hvcnQ=", "too short"],
    [Buffer.alloc(33).toString("base64"), "too long"],
    ["not base64 at all, but long enough to be 32 b", "not base64"],
  ] as const) {
    test(`a secret that is ${why} is refused without being quoted`, () => {
      assert.throws(() => parseSecret(text, "nextSecret"), /palisade:nextSecret must be/);
      assert.throws(
        () => parseSecret(text),
        (error: Error) =>
          error.message.includes("openssl rand -base64 32") && (text === "" || !error.message.includes(text)),
      );
    });
  }

  test("OpenSSH reads the private key and finds the same public key in it", () => {
    const key = deriveKey(secret, "dev", { use: "deployer" });
    const path = join(folder, "deployer");
    writeFileSync(path, sshPrivateKey(key, "a comment"), { mode: 0o600 });
    const found = execFileSync("ssh-keygen", ["-y", "-f", path], { encoding: "utf8" }).trim();
    assert.equal(found, sshPublicKey(key, "a comment"));
  });
});

describe("certificates", () => {
  test("are a pure function of key, request and epoch, and openssl accepts them", async () => {
    const request = makeRequest("web-1", "/CN=web-1.dev.palisade");
    const [first, second] = await Promise.all([authority("dev"), authority("dev")]);
    const pem = await first.sign("web-1", request, "2026-11-01");
    assert.equal(await second.sign("web-1", request, "2026-11-01"), pem);
    assert.equal(first.pem, second.pem);
    assert.notEqual(await first.sign("web-1", request, "2026-12-01"), pem);
    writeFileSync(join(folder, "ca.pem"), first.pem);
    writeFileSync(join(folder, "web-1.pem"), pem);
    assert.match(
      openssl("verify", "-attime", "1793534400", "-CAfile", "ca.pem", "web-1.pem"),
      /web-1\.pem: OK/,
    );
    const shown = openssl(
      "x509",
      "-in",
      "web-1.pem",
      "-noout",
      "-subject",
      "-dates",
      "-ext",
      "subjectAltName",
    );
    assert.match(shown, /subject=CN = web-1\.dev\.palisade/);
    assert.match(shown, /notBefore=Oct 31 00:00:00 2026 GMT/);
    assert.match(shown, /DNS:web-1\.dev\.palisade/);
    assert.equal(CERTIFICATE_DAYS, 398);
  });

  test("carry the inventory's name, whatever the request asks for", async () => {
    const request = makeRequest("rogue", "/CN=db-1.prod.palisade");
    writeFileSync(
      join(folder, "rogue.pem"),
      await (await authority("dev")).sign("web-1", request, "2026-11-01"),
    );
    assert.match(openssl("x509", "-in", "rogue.pem", "-noout", "-subject"), /CN = web-1\.dev\.palisade/);
  });

  test("of one environment are worth nothing in another", async () => {
    const request = makeRequest("cross", "/CN=x");
    writeFileSync(
      join(folder, "cross.pem"),
      await (await authority("dev")).sign("web-1", request, "2026-11-01"),
    );
    writeFileSync(join(folder, "prod-ca.pem"), (await authority("prod")).pem);
    assert.throws(() => openssl("verify", "-attime", "1793534400", "-CAfile", "prod-ca.pem", "cross.pem"));
  });

  test("come with both CAs that count while the secret is exchanged, and never with one file less", async () => {
    const request = makeRequest("moved", "/CN=x");
    const [first, second] = await Promise.all([authority("dev"), authority("dev", Buffer.alloc(32, 8))]);
    const files = (other?: CertificateAuthority) =>
      first.facet("web-1", other).files.map(({ name, text }) => [name, text]);
    const [own, ca, otherCa] = ["host.pem", "ca.pem", "other-ca.pem"];
    assert.deepEqual(files(second), [
      [own, ""],
      [ca, first.pem],
      [otherCa, second.pem],
    ]);
    assert.deepEqual(files(), [
      [own, ""],
      [ca, first.pem],
      [otherCa, first.pem],
    ]);
    writeFileSync(join(folder, "moved.pem"), await first.sign("web-1", request, "2026-11-01"));
    writeFileSync(join(folder, "other-ca.pem"), second.pem);
    assert.throws(() => openssl("verify", "-attime", "1793534400", "-CAfile", "other-ca.pem", "moved.pem"));
  });

  test("are refused to what is no request, to another key type and to a signature that is wrong", async () => {
    const ca = await authority("dev");
    await assert.rejects(ca.sign("web-1", "hello", "2026-11-01"), /not a certificate signing request/);
    const ec = makeRequest("ec", "/CN=x", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    await assert.rejects(ca.sign("web-1", ec, "2026-11-01"), /not Ed25519/);
    const der = Buffer.from(makeRequest("bent", "/CN=x").replace(/-----[^-]+-----|\s/g, ""), "base64");
    der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
    const bent = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
    await assert.rejects(ca.sign("web-1", bent, "2026-11-01"), /signature .* is wrong/);
  });
});
