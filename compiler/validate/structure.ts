import Ajv, { type ErrorObject, type ValidateFunction } from "ajv";
import groups from "../../policy/schema/groups.schema.json";
import inventory from "../../policy/schema/inventory.schema.json";
import networks from "../../policy/schema/networks.schema.json";
import people from "../../policy/schema/people.schema.json";
import region from "../../policy/schema/region.schema.json";
import tests from "../../policy/schema/tests.schema.json";
import type { Path, Source } from "../source/source";
import { quoted, suggestion } from "./nearest";
import type { Report } from "./report";

const SCHEMAS = { groups, people, networks, tests, inventory, region } as const;

export type DocumentKind = keyof typeof SCHEMAS;

/** The keyword by which VS Code says what a pattern means; see its settings for JSON schemas. */
const PATTERN_MESSAGE = "patternErrorMessage";
const ERROR_MESSAGE = "errorMessage";
/** Marks what no message repeats. */
const SENSITIVE = "sensitive";

const compiled = new Map<DocumentKind, ValidateFunction>();

function validator(kind: DocumentKind): ValidateFunction {
  const known = compiled.get(kind);
  if (known !== undefined) return known;
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    ownProperties: true,
    allowUnionTypes: true,
    strictRequired: false,
    // A test checks the schemas; at each start that would cost more than all else here.
    validateSchema: false,
  });
  ajv.addVocabulary([PATTERN_MESSAGE, ERROR_MESSAGE, SENSITIVE]);
  const validate = ajv.compile(SCHEMAS[kind]);
  compiled.set(kind, validate);
  return validate;
}

/** Checks a document against its JSON Schema; every wrong shape goes to the report in plain words. */
export function checkStructure(kind: DocumentKind, source: Source, report: Report): void {
  const validate = validator(kind);
  if (validate(source.value)) return;
  for (const error of validate.errors ?? []) {
    const finding = explain(error);
    if (finding === undefined) continue;
    const path = [...toPath(error.instancePath, source.value), ...(finding.below ?? [])];
    report.shape(source, path, finding.message, { part: finding.part, misshapen: finding.misshapen ?? true });
  }
}

interface Finding {
  message: string;
  /** Steps from where the schema complained to what is wrong. */
  below?: Path;
  part?: "key" | "value";
  /** False where more may be said of the value: something in it is missing, and the rest may be wrong too. */
  misshapen?: boolean;
}

function explain(error: ErrorObject): Finding | undefined {
  // A choice of shapes speaks for its branches.
  if (error.schemaPath.includes("/oneOf/")) return undefined;
  switch (error.keyword) {
    case "propertyNames":
      return undefined;
    case "required":
      return missing(error);
    case "additionalProperties":
      return unknownKey(error);
    case "uniqueItems": {
      const index = Math.max(Number(error.params["i"]), Number(error.params["j"]));
      return { message: `${quoted(at(error.data, index))} is listed twice`, below: [index] };
    }
    case "pattern":
      return pattern(error);
    case "oneOf":
      return { message: message(error), misshapen: false };
    default:
      return { message: message(error) };
  }
}

function missing(error: ErrorObject): Finding {
  const name = String(error.params["missingProperty"]);
  const meaning = annotation(at(at(error.parentSchema, "properties"), name), "description");
  const hint = meaning === undefined ? "" : ` (${firstSentence(meaning)})`;
  return { message: `${quoted(name)} is missing${hint}`, misshapen: false };
}

/** Without its full stop, and fit for the middle of another. */
function firstSentence(text: string): string {
  const [sentence = ""] = text.split(/\.(?: |$)/, 1);
  return /^[A-Z][a-z]/.test(sentence) ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence;
}

function unknownKey(error: ErrorObject): Finding {
  const name = String(error.params["additionalProperty"]);
  const properties = at(error.parentSchema, "properties");
  const known = typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  return {
    message: `unknown key ${quoted(name)}${suggestion(name, known.filter(isForPeople))}`,
    below: [name],
    part: "key",
  };
}

/** Not `$schema`, which editors write. */
function isForPeople(key: string): boolean {
  return !key.startsWith("$");
}

function pattern(error: ErrorObject): Finding {
  const rule = annotation(error.parentSchema, PATTERN_MESSAGE) ?? `it must match ${String(error.schema)}`;
  const text = `${quoted(error.data)} is not valid: ${rule}`;
  if (error.propertyName === undefined) return { message: text };
  return {
    message: `${quoted(error.propertyName)} is not valid: ${rule}`,
    below: [error.propertyName],
    part: "key",
  };
}

function message(error: ErrorObject): string {
  if (at(error.parentSchema, SENSITIVE) === true)
    return annotation(error.parentSchema, ERROR_MESSAGE) ?? "is wrong";
  const value = quoted(error.data);
  switch (error.keyword) {
    case "type":
      return `must be ${kinds(error.schema)}, and is ${value}`;
    case "enum": {
      const allowed = Array.isArray(error.schema) ? error.schema.map(String) : [];
      const hint = typeof error.data === "string" ? suggestion(error.data, allowed) : "";
      return `must be one of ${allowed.map(quoted).join(", ")}, and is ${value}${hint.startsWith("; did") ? hint : ""}`;
    }
    case "minimum":
    case "maximum":
      return `${value} is outside ${String(at(error.parentSchema, "minimum"))} to ${String(at(error.parentSchema, "maximum"))}`;
    case "minItems":
      return "must not be empty";
    case "maxItems":
      return `has more than ${String(error.schema)} entries`;
    case "minLength":
      return "must not be empty";
    case "maxLength":
      return `is longer than ${String(error.schema)} characters`;
    default:
      return annotation(error.parentSchema, ERROR_MESSAGE) ?? `${error.message ?? error.keyword} (${value})`;
  }
}

const KIND_NAMES: Record<string, string> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

function kinds(schema: unknown): string {
  const names = Array.isArray(schema) ? schema.map(String) : [String(schema)];
  return names.map((name) => KIND_NAMES[name] ?? name).join(" or ");
}

function at(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

function annotation(schema: unknown, keyword: string): string | undefined {
  const value = at(schema, keyword);
  return typeof value === "string" ? value : undefined;
}

/** From a JSON pointer (RFC 6901) to a path; steps into lists are numbers. */
function toPath(pointer: string, root: unknown): Path {
  const path: (string | number)[] = [];
  let value = root;
  for (const raw of pointer.split("/").slice(1)) {
    const key = raw.replaceAll("~1", "/").replaceAll("~0", "~");
    const step = Array.isArray(value) ? Number(key) : key;
    path.push(step);
    value = at(value, step);
  }
  return path;
}
