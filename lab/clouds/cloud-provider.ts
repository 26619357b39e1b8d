import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { ownProcess, isAlive } from "../machine/process";
import { problemsWith, refusal } from "./checking";
import type { CreateContext, ResourceType } from "./resource-type";
import type { Store, StoredResource } from "./store";
import type { Problem } from "../grpc/checking";
import { isProperties, isUnknown, mentions, plainProperties, text, type Properties } from "../grpc/values";

/** A function of the cloud's, such as a look-up of an image: its answer, or why there is none. */
export type CloudFunction = (inputs: Properties, store: Store) => Properties | string;

/** A cloud of the lab as a Pulumi provider: what to do with a resource is said by its type. */
export class CloudProvider {
  constructor(
    readonly version: string,
    private readonly store: Store,
    private readonly types: Record<string, ResourceType>,
    private readonly functions: Record<string, CloudFunction> = {},
  ) {}

  /** Takes the provider's own config, before it is asked for anything else. */
  configure(config: Properties): void {
    this.store.region = text(config, "region") ?? this.store.region;
  }

  check(urn: string, news: unknown): Problem[] {
    const type = this.types[typeToken(urn)];
    return type === undefined
      ? [this.unknownType(urn)]
      : problemsWith(type, plainProperties(news), this.store);
  }

  diff(urn: string, olds: unknown, news: unknown): { changes: boolean; replaces: string[] } {
    const type = this.typeOf(urn);
    const after = plainProperties(news);
    const changed = changedKeys(type, plainProperties(olds), after);
    const replacing = typeof type.replaces === "function" ? type.replaces(after) : type.replaces;
    const replaces = changed.filter((key) => replacing.includes(key));
    return { changes: changed.length > 0, replaces };
  }

  async create(urn: string, inputs: object): Promise<{ id: string; outs: Properties }> {
    const type = this.typeOf(urn);
    const wanted = plainProperties(inputs);
    const stored = await this.store.locked(() => this.reserve(urn, type, wanted));
    if (stored.pending !== undefined) await this.start(type, wanted, stored);
    return { id: stored.id, outs: { ...asProperties(inputs), ...stored.outputs } };
  }

  async update(id: string, urn: string, news: object): Promise<Properties> {
    const type = this.typeOf(urn);
    const wanted = plainProperties(news);
    const stored = this.store.get(id);
    if (stored === undefined) throw new Error(`${id} does not exist any more; refresh the stack`);
    refuseIfAny(problemsWith(type, wanted, this.store));
    const outputs = { ...stored.outputs, ...(await type.change?.(stored, wanted, this.store)) };
    await this.store.put({ ...stored, token: tokenOf(urn, wanted), inputs: kept(type, wanted), outputs });
    return { ...asProperties(news), ...outputs };
  }

  read(id: string, urn: string, props: object): { id: string; props: Properties } {
    const type = this.typeOf(urn);
    const stored = this.store.get(id);
    if (stored === undefined) return { id: "", props: {} };
    const seen = {
      ...stored.inputs,
      ...asProperties(props),
      ...stored.outputs,
      ...type.look?.(stored, this.store),
    };
    return { id, props: seen };
  }

  async delete(id: string, urn: string): Promise<void> {
    const type = this.typeOf(urn);
    const stored = this.store.get(id);
    if (stored === undefined) return;
    if (type.heldByUsers === true) this.refuseIfUsed(id);
    await type.stop?.(stored, this.store);
    await this.store.remove(id);
  }

  /** The function's answer, or why there is none. */
  invoke(token: string, inputs: unknown): Properties | string {
    const call = this.functions[token];
    const missing = `the lab's ${this.store.cloud} has no function ${token}`;
    return call === undefined ? missing : call(plainProperties(inputs), this.store);
  }

  /** Finds what an earlier, interrupted request made, or takes a place in the account for a new resource. */
  private async reserve(urn: string, type: ResourceType, inputs: Properties): Promise<StoredResource> {
    await this.removeAbandoned();
    const token = tokenOf(urn, inputs);
    const { region } = this.store;
    const before = this.store.all().find((one) => one.token === token && one.pending === undefined);
    if (before !== undefined) return before;
    const id = type.newId();
    const claims = type.claim?.(inputs, this.store, id) ?? [];
    refuseIfAny([...problemsWith(type, inputs, this.store), ...claims]);
    const context: CreateContext = { store: this.store, id, stack: stackOf(urn), name: nameOf(urn) };
    const stored: StoredResource = {
      ...{ id, type: typeToken(urn), urn, stack: context.stack, token, region },
      inputs: kept(type, inputs),
      outputs: type.outputs(inputs, context),
      host: type.hostName?.(inputs, context),
      pending: type.start === undefined ? undefined : ownProcess(),
    };
    await this.store.put(stored);
    return stored;
  }

  private async start(type: ResourceType, inputs: Properties, stored: StoredResource): Promise<void> {
    const done = { ...stored, pending: undefined };
    try {
      await type.start?.(inputs, done, this.store);
      await this.store.put(done);
    } catch (error) {
      await type.stop?.(stored, this.store);
      await this.store.remove(stored.id);
      throw error;
    }
  }

  /** What a killed provider had begun and nobody will finish. */
  private async removeAbandoned(): Promise<void> {
    for (const one of this.store.all()) {
      if (one.pending === undefined || isAlive(one.pending)) continue;
      await this.types[one.type]?.stop?.(one, this.store);
      await this.store.remove(one.id);
    }
  }

  private refuseIfUsed(id: string): void {
    const users = this.store
      .all()
      .filter((one) => Object.values(one.inputs).some((input) => mentions(input, id)));
    if (users.length === 0) return;
    throw new Error(`DependencyViolation: ${id} is in use by ${users.map((one) => one.id).join(", ")}`);
  }

  private typeOf(urn: string): ResourceType {
    const type = this.types[typeToken(urn)];
    if (type === undefined) throw new Error(this.unknownType(urn).reason);
    return type;
  }

  private unknownType(urn: string): Problem {
    return { property: "", reason: `the lab's ${this.store.cloud} has no resource type ${typeToken(urn)}` };
  }
}

/** Top-level inputs that differ, sorted; those the cloud filled in count only where they are asked for. */
function changedKeys(type: ResourceType, before: Properties, after: Properties): string[] {
  return Object.keys(type.inputs)
    .filter((key) => key in after || (key in before && !type.optional.includes(key)))
    .filter((key) => isUnknown(after[key]) || !isDeepStrictEqual(before[key], after[key]))
    .sort();
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` */
function urnParts(urn: string): string[] {
  return urn.replace(/^urn:pulumi:/, "").split("::");
}

function stackOf(urn: string): string {
  return urnParts(urn)[0] ?? "";
}

function typeToken(urn: string): string {
  return urnParts(urn)[2]?.split("$").pop() ?? "";
}

function nameOf(urn: string): string {
  return urnParts(urn).slice(3).join("::");
}

function tokenOf(urn: string, inputs: Properties): string {
  const sorted = Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([urn, sorted]))
    .digest("hex");
}

function kept(type: ResourceType, inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !(type.secret ?? []).includes(key)));
}

function refuseIfAny(problems: Problem[]): void {
  if (problems.length > 0) throw refusal(problems);
}

/** With its marks of secrecy, so that what came as a secret goes back as one. */
function asProperties(raw: unknown): Properties {
  return isProperties(raw) ? raw : {};
}
