import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { utils } from "ssh2";
import { contains, overlaps, parseAddress, parseCidr, type Block } from "../../compiler/validate/cidr";
import { dateProblem } from "../../compiler/validate/date";
import { suggestion } from "../../compiler/validate/nearest";
import { formatPort, parsePort } from "../../compiler/validate/port";
import { parseSshKey } from "../../compiler/validate/ssh-key";
import { sshKey } from "./support/sample";

describe("ports", () => {
  const table: [string, boolean][] = [
    ["1/tcp", true],
    ["0/tcp", false],
    ["65535/udp", true],
    ["65536/udp", false],
    ["99999999999/tcp", false],
    ["8000-8010/tcp", true],
    ["8010-8000/tcp", false],
    ["8000-8000/tcp", true],
    ["1-65535/tcp", true],
    ["0-10/tcp", false],
    ["022/tcp", false],
    ["icmp", true],
    ["icmp/1", false],
    ["22", false],
    ["22/TCP", false],
    [" 22/tcp", false],
    ["22/tcp\n", false],
    ["22,23/tcp", false],
    ["ssh/tcp", false],
    ["-22/tcp", false],
    ["1e3/tcp", false],
  ];
  for (const [text, right] of table) {
    test(`${JSON.stringify(text)} is ${right ? "one" : "none"}`, () =>
      assert.equal("port" in parsePort(text), right));
  }

  test("are written as they were read, a range of one as one", () => {
    const write = (text: string) => {
      const parsed = parsePort(text);
      return "port" in parsed ? formatPort(parsed.port) : undefined;
    };
    assert.deepEqual(["443/tcp", "8000-8010/udp", "icmp", "53-53/udp"].map(write), [
      "443/tcp",
      "8000-8010/udp",
      "icmp",
      "53/udp",
    ]);
  });
});

function block(text: string): Block {
  const parsed = text.includes("/") ? parseCidr(text) : parseAddress(text);
  assert.ok("block" in parsed, text);
  return parsed.block;
}

describe("ranges", () => {
  const table: [string, string | undefined][] = [
    ["203.0.113.0/24", "203.0.113.0/24"],
    ["203.0.113.128/25", "203.0.113.128/25"],
    ["203.0.113.1/24", undefined],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["0.0.0.1/0", undefined],
    ["203.0.113.7/32", "203.0.113.7/32"],
    ["203.0.113.0/33", undefined],
    ["203.0.113.0/-1", undefined],
    ["203.0.113.0/024", undefined],
    ["203.0.113.0/", undefined],
    ["203.0.113.0", undefined],
    ["203.0.113.0/24/8", undefined],
    ["203.0.113/24", undefined],
    ["3405803776/24", undefined],
    ["0xCB.0.113.0/24", undefined],
    ["203.0.113.00/24", undefined],
    ["2001:DB8:0:0::/32", "2001:db8::/32"],
    ["2001:db8::1/128", "2001:db8::1/128"],
    ["2001:db8::1/64", undefined],
    ["2001:db8::/129", undefined],
    ["::/0", "::/0"],
    ["fe80::%eth0/64", undefined],
    ["::ffff:203.0.113.0/120", undefined],
    ["2001:db8::/32 ", undefined],
  ];
  for (const [text, canonical] of table) {
    test(`${JSON.stringify(text)} is ${canonical ?? "none"}`, () => {
      const parsed = parseCidr(text);
      assert.equal("block" in parsed ? parsed.block.text : undefined, canonical);
    });
  }

  const pairs: [string, string, boolean, boolean][] = [
    ["198.51.100.0/24", "198.51.100.0/25", true, true],
    ["198.51.100.0/25", "198.51.100.0/24", false, true],
    ["198.51.100.0/25", "198.51.100.128/25", false, false],
    ["198.51.100.0/24", "198.51.100.255", true, true],
    ["198.51.100.0/24", "198.51.101.0", false, false],
    ["0.0.0.0/0", "::/0", false, false],
    ["2001:db8:8000::/33", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true, true],
    ["2001:db8:8000::/33", "2001:db8:7fff::", false, false],
  ];
  for (const [outer, inner, within, touch] of pairs) {
    test(`${outer} and ${inner}`, () => {
      assert.equal(contains(block(outer), block(inner)), within);
      assert.equal(overlaps(block(outer), block(inner)), touch);
    });
  }
});

