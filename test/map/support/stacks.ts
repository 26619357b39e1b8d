import assert from "node:assert/strict";
import type { DecidedStack } from "../../../compiler/check/stack";
import { decide } from "../../../compiler/decide/decide";
import { loadStack } from "../../../compiler/load/stack";
import { formatProblem, type Checked } from "../../../compiler/problem";
import { readStack } from "../../../compiler/read";
import { inventoryFromValues } from "../../../compiler/source/stack";
import type { MapGraph } from "../../../map/graph";
import { checkAfter, TODAY, type Edit } from "../../compiler/support/sample";
import { inventoryValues, policyTexts, type World } from "../../compiler/support/world";
import { ROOT } from "./written";

/** One of this repository's own stacks. */
export function ownStack(name: string): DecidedStack {
  return right(readStack(ROOT, name, TODAY));
}

/** The sample with changes. */
export function sampleStack(...edits: Edit[]): DecidedStack {
  return right(checkAfter(TODAY, ...edits));
}

/** A random world's stack. */
export function worldStack(world: World): DecidedStack {
  const stack = right(
    loadStack({
      policy: { folder: "policy", files: policyTexts(world) },
      inventory: inventoryFromValues("stack", inventoryValues(world)),
    }),
  );
  return { siblings: [], ...stack, model: decide(stack.policy, stack.inventory, TODAY) };
}

function right<T>(checked: Checked<T>): T {
  assert.ok(checked.ok, checked.problems.map(formatProblem).join("\n"));
  return checked.value;
}

/** `from to path` for every pair of hosts, or of a network and a host, that a map by host shows. */
export function shownPairs({ nodes, lines, rules }: MapGraph): string[] {
  const names = new Map(
    nodes.map(({ id, kind, title, hosts }) => [id, kind === "network" ? [title] : hosts]),
  );
  return lines
    .flatMap((line) =>
      line.rules.flatMap((index) =>
        (names.get(line.from) ?? []).flatMap((from) =>
          (names.get(line.to) ?? []).flatMap((to) =>
            from === to ? [] : [`${from} ${to} ${rules[index]?.path ?? ""}`],
          ),
        ),
      ),
    )
    .sort();
}
