/**
 * The policy packs of a run. As with the real engine, a mandatory violation ends an update before the resource is
 * touched, and fails a preview at its end, which goes on so as to find them all; an advisory one is only shown.
 */
import type { EngineRun } from "../options";
import type { Reporter } from "../reporter";
import type { RunGuard } from "../run-guard";
import type { Subject, Violation } from "./messages";
import { PolicyPack } from "./pack";

/** Ends an update: a pack refused a resource. */
export class PolicyRefusal extends Error {}

export class Policies {
  private packs: Promise<PolicyPack>[] = [];
  /** Judgements that nothing waits for until the end of a preview. */
  private readonly open: Promise<unknown>[] = [];

  constructor(
    private readonly run: EngineRun,
    private readonly reporter: Reporter,
    private readonly guard: RunGuard,
  ) {}

  /**
   * Starts the packs, beside whatever else starts.
   * @param engine the engine's own address
   */
  start(engine: string): void {
    const { policyPacks = [], operation } = this.run;
    const folders = operation === "destroy" ? [] : policyPacks;
    const onLine = (line: string): void => this.reporter.log("info", line);
    this.packs = folders.map((folder) => PolicyPack.start(folder, this.run, engine, onLine));
    for (const pack of this.packs) pack.catch((error: unknown) => this.fail(error));
  }

  /** Judges a resource by its inputs. Throws {@link PolicyRefusal} in an update. */
  async judge(subject: Subject): Promise<void> {
    if (this.packs.length === 0) return;
    const verdict = this.ask((pack) => pack.analyze(subject));
    if (this.run.operation === "preview") {
      this.open.push(verdict);
      return;
    }
    const refused = (await verdict).filter(({ level }) => level === "mandatory");
    if (refused.length === 0) return;
    throw new PolicyRefusal(`refused by ${refused.map(({ policy }) => policy).join(", ")}`);
  }

  /** Judges the stack, once everything else is done. */
  async judgeStack(subjects: readonly Subject[], root: string): Promise<void> {
    await Promise.all(this.open);
    if (this.packs.length > 0) await this.ask((pack) => pack.analyzeStack(subjects, root));
  }

  /** Never rejects: a pack that fails ends the run. */
  private async ask(question: (pack: PolicyPack) => Promise<Violation[]>): Promise<Violation[]> {
    try {
      const packs = await Promise.all(this.packs);
      const violations = (await Promise.all(packs.map(question))).flat();
      for (const violation of violations) this.reporter.violation(violation);
      return violations;
    } catch (error) {
      this.fail(error);
      return [];
    }
  }

  private fail(error: unknown): void {
    this.guard.end(error instanceof Error ? error.message : String(error));
  }

  async close(): Promise<void> {
    await Promise.all(this.open);
    const packs = await Promise.allSettled(this.packs);
    const started = packs.flatMap((pack) => (pack.status === "fulfilled" ? [pack.value] : []));
    await Promise.all(started.map((pack) => pack.stop()));
  }
}
