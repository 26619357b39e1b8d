import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { mock } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { secretId } from "../../compiler/identity/keys";
import { ownYaml } from "../../lab/deploy/own-data";
import { engineConfig } from "../../lab/deploy/stack-config";
import { UNKNOWN } from "../../lab/grpc/values";

const load = createRequire(__filename);
const PROJECT = join(__dirname, "..", "..");

/** One resource as the program registered it. */
export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** The parent's URN; empty for the stack itself. */
  parent: string;
  protect: boolean;
  ignoreChanges: string[];
}

type Options = Pick<Registered, "parent" | "protect" | "ignoreChanges">;

const NO_OPTIONS: Options = { parent: "", protect: false, ignoreChanges: [] };

/** How long a program may take before what it registered is judged as it is, in ms. */
const PATIENCE = 60_000;

export function ofType(registered: Registered[], type: string): Registered[] {
  return registered.filter((resource) => resource.type === type);
}

/** The hosts' own resources. */
export function hostsOf(registered: Registered[]): Registered[] {
  return registered.filter(({ type }) => /^palisade:index:\w+Host$/.test(type));
}

/** The one resource of that name. @throws if there is none */
export function named(registered: Registered[], name: string): Registered {
  const found = registered.find((resource) => resource.name === name && resource.type.includes(":"));
  if (found === undefined) throw new Error(`${name} is not registered`);
  return found;
}

/** A certificate signing request such as every host answers `prepare` with. */
const REQUEST = execFileSync(
  "sh",
  ["-c", "openssl genpkey -algorithm ed25519 | openssl req -new -key /dev/stdin -subj /CN=test"],
  { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
);

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** As Linode's ids are: another for each name. */
export function numberOf(name: string): number {
  return createHash("sha256").update(name).digest().readUInt16BE();
}

/** What the clouds and the hosts would answer; `unasked` hosts were never asked. */
function answer(
  { type, name, inputs }: Pick<Registered, "type" | "name" | "inputs">,
  unasked: boolean,
): Record<string, unknown> {
  switch (type) {
    case "aws:ec2/vpc:Vpc":
      return { ...inputs, ipv6CidrBlock: "2001:db8:a000:100::/56" };
    case "aws:ec2/eip:Eip":
      return { ...inputs, publicIp: `192.0.2.${Buffer.from(name).reduce((sum, byte) => sum ^ byte, 0)}` };
    case "linode:index/instance:Instance":
      return { ...inputs, ipv6: `2001:db8:b000::${numberOf(name).toString(16)}/128` };
    case "command:remote:Command":
      return { ...inputs, stdout: unasked ? UNKNOWN : name.endsWith("-prepare") ? REQUEST : "" };
    default:
      return { ...inputs };
  }
}

/** Notes the options of every resource, which Pulumi's mocks are not told, before its mock is called. */
function watchOptions(options: Map<string, Options>): void {
  const monitor = pulumi.runtime.getMonitor();
  if (monitor === undefined) throw new Error("Pulumi has no mocks");
  const register = monitor.registerResource.bind(monitor);
  mock.method(monitor, "registerResource", (request: RegisterResourceRequest, done: () => void) => {
    options.set(`${request.getType()} ${request.getName()}`, {
      parent: request.getParent(),
      protect: request.getProtect() ?? false,
      ignoreChanges: request.getIgnorechangesList(),
    });
    return register(request, done);
  });
}

function isProgram(value: unknown): value is () => Promise<unknown> {
  return typeof value === "function";
}

/** The config of a stack's file, with a secret. */
export function stackConfig(stack: string): Record<string, unknown> {
  const file = ownYaml<{ config: Record<string, unknown> }>(
    readFileSync(join(PROJECT, `Pulumi.${stack}.yaml`), "utf8"),
  );
  const secret = Buffer.alloc(32, 9);
  return {
    ...file.config,
    "palisade:secret": secret.toString("base64"),
    "palisade:secretId": secretId(secret),
  };
}

/**
 * Runs index.ts under Pulumi's mocks and waits until it registers nothing more.
 * @param run.unasked the hosts are new: what they answer is not known in the preview
 */
export async function runProgram(run: {
  stack: string;
  preview: boolean;
  unasked?: boolean;
  config?: Record<string, unknown>;
}): Promise<Registered[]> {
  const registered: Registered[] = [];
  const options = new Map<string, Options>();
  const mocks: pulumi.runtime.Mocks = {
    newResource: (args) => {
      const resource = {
        ...{ type: args.type, name: args.name, inputs: record(args.inputs) },
        ...(options.get(`${args.type} ${args.name}`) ?? NO_OPTIONS),
      };
      registered.push(resource);
      const isLinode = args.type.startsWith("linode:");
      const id = args.custom === false ? "" : isLinode ? String(numberOf(args.name)) : `${args.name}-id`;
      return { id, state: answer(resource, run.unasked ?? false) };
    },
    call: () => ({ id: "ami-0123456789abcdef0" }),
  };
  await pulumi.runtime.setMocks(mocks, "palisade", run.stack, run.preview);
  watchOptions(options);
  pulumi.runtime.setAllConfig(engineConfig(run.config ?? stackConfig(run.stack)), [
    "palisade:secret",
    "palisade:passwords",
  ]);
  for (const path of Object.keys(load.cache)) {
    if (path.startsWith(PROJECT) && !path.includes("node_modules") && !path.includes("/test/")) {
      delete load.cache[path];
    }
  }
  const program: unknown = load(join(PROJECT, "index.ts"));
  if (!isProgram(program)) throw new Error("index.ts exports no function");
  await program();
  // The last step of the last host ends the program; Pulumi's mocks have nothing to wait for (pulumi #6666).
  const deadline = Date.now() + PATIENCE;
  const isDone = () => {
    const count = (suffix: string) => registered.filter(({ name }) => name.endsWith(suffix)).length;
    return count("-confirm") > 0 && count("-confirm") === hostsOf(registered).length;
  };
  while (!isDone() && Date.now() < deadline) await sleep(50);
  await sleep(300);
  return registered;
}
