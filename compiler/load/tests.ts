import type { PolicyTest } from "../model";
import type { Cursor } from "../validate/cursor";
import { ALL, NETWORK_PREFIX } from "../words";
import { readCommand } from "./logins";
import { readNetworkSource, readPort } from "./groups";
import { reference, type KnownNames } from "./names";

/** The policy tests of tests.json; each speaks of things that exist. */
export function readTests(document: Cursor, names: KnownNames): PolicyTest[] {
  const known: KnownNames = { ...names, groups: names.groups && new Set([...names.groups, ALL]) };
  return document
    .field("tests")
    .items()
    .flatMap((test) => {
      const environment = reference(test.field("environment"), "environment", known.environments);
      const about = readFlowTest(test, known) ?? readLoginTest(test, known);
      if (about === undefined) return [];
      return [{ ...about, path: test.describe(), ...(environment === undefined ? {} : { environment }) }];
    });
}

type About<K extends PolicyTest["kind"]> = Omit<Extract<PolicyTest, { kind: K }>, "path" | "environment">;

function readFlowTest(test: Cursor, known: KnownNames): About<"flow"> | undefined {
  const from = readFrom(test.field("from"), known);
  const to = reference(test.field("to"), "group", known.groups);
  const port = readPort(test.field("port"));
  const expect = test.field("expect").text();
  if (from === undefined || to === undefined || port === undefined) return undefined;
  return expect === "allow" || expect === "deny" ? { kind: "flow", from, to, port, expect } : undefined;
}

function readFrom(cursor: Cursor, known: KnownNames): About<"flow">["from"] | undefined {
  const text = cursor.text();
  if (text?.startsWith(NETWORK_PREFIX) === true) {
    return readNetworkSource(cursor, text.slice(NETWORK_PREFIX.length), known);
  }
  const group = reference(cursor, "group", known.groups);
  return group === undefined ? undefined : { kind: "group", group };
}

function readLoginTest(test: Cursor, known: KnownNames): About<"login"> | undefined {
  const group = reference(test.field("group"), "group", known.groups);
  const person = reference(test.field("person"), "person", known.people);
  const expect = test.field("expect").text();
  if (group === undefined || person === undefined) return undefined;
  if (expect !== "none" && expect !== "login" && expect !== "sudo") return undefined;
  const command = readCommand(test.field("command"));
  return { kind: "login", person, group, expect, ...(command === undefined ? {} : { command }) };
}