describe("SSH public keys", () => {
  const publicKey = (pem: string): string => {
    const parsed = utils.parseKey(pem);
    assert.ok(!(parsed instanceof Error) && !Array.isArray(parsed), "ssh2 reads its own kind");
    return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
  };
  const rsa = (modulusLength: number): string =>
    publicKey(
      generateKeyPairSync("rsa", { modulusLength })
        .privateKey.export({ type: "pkcs1", format: "pem" })
        .toString(),
    );
  const ecdsa = (namedCurve: string): string =>
    publicKey(
      generateKeyPairSync("ec", { namedCurve }).privateKey.export({ type: "sec1", format: "pem" }).toString(),
    );

  const right: Record<string, string> = {
    "an Ed25519 key": sshKey(1),
    "a key with a comment of several words": sshKey(1, "alice at home"),
    "an RSA key of 2048 bits": rsa(2048),
    "an ECDSA key of 256 bits": ecdsa("prime256v1"),
    "an ECDSA key of 521 bits": ecdsa("secp521r1"),
  };
  for (const [title, line] of Object.entries(right)) {
    test(`${title} is one`, () => assert.deepEqual(parseSshKey(line), { key: { text: line, id: id(line) } }));
  }

  const [type = "", base64 = ""] = sshKey(1).split(" ");
  const wrong: Record<string, string> = {
    "an RSA key of 1024 bits": rsa(1024),
    "a key that lost a character": `${type} ${base64.slice(0, -1)}`,
    "a key that lost its padding's block": `${type} ${base64.slice(0, -4)}`,
    "a key with something after it": `${type} ${Buffer.concat([Buffer.from(base64, "base64"), Buffer.alloc(4)]).toString("base64")}`,
    "a key that says it is another": `ssh-rsa ${base64}`,
    "a key of no type": base64,
    "a key with options": `no-pty ${type} ${base64}`,
    "a key with a forced command": `command="x" ${type} ${base64}`,
    "a certificate": `ssh-ed25519-cert-v01@openssh.com ${base64}`,
    "two lines": `${type} ${base64}\n${type} ${base64}`,
    "a comment beyond ASCII": `${type} ${base64} é`,
    nothing: "",
    "a type from an object's machinery": `constructor ${base64}`,
  };
  for (const [title, line] of Object.entries(wrong)) {
    test(`${title} is none`, () => assert.ok("message" in parseSshKey(line)));
  }

  test("a key that Node made is the one that was meant", () => {
    const { publicKey } = generateKeyPairSync("ed25519");
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    const head = Buffer.from(sshKey(0).split(" ")[1] ?? "", "base64").subarray(0, 19);
    assert.ok("key" in parseSshKey(`ssh-ed25519 ${Buffer.concat([head, raw]).toString("base64")}`));
  });

  function id(line: string): string {
    return line.split(" ").slice(0, 2).join(" ");
  }
});

test("dates are days of the calendar", () => {
  const table: [string, boolean][] = [
    ["2026-12-31", true],
    ["2024-02-29", true],
    ["2026-02-29", false],
    ["2026-00-10", false],
    ["2026-1-1", false],
    ["2026-01-01T00:00", false],
    ["tomorrow", false],
  ];
  for (const [text, right] of table) assert.equal(dateProblem(text) === undefined, right, text);
});

test("the nearest name is suggested, and where none is near they are all told", () => {
  assert.equal(suggestion("ap", ["web", "app", "db"]), '; did you mean "app"?');
  assert.equal(suggestion("postgers", ["postgres", "post"]), '; did you mean "postgres"?');
  assert.equal(suggestion("zzzzzz", ["web", "app"]), '; there are "app", "web", of which "app" is nearest');
  assert.equal(suggestion("zzzzzz", ["web"]), '; the only one there is, is "web"');
  assert.equal(suggestion("x", []), "; there are none");
});
