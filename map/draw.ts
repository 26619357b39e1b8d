import type { DecidedStack } from "../compiler/check/stack";
import { mapByGroup } from "./by-group";
import { mapByHost } from "./by-host";
import { dotOf } from "./dot";
import type { MapGraph, View } from "./graph";
import { layOut } from "./layout";
import { whyNotDrawn } from "./limits";
import { htmlPage, type Sheet } from "./page/html";
import { svgFile, type Subject } from "./svg-file";

/** A stack by its name, with all that is decided for it. */
export interface NamedStack extends DecidedStack {
  name: string;
}

/** A text, or why it can't be had and what can be done instead. */
export type Drawn = { text: string; missing?: string } | { refused: string };

/** One map as DOT or SVG. */
export async function drawMap(stack: NamedStack, view: View, format: "dot" | "svg"): Promise<Drawn> {
  const graph = graphOf(stack, view);
  const refused = whyNotDrawn(graph, stack.model.hosts.size);
  if (refused !== undefined) return { refused };
  const dot = dotOf(graph, stack);
  return { text: format === "dot" ? dot : svgFile(graph, await layOut(graph, dot), subjectOf(stack)) };
}

/** Both maps in one page; where one is too large, the other alone, and `missing` says why. */
export async function drawPage(stack: NamedStack, opensWith: View): Promise<Drawn> {
  const sheets: Sheet[] = [];
  const missing: Partial<Record<View, string>> = {};
  for (const view of ["group", "host"] as const) {
    const graph = graphOf(stack, view);
    const refused = whyNotDrawn(graph, stack.model.hosts.size);
    if (refused === undefined) sheets.push({ graph, layout: await layOut(graph, dotOf(graph, stack)) });
    else missing[view] = refused;
  }
  const [first] = sheets;
  const reasons = Object.values(missing);
  if (first === undefined) return { refused: reasons.join("; ") };
  const view = missing[opensWith] === undefined ? opensWith : first.graph.view;
  const text = htmlPage({ subject: subjectOf(stack), sheets, opensWith: view, missing });
  return { text, ...(reasons.length === 0 ? {} : { missing: reasons.join("; ") }) };
}

function graphOf(stack: NamedStack, view: View): MapGraph {
  return view === "group" ? mapByGroup(stack) : mapByHost(stack);
}

function subjectOf({ name, inventory, model }: NamedStack): Subject {
  return {
    stack: name,
    environment: inventory.environment,
    region: inventory.region,
    hosts: model.hosts.size,
  };
}
