import type { InputShape, Problem } from "../grpc/checking";
import type { Store, StoredResource } from "./store";
import type { Properties } from "../grpc/values";

export interface CreateContext {
  store: Store;
  id: string;
  stack: string;
  /** The resource's name in the program. */
  name: string;
}

/** One type of resource of a lab cloud. */
export interface ResourceType extends InputShape {
  /** A change of these makes another resource. */
  replaces: string[] | ((news: Properties) => string[]);
  /** Inputs that the cloud fills in where they are missing. */
  optional: string[];
  /** Inputs that the cloud does not keep. */
  secret?: string[];
  newId(): string;
  /** Problems with known inputs; in a preview others may be missing, required ones too. */
  check?(inputs: Properties, store: Store): Problem[];
  /** Problems with inputs beside what others have; under the account's lock. `id` is the resource's own. */
  claim?(inputs: Properties, store: Store, id: string): Problem[];
  /** What the cloud decides; under the account's lock. */
  outputs(inputs: Properties, context: CreateContext): Properties;
  /** For a machine: the name of its host in the lab. */
  hostName?(inputs: Properties, context: CreateContext): string;
  /** Makes it real, after it is stored. If this throws, `stop` is called and nothing stays. */
  start?(inputs: Properties, stored: StoredResource, store: Store): Promise<void>;
  /** Changes it in place. Returns the outputs that changed with it. */
  change?(before: StoredResource, inputs: Properties, store: Store): Promise<Properties>;
  /** Outputs that are seen only by looking. */
  look?(resource: StoredResource, store: Store): Properties;
  /** Undoes `start`; also after it was done before. */
  stop?(resource: StoredResource, store: Store): Promise<void>;
  /** Whether the cloud refuses to delete it while another resource names its id. */
  heldByUsers?: boolean;
}
