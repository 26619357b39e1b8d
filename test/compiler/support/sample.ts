import assert from "node:assert/strict";
import { checkStack, type DecidedStack } from "../../../compiler/check/stack";
import { decide } from "../../../compiler/decide/decide";
import { loadStack, type Stack, type StackInput } from "../../../compiler/load/stack";
import type { PolicyTexts } from "../../../compiler/load/policy";
import type { FleetModel } from "../../../compiler/model";
import { formatProblem, type Checked } from "../../../compiler/problem";
import type { Parsed } from "../../../compiler/source/source";
import { inventoryFromText } from "../../../compiler/source/stack";

/** A valid Ed25519 key for each small number. */
export function sshKey(seed: number, comment = ""): string {
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const blob = Buffer.concat([field(Buffer.from("ssh-ed25519")), field(Buffer.alloc(32, seed))]);
  return ["ssh-ed25519", blob.toString("base64"), ...(comment === "" ? [] : [comment])].join(" ");
}

/** A policy and a stack in which all is right; every test changes what it is about. */
export const SAMPLE: Record<string, string> = {
  "groups.json": `{
  "groups": {
    "all": {
      "services": { "ssh": { "ports": ["22/tcp"], "from": ["bastion"] } },
      "logins": [{ "team": "sre", "sudo": true }]
    },
    "bastion": { "services": { "ssh": { "ports": ["22/tcp"], "from": ["net:office"] } } },
    "web": { "services": { "site": { "ports": ["80/tcp", "443/tcp"], "from": ["net:internet"] } } },
    "app": { "services": { "api": { "ports": ["8000-8010/tcp"], "from": ["web"] } } },
    "db": {
      "services": { "postgres": { "ports": ["5432/tcp"], "from": ["app", "self"] } },
      "logins": [{ "team": "dbas", "environments": ["dev"] }, { "person": "dave", "until": "2027-01-01" }]
    }
  }
}
`,
  "people.json": `{
  "teams": { "sre": { "gid": 20001 }, "dbas": { "gid": 20002 } },
  "people": {
    "alice": { "uid": 10001, "name": "Alice Anderson", "teams": ["sre"], "keys": ["${sshKey(1, "alice@laptop")}"] },
    "bob": { "uid": 10002, "name": "Bob Brandt", "teams": ["dbas"], "keys": ["${sshKey(2)}"] },
    "dave": { "uid": 10004, "name": "Dave Diaz", "teams": [], "keys": ["${sshKey(4)}"] }
  }
}
`,
  "networks.json": `{
  "networks": {
    "fleet": ["198.51.100.0/24", "2001:db8:8000::/33"],
    "internet": ["0.0.0.0/0", "::/0"],
    "office": ["203.0.113.0/25", "2001:db8:ff1::/48"]
  }
}
`,
  "tests.json": `{
  "tests": [
    { "from": "web", "to": "db", "port": "5432/tcp", "expect": "deny" },
    { "person": "alice", "group": "db", "environment": "dev", "expect": "sudo" }
  ]
}
`,
  "Pulumi.dev.yaml": `config:
  aws:region: us-east-1
  palisade:environment: dev
  palisade:region: us-east
  palisade:hosts:
    - { name: bastion-1, on: aws, groups: [bastion] }
    - { name: web, on: aws, groups: [web], count: 2 }
    - { name: app-1, on: linode, groups: [app], address: 198.51.100.40 }
    - name: db-1
      on: existing
      groups: [db]
      address: [198.51.100.230, "2001:db8:c000::230"]
      hostKey: ${sshKey(9)}
  palisade:subnets: { aws: 198.51.100.0/27, linode: 198.51.100.32/27 }
  palisade:failsafe: [203.0.113.0/28, "2001:db8:ff1::/64"]
  palisade:certificateEpoch: "2026-11-01"
  palisade:connect: ipv6
  palisade:zones: [us-east-1a]
`,
};

const STACK_FILE = "Pulumi.dev.yaml";

/** One change to one of the sample's files; `to` undefined takes the whole file away. */
export interface Edit {
  file: string;
  from?: string;
  to: string | undefined;
}

/** The sample with changes. @throws if a text to change is not there exactly once */
export function edited(edits: readonly Edit[]): Map<string, string> {
  const files = new Map(Object.entries(SAMPLE));
  for (const { file, from, to } of edits) {
    const text = files.get(file) ?? "";
    if (to === undefined) files.delete(file);
    else if (from === undefined) files.set(file, to);
    else {
      assert.equal(text.split(from).length, 2, `${JSON.stringify(from)} must be in ${file} once`);
      files.set(
        file,
        text.replace(from, () => to),
      );
    }
  }
  return files;
}

export function inputOf(files: ReadonlyMap<string, string>): StackInput {
  const policy: PolicyTexts = { folder: "policy", files };
  const siblings = [...files].flatMap(([file, text]): [string, Parsed][] => {
    const stack = /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1];
    return stack === undefined || file === STACK_FILE ? [] : [[stack, inventoryFromText(file, text)]];
  });
  return {
    policy,
    inventory: inventoryFromText(STACK_FILE, files.get(STACK_FILE) ?? ""),
    project: { stack: "dev", siblings: new Map(siblings) },
  };
}

export function loadFiles(files: ReadonlyMap<string, string>): Checked<Stack> {
  return loadStack(inputOf(files));
}

/** @param today ISO date */
export function checkFiles(files: ReadonlyMap<string, string>, today: string): Checked<DecidedStack> {
  return checkStack(inputOf(files), today);
}

/** The sample with changes, checked and decided as before any deployment. @param today ISO date */
export function checkAfter(today: string, ...edits: Edit[]): Checked<DecidedStack> {
  return checkFiles(edited(edits), today);
}

/** Every problem of the sample with changes, as `check` prints them. */
export function problemsAfter(...edits: Edit[]): string[] {
  return loadFiles(edited(edits)).problems.map(formatProblem);
}

/** The stack of the sample with changes. @throws if anything is wrong with it */
export function stackAfter(...edits: Edit[]): Stack {
  const checked = loadFiles(edited(edits));
  assert.ok(checked.ok, checked.problems.map(formatProblem).join("\n"));
  return checked.value;
}

export const TODAY = "2026-11-22";

/** The model of the sample with changes. */
export function modelAfter(...edits: Edit[]): FleetModel {
  const { policy, inventory } = stackAfter(...edits);
  return decide(policy, inventory, TODAY);
}

/** Another stack of the sample's project, right by itself and beside the sample. */
export function otherStack(environment: string, ...edits: [from: string, to: string][]): string {
  const text = `config:
  aws:region: eu-west-1
  palisade:environment: ${environment}
  palisade:region: eu-west
  palisade:hosts:
    - { name: eu-web, on: aws, groups: [web], count: 2 }
    - name: eu-db-1
      on: existing
      groups: [db]
      address: [198.51.100.231, "2001:db8:c000::231"]
      hostKey: ${sshKey(10)}
  palisade:subnets: { aws: 198.51.100.64/27 }
  palisade:failsafe: [203.0.113.0/28, "2001:db8:ff1::/64"]
  palisade:certificateEpoch: "2026-11-01"
  palisade:connect: ipv6
  palisade:zones: [eu-west-1a]
`;
  return edits.reduce((changed, [from, to]) => {
    assert.equal(changed.split(from).length, 2, `${JSON.stringify(from)} must be there once`);
    return changed.replace(from, () => to);
  }, text);
}
