import Ajv from "ajv";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "../machine";
import { withLock } from "../machine/lock";
import type { ProcessRecord } from "../machine/process";
import type { Properties } from "../grpc/values";

/** A resource as the cloud keeps it, whatever an engine believes. */
export interface StoredResource {
  id: string;
  type: string;
  urn: string;
  stack: string;
  /** The same resource with the same inputs has the same; a repeated request finds what it made before. */
  token: string;
  /** Of the cloud, where its provider has one. */
  region?: string;
  /** Without what is secret. */
  inputs: Properties;
  outputs: Properties;
  /** The name of the lab's host that it is. */
  host?: string;
  /** Who is still making it. If that process is gone, nobody is. */
  pending?: ProcessRecord;
}

const STRING = { type: "string" };
const isStored = new Ajv().compile<StoredResource>({
  type: "object",
  required: ["id", "type", "urn", "stack", "token", "inputs", "outputs"],
  properties: {
    ...{ id: STRING, type: STRING, urn: STRING, stack: STRING, token: STRING, host: STRING, region: STRING },
    ...{ inputs: { type: "object" }, outputs: { type: "object" }, pending: { type: "object" } },
  },
});

/** A cloud's account: a file a resource, in the lab's folder. It has all regions, and its user is in one. */
export class Store {
  private readonly folder: string;

  constructor(
    readonly lab: Lab,
    readonly cloud: string,
    /** The one that new resources are in, and others are looked for in; undefined where the provider has none. */
    public region?: string,
  ) {
    this.folder = join(lab.folder, "clouds", cloud);
  }

  get(id: string, type?: string): StoredResource | undefined {
    return this.all().find(
      (resource) => resource.id === id && (type === undefined || resource.type === type),
    );
  }

  /** The resource of that type, where it is in this region. */
  here(id: string, type: string): StoredResource | undefined {
    const found = this.get(id, type);
    return found?.region === this.region ? found : undefined;
  }

  /** Every resource of the account, or those of a type, by id. */
  all(type?: string): StoredResource[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .flatMap((name) => this.read(join(this.folder, name)))
      .filter((resource) => type === undefined || resource.type === type);
  }

  async put(resource: StoredResource): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = this.file(resource.id);
    await writeFile(`${file}.new`, `${JSON.stringify(resource, null, 2)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  async remove(id: string): Promise<void> {
    await rm(this.file(id), { force: true });
  }

  /** Runs the action while no other engine's provider changes the account. */
  locked<T>(action: () => Promise<T>): Promise<T> {
    return withLock(join(this.lab.folder, "locks", `cloud-${this.cloud}`), action);
  }

  private read(file: string): StoredResource[] {
    try {
      const resource: unknown = JSON.parse(readFileSync(file, "utf8"));
      if (isStored(resource)) return [resource];
    } catch (error) {
      // Another provider removed it since the folder was listed.
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    }
    throw new Error(`${file} is damaged; remove it, or the whole lab with "palisade lab down --all"`);
  }

  private file(id: string): string {
    if (!/^[a-z0-9-]+$/.test(id)) throw new Error(`no id of this cloud: ${JSON.stringify(id)}`);
    return join(this.folder, `${id}.json`);
  }
}
