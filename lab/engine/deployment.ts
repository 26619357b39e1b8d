/** One run over a stack: takes registrations from the program, and ends with the deletes. */
import pLimit from "p-limit";
import { Providers } from "./default-providers";
import { deleteAll } from "./deletes";
import { type Goal, stateOf } from "./goal";
import { directNeeds, Graph } from "./graph";
import { Identities } from "./identities";
import { Losses } from "./losses";
import { makeWay, type WayContext } from "./make-way";
import { plan, type Surroundings } from "./planner";
import { providerState, type Subject } from "./policies/messages";
import { type Policies, PolicyRefusal } from "./policies/policies";
import type { Provider } from "./providers/provider";
import type { ProviderRegistry } from "./providers/registry";
import type { Reporter } from "./reporter";
import { RunEnded, type RunGuard } from "./run-guard";
import type { Snapshot } from "./snapshot";
import type { ResourceState } from "./state";
import { carryOut, type StepContext } from "./steps";
import { parseProviderRef, STACK_TYPE } from "./urn";
import { equal, fillUnknowns, hasUnknown, type Properties } from "./values";

export interface DeploymentOptions {
  project: string;
  stack: string;
  preview: boolean;
  parallel: number;
  /** Names and URNs to replace in any case. */
  replace: readonly string[];
  /** Config of the default provider of a package. */
  packageConfig(pkg: string): Properties;
}

export interface Registered {
  result: "success" | "failed" | "skipped";
  urn: string;
  id: string;
  outputs: Properties;
}

/** The outputs a stack had before the run, and has after it. */
export interface StackOutputs {
  before: Properties;
  after: Properties;
}

export class Deployment {
  /** The URN of the stack's own resource, once registered. */
  root = "";
  private readonly graph: Graph;
  private readonly identities: Identities;
  private readonly providers: Providers;
  private readonly losses = new Losses();
  private readonly replaced = new Set<string>();
  private readonly steps: StepContext;
  private readonly surroundings: Surroundings;
  private readonly outputsBefore: Properties;
  private outputsNow: Properties | undefined;

  constructor(
    private readonly options: DeploymentOptions,
    private readonly snapshot: Snapshot,
    private readonly registry: ProviderRegistry,
    private readonly reporter: Reporter,
    readonly guard: RunGuard,
    private readonly policies: Policies,
  ) {
    const { stack, project, preview, parallel } = options;
    this.graph = new Graph(snapshot.all());
    this.outputsBefore = snapshot.all().find((state) => state.type === STACK_TYPE)?.outputs ?? {};
    this.identities = new Identities(stack, project, snapshot, guard);
    const register = (goal: Goal): Promise<Registered> => this.registerNow(goal);
    this.providers = new Providers({
      registry,
      snapshot,
      register,
      packageConfig: (pkg) => options.packageConfig(pkg),
    });
    this.surroundings = this.makeSurroundings();
    this.steps = {
      reporter,
      snapshot,
      registry,
      inTurn: pLimit(parallel),
      preview,
      makeWay: (old) => makeWay(old, this.way()),
      proceed: () => guard.proceed(),
    };
  }

  private way(): WayContext {
    const { steps, identities, providers, surroundings } = this;
    return { steps, identities, providers, surroundings };
  }

  private makeSurroundings(): Surroundings {
    const { preview, replace } = this.options;
    return {
      registry: this.registry,
      preview,
      judge: (state, goal) => this.policies.judge(this.subject(state, goal.deleteBeforeReplace)),
      forced: (urn, name) => replace.includes(urn) || replace.includes(name),
      replaced: (urn) => this.replaced.has(urn),
      providerInputs: (urn) => this.snapshot.find(urn)?.inputs ?? {},
    };
  }

  private subject(state: ResourceState, deleteBeforeReplace?: boolean): Subject {
    return { state, deleteBeforeReplace, provider: providerState(state, (urn) => this.snapshot.find(urn)) };
  }

  register(goal: Goal): Promise<Registered> {
    return this.guard.track(() => this.registerNow(goal));
  }

  private async registerNow(goal: Goal): Promise<Registered> {
    this.guard.proceed();
    const urn = this.identities.claim(goal);
    if (goal.type === STACK_TYPE) this.root = urn;
    this.reporter.masker.addFrom(goal.inputs);
    const old = this.identities.find(urn, goal);
    try {
      const providerRef = await this.providers.refOf(goal);
      const obstacle = this.obstacle(goal, providerRef);
      if (obstacle !== undefined) return this.skip(urn, obstacle);
      const state = await this.deploy(urn, goal, old, providerRef);
      return { result: "success", urn, id: state.id, outputs: goal.custom ? state.outputs : {} };
    } catch (error) {
      if (error instanceof RunEnded) throw error;
      this.losses.add(urn, "failed");
      if (error instanceof PolicyRefusal)
        throw this.guard.end("a guardrail is broken; nothing more is begun");
      return { result: "failed", urn, id: "", outputs: {} };
    }
  }

  /** Why a resource can't be dealt with; undefined where it can. */
  private obstacle(goal: Goal, providerRef: string): string | undefined {
    const providerUrn = providerRef === "" ? [] : [parseProviderRef(providerRef).urn];
    const lost = this.losses.reasonFor([...directNeeds(goal), ...providerUrn]);
    if (lost !== undefined || this.options.preview) return lost;
    const unknownInput = Object.values(goal.inputs).some(hasUnknown);
    return unknownInput ? "an input of it comes from something that failed" : undefined;
  }

