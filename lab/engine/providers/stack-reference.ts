/** `pulumi:pulumi:StackReference`: outputs of another stack, from its state file beside this one's. */
import { basename, dirname, join } from "node:path";
import { hasSecret, type Properties, type Value } from "../values";
import { journalOf } from "../journal";
import { parseState, readIfThere } from "../state-file";
import { STACK_TYPE } from "../urn";
import {
  BuiltInProvider,
  type Checked,
  type Created,
  type Invoked,
  noDiff,
  type ProviderDiff,
  type ResourceRef,
} from "./provider";

export const STACK_REFERENCE = "pulumi:pulumi:StackReference";

const ONLY_READ = "the lab's engine can only read it";

export interface StackFolder {
  stateFile: string;
  passphrase: string;
  project: string;
}

export class PulumiProvider extends BuiltInProvider {
  constructor(private readonly folder: StackFolder) {
    super();
  }

  override async read(
    resource: ResourceRef,
    inputs: Properties,
  ): Promise<{ id: string; outputs: Properties } | undefined> {
    const name = typeof inputs.name === "string" ? inputs.name : resource.id;
    return { id: resource.id, outputs: await this.reference(name) };
  }

  override async invoke(token: string, args: Properties): Promise<Invoked> {
    const name = args.name ?? args.stackName;
    if (token === "pulumi:pulumi:readStackOutputs" && typeof name === "string") {
      return { value: await this.reference(name), failures: [] };
    }
    throw new Error(`the lab's engine has no function ${token}`);
  }

  override check(_urn: string, _olds: Properties | undefined, news: Properties): Promise<Checked> {
    return Promise.resolve({ inputs: news, failures: [{ property: "", reason: ONLY_READ }] });
  }

  override diff(): Promise<ProviderDiff> {
    return Promise.resolve(noDiff);
  }

  override create(): Promise<Created> {
    return Promise.reject(new Error(ONLY_READ));
  }

  override update(): Promise<Omit<Created, "id">> {
    return Promise.reject(new Error(ONLY_READ));
  }

  override delete(): Promise<void> {
    return Promise.resolve();
  }

  private async reference(name: string): Promise<Properties> {
    const outputs = await this.outputsOf(name);
    const secretOutputNames: Value[] = Object.keys(outputs)
      .filter((key) => hasSecret(outputs[key] ?? null))
      .sort();
    return { name, outputs, secretOutputNames };
  }

  /** `STACK`, `PROJECT/STACK` or `ORGANIZATION/PROJECT/STACK`. */
  private async outputsOf(name: string): Promise<Properties> {
    const parts = name.split("/");
    const stack = parts.at(-1) ?? name;
    const project = parts.at(-2) ?? this.folder.project;
    const file = join(dirname(this.folder.stateFile), `${basename(stack)}.json`);
    const text = await readIfThere(file);
    if (text === undefined)
      throw new Error(`unknown stack "${name}": the lab has no state ${basename(file)}`);
    const journal = await readIfThere(journalOf(file));
    const { state } = parseState(text, this.folder.passphrase, journal);
    if (state.project !== project || state.stack !== stack) throw new Error(`unknown stack "${name}"`);
    return state.resources.find((resource) => resource.type === STACK_TYPE)?.outputs ?? {};
  }
}
