import {
  bootHost,
  destroyHost,
  hostStatus,
  listHosts,
  NAME,
  networkOf,
  rebootHost,
  type HostSpec,
} from "../machine";
import type { CreateContext } from "./resource-type";
import type { Store, StoredResource } from "./store";
import { text } from "../grpc/values";

/** Set to `none`, clouds keep what they are asked for and boot nothing: enough to see what a program asks for. */
const HAS_MACHINES = process.env["PALISADE_LAB_MACHINES"] !== "none";

/** The name that a machine of the cloud gets as a host of the lab: its label's first part, where that is free. */
export function hostNameFor(label: string | undefined, context: CreateContext): string {
  const wished = label?.split(".")[0] ?? "";
  const name = NAME.test(wished) ? wished : asName(context.name);
  const taken = listHosts(context.store.lab, context.stack).some((host) => host.name === name);
  return taken ? `${name.slice(0, 25)}-${context.id.slice(-5)}` : name;
}

/** Boots what the cloud sold. Returns when it starts, as a cloud does, not when it answers. */
export async function bootMachine(
  stored: StoredResource,
  store: Store,
  spec: Omit<HostSpec, "stack" | "name" | "network">,
): Promise<void> {
  if (!HAS_MACHINES) return;
  const say = (line: string) => process.stderr.write(`lab: ${line}\n`);
  const region = text(stored.outputs, "region") ?? text(stored.inputs, "region");
  await bootHost(store.lab, { ...spec, ...hostOf(stored), network: networkOf(region) }, say);
}

export async function stopMachine(stored: StoredResource, store: Store): Promise<void> {
  if (HAS_MACHINES) await destroyHost(store.lab, hostOf(stored));
}

export async function restartMachine(stored: StoredResource, store: Store): Promise<void> {
  if (HAS_MACHINES) await rebootHost(store.lab, hostOf(stored));
}

export function isMachineRunning(stored: StoredResource, store: Store): boolean {
  return hostStatus(store.lab, hostOf(stored))?.state === "running";
}

function hostOf(stored: StoredResource): { stack: string; name: string } {
  if (stored.host === undefined) throw new Error(`${stored.id} is no machine`);
  return { stack: stored.stack, name: stored.host };
}

function asName(text: string): string {
  const name = text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return /^[a-z]/.test(name) ? name.slice(0, 31) : `m-${name}`.slice(0, 31);
}
