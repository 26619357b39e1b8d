import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunningHosts } from "../lab/hosts";

const SCRIPT = readFileSync(join(__dirname, "state.sh"), "utf8");

/** What counts of a host, by part; without what a tool or the kernel chose by itself. */
export type HostState = Map<string, string[]>;

/** How hosts are, by name. */
export type FleetState = Map<string, HostState>;

export async function readState(hosts: RunningHosts): Promise<FleetState> {
  const texts = await hosts.onEach("sh -s", SCRIPT);
  return new Map([...texts].map(([name, text]) => [name, parseState(text)]));
}

/** @throws if the text was cut off */
export function parseState(text: string): HostState {
  const state: HostState = new Map();
  let lines: string[] = [];
  for (const line of text.split("\n")) {
    const part = /^=== (.*)$/.exec(line)?.[1];
    if (part !== undefined) state.set(part, (lines = []));
    else if (line !== "") lines.push(line);
  }
  if (!state.delete("end")) throw new Error("what a host told of itself was cut off");
  for (const [part, found] of state) state.set(part, normalise(part, found));
  return state;
}

/** Parts whose order says nothing. */
const UNORDERED = new Set(["sets", "certificates", "homes"]);

function normalise(part: string, lines: readonly string[]): string[] {
  if (part === "connections") return blocks(lines);
  const plain = lines.flatMap((line) => (line.startsWith("#") ? [] : [withoutChoices(part, line)]));
  return UNORDERED.has(part) ? plain.sort() : plain;
}

/** A line without counters, generations of sets, sizes of hashes, and what a key's number is. */
function withoutChoices(part: string, line: string): string {
  const tidy = line.replace(/ +$/, "");
  if (part.startsWith("rules.")) {
    return tidy.replace(/ \[\d+:\d+\]$/, "").replace(/(--match-set \S+\.[46])\.[abc] /g, "$1 ");
  }
  if (part === "sets") {
    return tidy
      .replace(/^(create|add) (\S+\.[46])\.[abc] /, "$1 $2 ")
      .replace(/ (hashsize|bucketsize|initval|maxelem) \S+/g, "");
  }
  if (part === "groups") {
    const [name, password, gid, members = ""] = tidy.split(":");
    return [name, password, gid, members.split(",").sort().join(",")].join(":");
  }
  return tidy;
}

/** A connection with its lines that are indented below it, each as one; charon tells them in no order. */
function blocks(lines: readonly string[]): string[] {
  const found: string[] = [];
  for (const line of lines) {
    if (/^\s/.test(line) && found.length > 0) found.push(`${found.pop()}\n${line}`);
    else found.push(line);
  }
  return found.sort();
}

/** A line for each part of a host that is not the same in both. */
export function differences(one: FleetState, other: FleetState): string[] {
  const names = [...new Set([...one.keys(), ...other.keys()])].sort();
  return names.flatMap((name) => {
    const [here, there] = [one.get(name), other.get(name)];
    if (here === undefined || there === undefined) return [`${name}: only one side has it`];
    return [...new Set([...here.keys(), ...there.keys()])].flatMap((part) =>
      partDifference(name, part, here.get(part) ?? [], there.get(part) ?? []),
    );
  });
}

function partDifference(name: string, part: string, here: string[], there: string[]): string[] {
  const index = here.findIndex((line, at) => line !== there[at]);
  const at = index === -1 && there.length > here.length ? here.length : index;
  if (at === -1) return [];
  return [`${name}: ${part}: ${here[at] ?? "nothing"} | ${there[at] ?? "nothing"}`];
}

/** Parts that are empty on a host where they must not be: a comparison of nothing with nothing would succeed. */
export function emptyParts(state: FleetState): string[] {
  return [...state].flatMap(([name, parts]) =>
    [...parts].flatMap(([part, lines]) => (lines.length === 0 ? [`${name}: ${part}`] : [])),
  );
}
