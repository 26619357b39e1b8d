import { decideGroups } from "../decide/accepts";
import { decide } from "../decide/decide";
import type { Stack } from "../load/stack";
import type { Grant, Group, PolicyTest } from "../model";
import type { RuleContext } from "../rules/context";
import type { Place } from "../rules/place";
import { compareText, sortedUnique } from "../text";
import { portsOverlap } from "../validate/port";
import { ALL } from "../words";
import { deletionsIn, type Deletion, type GivingEntry } from "./deletions";
import { failureOf } from "./tests";

/** How much of a policy its tests watch over. */
export interface Coverage {
  /** How many entries were deleted, each in turn. */
  rules: number;
  /** Those that no test missed, by file and line. */
  missed: GivingEntry[];
}

/**
 * Deletes each source and each port of a service and each login in turn, and finds those that no test misses: in no
 * environment that the policy lists or that one of the stacks has. What has ended is not counted.
 * @param stacks right, their tests too; those whose policy is in the same file share it
 * @param today ISO date
 */
export function coverageOf(stacks: readonly Stack[], today: string): Coverage {
  const byFile = new Map<string, Stack[]>();
  for (const stack of stacks) {
    const file = stack.sources.get("groups")?.file ?? "";
    byFile.set(file, [...(byFile.get(file) ?? []), stack]);
  }
  const found = [...byFile.values()].map((sharing) => ofPolicy(sharing, today));
  return {
    rules: found.reduce((sum, { rules }) => sum + rules, 0),
    missed: found.flatMap(({ missed }) => missed).sort(comparePlaces),
  };
}

function ofPolicy(stacks: readonly Stack[], today: string): Coverage {
  const [stack] = stacks;
  if (stack === undefined) return { rules: 0, missed: [] };
  const environments = sortedUnique([
    ...(stack.policy.environments ?? []),
    ...stacks.map(({ inventory }) => inventory.environment),
  ]);
  const watches = environments.map((environment) => watchIn(environment, stack, today));
  const deletions = [...stack.policy.groups.values()].flatMap((group) =>
    deletionsIn(withoutEnded(group, today), stack.sources),
  );
  return {
    rules: deletions.length,
    missed: deletions
      .filter((deletion) => !watches.some((watch) => notices(watch, deletion)))
      .map(({ entry }) => entry),
  };
}

function withoutEnded(group: Group, today: string): Group {
  const stands = ({ until }: Grant) => until === undefined || today < until;
  return { ...group, services: group.services.filter(stands), logins: group.logins.filter(stands) };
}

/** The tests that hold in one environment. */
interface Watch {
  context: RuleContext;
  /** By the group that they speak of. */
  tests: Map<string, PolicyTest[]>;
}

/**
 * What a test needs there to be, it needs in the policy: hosts play a part only in what must not be. So none is
 * looked at, and an environment without a stack counts as well.
 */
function watchIn(environment: string, stack: Stack, today: string): Watch {
  const inventory = { ...stack.inventory, environment, hosts: [], isolated: [] };
  const model = decide(stack.policy, inventory, today);
  const context: RuleContext = { ...stack, inventory, model, occasion: { environment, today } };
  const tests = new Map<string, PolicyTest[]>();
  for (const test of stack.policy.tests) {
    if (test.environment !== undefined && test.environment !== environment) continue;
    if (failureOf(test, context) !== undefined) continue;
    const group = test.kind === "flow" ? test.to : test.group;
    tests.set(group, [...(tests.get(group) ?? []), test]);
  }
  return { context, tests };
}

function notices({ context, tests }: Watch, deletion: Deletion): boolean {
  const { rest } = deletion;
  const ofGroup = rest.name === ALL ? [...tests.values()].flat() : (tests.get(rest.name) ?? []);
  const concerned = ofGroup.filter((test) => concerns(deletion, test));
  if (concerned.length === 0) return false;
  const groups = new Map([[rest.name, rest]]);
  const decided = decideGroups({ ...context.policy, groups }, new Map(), context.occasion);
  const after: RuleContext = {
    ...context,
    policy: { ...context.policy, groups: new Map([...context.policy.groups, ...groups]) },
    model: { ...context.model, groups: new Map([...context.model.groups, ...decided]) },
  };
  return concerned.some((test) => failureOf(test, after) !== undefined);
}

/** Whether a test looks at what loses something. */
function concerns({ ports }: Deletion, test: PolicyTest): boolean {
  if (test.kind === "login") return ports === undefined;
  return ports?.some((port) => portsOverlap(port, test.port)) === true;
}

function comparePlaces(a: Place, b: Place): number {
  return (
    compareText(a.file, b.file) ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    compareText(a.path, b.path)
  );
}

/** `2 of 25 rules would be missed by no test`. */
export function coverageSummary({ rules, missed }: Coverage): string {
  return `${missed.length} of ${rules} ${rules === 1 ? "rule" : "rules"} would be missed by no test`;
}
