import type { Group, Network, Person, Policy, ServiceAccount, Team } from "../model";
import type { Checked } from "../problem";
import { parseJson } from "../source/json";
import type { Source } from "../source/source";
import { Cursor } from "../validate/cursor";
import { Unique } from "../validate/names";
import { Report } from "../validate/report";
import { checkStructure, type DocumentKind } from "../validate/structure";
import { readGroups } from "./groups";
import { namesOf, type KnownNames } from "./names";
import { readNetworks } from "./networks";
import { readPeople, readServiceAccounts, readTeams } from "./people";
import { readTests } from "./tests";

const KINDS = ["groups", "people", "networks", "tests"] as const;

/** The texts of a policy's folder. */
export interface PolicyTexts {
  /** As the person named it; files are shown as `FOLDER/groups.json`. */
  folder: string;
  /** By file name: groups.json, people.json, networks.json and, if there is one, tests.json. */
  files: ReadonlyMap<string, string>;
}

/** The policy's files as they were read, to point into. */
export type PolicySources = ReadonlyMap<DocumentKind, Source>;

/** What could be read of a policy, even if it is not right. */
export interface PolicyDraft {
  policy: Policy;
  sources: PolicySources;
  known: KnownNames;
}

/** Reads and checks a whole policy: every problem of all its files at once. */
export function loadPolicy(texts: PolicyTexts): Checked<Policy> {
  const report = new Report();
  const { policy } = draftPolicy(texts, report);
  const problems = report.sorted();
  return report.hasErrors() ? { ok: false, problems } : { ok: true, value: policy, problems };
}

/** As `loadPolicy`, with the problems in a report that others add to. */
export function draftPolicy(texts: PolicyTexts, report: Report): PolicyDraft {
  const groups = open(texts, "groups", report);
  const people = open(texts, "people", report);
  const networks = open(texts, "networks", report);
  const tests = texts.files.has("tests.json") ? open(texts, "tests", report) : undefined;
  const known: KnownNames = {
    groups: namesOf(groups?.field("groups")),
    teams: namesOf(people?.field("teams")),
    people: namesOf(people?.field("people")),
    serviceAccounts: serviceAccountsOf(people),
    networks: namesOf(networks?.field("networks")),
    environments: groups?.has("environments") ? new Set(groups.field("environments").texts()) : undefined,
  };
  const uids = new Unique<number>("uid");
  const policy: Policy = {
    groups: groups === undefined ? new Map<string, Group>() : readGroups(groups, known),
    teams: people === undefined ? new Map<string, Team>() : readTeams(people),
    people: people === undefined ? new Map<string, Person>() : readPeople(people, known.teams, uids),
    serviceAccounts:
      people === undefined ? new Map<string, ServiceAccount>() : readServiceAccounts(people, known, uids),
    networks: networks === undefined ? new Map<string, Network>() : readNetworks(networks),
    tests: tests === undefined ? [] : readTests(tests, known),
    environments: known.environments,
  };
  const documents = { groups, people, networks, tests };
  const sources = new Map(
    KINDS.flatMap((kind): [DocumentKind, Source][] => {
      const source = documents[kind]?.source;
      return source === undefined ? [] : [[kind, source]];
    }),
  );
  return { policy, sources, known };
}

/** The document of one file, its shape checked; undefined where it is missing or cannot be read. */
function open(texts: PolicyTexts, kind: DocumentKind, report: Report): Cursor | undefined {
  const name = `${kind}.json`;
  const file = `${texts.folder}/${name}`;
  const text = texts.files.get(name);
  if (text === undefined) {
    report.add([{ severity: "error", file, path: "", message: "the file is missing or cannot be read" }]);
    return undefined;
  }
  const { source, problems } = parseJson(file, text);
  report.add(problems);
  if (source === undefined) return undefined;
  checkStructure(kind, source, report);
  return new Cursor(report, source, source.value);
}

/** Unlike teams and people, they may be left out, and then there are none. */
function serviceAccountsOf(people: Cursor | undefined): ReadonlySet<string> | undefined {
  return people?.has("serviceAccounts") === false ? new Set() : namesOf(people?.field("serviceAccounts"));
}
