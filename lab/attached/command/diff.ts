/** What differs between two sets of inputs, in the words of the engine's protocol. */
import { PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import { isDeepStrictEqual } from "node:util";
import { isProperties, isSecret, type Properties, type Value } from "../../grpc/values";

const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE } = PropertyDiff.Kind;

/** Inputs whose coming or going makes another resource; a change within is the engine's to judge, as the SDK tells it. */
const REPLACING = ["triggers"];

/** Each path that differs, by how. A secret differs as a whole; one that is no longer secret does, too. */
export function differences(before: Properties, after: Properties): Map<string, PropertyDiff.Kind> {
  const found = members(before, own(after), (key) => (WORD.test(key) ? key : `["${key}"]`));
  return new Map(found.map(([path, kind]) => [path, REPLACING.includes(path) ? replacing(kind) : kind]));
}

type Found = [path: string, kind: PropertyDiff.Kind];

const WORD = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** Without what the engine adds for itself. */
function own(inputs: Properties): Properties {
  return Object.fromEntries(
    Object.entries(inputs).filter(([key]) => key !== "version" && !key.startsWith("__")),
  );
}

function members(before: Properties, after: Properties, pathOf: (key: string) => string): Found[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => compare(pathOf(key), before[key] ?? null, after[key] ?? null));
}

function compare(path: string, before: Value, after: Value): Found[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (before === null) return [[path, ADD]];
  if (after === null) return [[path, DELETE]];
  if (Array.isArray(before) && Array.isArray(after)) {
    return members(
      Object.fromEntries(before.entries()),
      Object.fromEntries(after.entries()),
      (index) => `${path}[${index}]`,
    );
  }
  if (isNested(before) && isNested(after)) {
    return members(before, after, (key) => (WORD.test(key) ? `${path}.${key}` : `${path}["${key}"]`));
  }
  return [[path, UPDATE]];
}

const isNested = (value: Value): value is Properties => isProperties(value) && !isSecret(value);

function replacing(kind: PropertyDiff.Kind): PropertyDiff.Kind {
  if (kind === ADD) return ADD_REPLACE;
  return kind === DELETE ? DELETE_REPLACE : kind;
}
