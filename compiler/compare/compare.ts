import type { DecidedStack } from "../check/stack";
import { wording } from "../check/flow-test";
import type { PolicyTest } from "../model";
import { sortedUnique } from "../text";
import type { Change, Comparison } from "./change";
import { classesOf } from "./classes";
import { flowsBeyond } from "./flows";
import { networksBeyond } from "./networks";
import { keysBeyond, loginsBeyond } from "./people";
import { addressesOf, cidrsOf, minus } from "./ranges";

/** A stack as it is on both sides. */
export interface StackPair {
  stack: string;
  base: DecidedStack;
  head: DecidedStack;
}

/** What the hosts, networks and people of stacks can do on one side and not on the other, and which tests changed. */
export function compare(pairs: readonly StackPair[]): Comparison {
  const stacks = pairs.map(({ stack, base, head }) => ({
    stack,
    gained: accessBeyond(head, base),
    lost: accessBeyond(base, head),
  }));
  const [before, after] = [testsOf(pairs, "base"), testsOf(pairs, "head")];
  return {
    widens: stacks.some(({ gained }) => gained.length > 0),
    stacks,
    tests: {
      removed: before.filter((test) => !after.includes(test)),
      added: after.filter((test) => !before.includes(test)),
    },
  };
}

/** All access of a stack that another, of the same name on the other side, has not. */
function accessBeyond(stack: DecidedStack, other: DecidedStack): Change[] {
  const classes = classesOf(stack, other);
  const failsafe = minus(addressesOf(stack.model.failsafe), addressesOf(other.model.failsafe));
  const ranges = cidrsOf(failsafe);
  return [
    ...(ranges.length === 0 ? [] : [{ kind: "failsafe" as const, ranges }]),
    ...networksBeyond(classes, { own: stack.model.fleet, other: other.model.fleet }),
    ...flowsBeyond(classes),
    ...loginsBeyond(stack.model, other.model),
    ...keysBeyond(stack, other),
  ];
}

function testsOf(pairs: readonly StackPair[], side: "base" | "head"): string[] {
  return sortedUnique(pairs.flatMap((pair) => pair[side].policy.tests.map(describeTest)));
}

function describeTest(test: PolicyTest): string {
  const command = test.kind === "flow" || test.command === undefined ? "" : ` for "${test.command}"`;
  const about = test.kind === "flow" ? wording(test) : `"${test.person}" on "${test.group}"${command}`;
  return `${about}: ${test.expect}${test.environment === undefined ? "" : ` in ${test.environment}`}`;
}