  private skip(urn: string, reason: string): Registered {
    this.losses.add(urn, "was skipped");
    this.reporter.skip(urn, reason);
    return { result: "skipped", urn, id: "", outputs: {} };
  }

  private async deploy(
    urn: string,
    goal: Goal,
    old: ResourceState | undefined,
    providerRef: string,
  ): Promise<ResourceState> {
    const planned = await this.reporter.attempt(urn, old === undefined ? "create" : "update", async () => {
      const provider = goal.custom ? await this.providers.instance(goal.type, providerRef) : undefined;
      return plan({ urn, goal, old, provider, providerRef }, this.surroundings);
    });
    if (planned.operation === "replace") this.replaced.add(urn);
    const state = await carryOut(planned, this.steps);
    this.reporter.masker.addFrom(state.outputs);
    return state;
  }

  /** Reads a resource that the stack doesn't manage. What can't be read ends the run. */
  read(goal: Goal, id: string): Promise<{ urn: string; outputs: Properties }> {
    return this.guard.track(() => this.readNow(goal, id));
  }

  private async readNow(goal: Goal, id: string): Promise<{ urn: string; outputs: Properties }> {
    this.guard.proceed();
    const urn = this.identities.claim(goal);
    const old = this.identities.find(urn, goal);
    if (id === "") return { urn, outputs: {} };
    try {
      const providerRef = await this.providers.refOf(goal);
      const provider = await this.providers.instance(goal.type, providerRef);
      const read = await this.reporter.step(urn, "read", () =>
        this.steps.inTurn(() => provider.read({ urn, id }, goal.inputs, goal.inputs)),
      );
      if (read === undefined) throw new Error(`there is no ${goal.type} with the id "${id}"`);
      const { outputs } = read;
      this.reporter.masker.addFrom(outputs);
      const state = { ...stateOf(urn, goal, goal.inputs, providerRef), id, outputs, external: true };
      if (old?.external === false) {
        old.condemned = true;
        this.snapshot.touch(old);
      }
      this.snapshot.put(state, old?.external === true ? old : undefined);
      await this.snapshot.save();
      return { urn, outputs };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw this.guard.end(`failed to read ${goal.name} (${goal.type}): ${message}`, urn);
    }
  }

  /** Calls a provider's function. Throws what the provider says. */
  invoke(
    call: { token: string; provider: string; version: string },
    args: Properties,
  ): ReturnType<Provider["invoke"]> {
    return this.guard.track(async () => {
      this.guard.proceed();
      const { token, provider, version } = call;
      if (token === "pulumi:pulumi:getResource") return { value: this.getResource(args), failures: [] };
      const ref = await this.providers.refOf({ type: token, custom: true, provider, version });
      const instance = await this.providers.instance(token, ref);
      return instance.invoke(token, args, this.options.preview);
    });
  }

  private getResource({ urn }: Properties): Properties {
    const wanted = typeof urn === "string" ? urn : "";
    const state = this.snapshot.find(wanted);
    if (state === undefined) throw new Error(`unknown resource ${wanted}`);
    return { urn: wanted, id: state.id, provider: state.provider, state: state.outputs };
  }

  /** Takes a component's outputs. The stack's own wait for the run's end, which shows if they are whole. */
  async registerOutputs(urn: string, outputs: Properties): Promise<void> {
    this.reporter.masker.addFrom(outputs);
    if (urn === this.root) {
      this.outputsNow = outputs;
      return;
    }
    const state = this.snapshot.find(urn);
    if (state === undefined || this.losses.has(urn) || equal(state.outputs, outputs)) return;
    state.outputs = outputs;
    this.snapshot.touch(state);
    await this.snapshot.save();
  }

  /** Deletes what the program no longer has, and what was replaced. */
  async deleteLeftovers(): Promise<void> {
    const doomed = this.snapshot
      .remaining()
      .filter((state) => state.condemned || !this.identities.isFound(state));
    const kept = this.losses.keeps(this.snapshot, this.identities, this.graph);
    await deleteAll({ doomed, graph: this.graph, kept }, this.steps);
  }

  /**
   * Lets the policy packs judge the whole stack, without what was only read, as the real engine does; not where
   * something failed, and the stack is not whole.
   */
  async judgeStack(): Promise<void> {
    if (this.losses.any || this.guard.isEnded) return;
    const left = new Set(this.snapshot.remaining());
    const states = this.snapshot
      .all()
      .filter((state) => !left.has(state) && !state.condemned && !state.external);
    const outputs = this.outputsNow ?? {};
    const subjects = states.map((state) => (state.urn === this.root ? { ...state, outputs } : state));
    await this.policies.judgeStack(
      subjects.map((state) => this.subject(state)),
      this.root,
    );
  }

  /** Deletes everything. */
  async destroy(): Promise<void> {
    await deleteAll({ doomed: this.snapshot.all(), graph: this.graph, kept: new Map() }, this.steps);
  }

  /** Settles the stack's outputs. After a failure, those that did not come out keep their last value. */
  async finishOutputs(): Promise<StackOutputs> {
    const before = this.outputsBefore;
    const state = this.snapshot.find(this.root);
    if (state === undefined) return { before, after: {} };
    if (this.options.preview) return { before, after: this.outputsNow ?? before };
    const now = this.outputsNow ?? {};
    const complete = this.outputsNow !== undefined && !this.losses.any && !this.guard.isEnded;
    const after = complete ? now : { ...before, ...fillUnknowns(now, before) };
    if (!equal(state.outputs, after)) {
      state.outputs = after;
      this.snapshot.touch(state);
      await this.snapshot.save();
    }
    return { before, after: state.outputs };
  }
}
