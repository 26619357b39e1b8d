/** The inputs of `command:remote:Command` and `command:local:Command`, checked and read. */
import type { Checked, CheckFailure } from "./providers/provider";
import {
  hasUnknown,
  isProperties,
  mapProperties,
  type Properties,
  reveal,
  Secret,
  Unknown,
  type Value,
  withoutSecrets,
} from "./values";

export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

const LOGGINGS = ["stdout", "stderr", "stdoutAndStderr", "none"];

type Kind =
  | "string"
  | "number"
  | "integer"
  | "boolean"
  | "strings"
  | "texts"
  | "list"
  | "logging"
  | "connection"
  | "proxy";

/** Property → what it must be; `!` marks what is required. */
type Shape = Record<string, Kind | `${Kind}!`>;

const COMMON: Shape = {
  create: "string",
  update: "string",
  delete: "string",
  stdin: "string",
  environment: "texts",
  triggers: "list",
  logging: "logging",
  addPreviousOutputInEnv: "boolean",
};

const REMOTE: Shape = { ...COMMON, connection: "connection!" };

const LOCAL: Shape = { ...COMMON, dir: "string", interpreter: "strings" };

const HOP: Shape = {
  host: "string!",
  port: "number",
  user: "string",
  password: "string",
  privateKey: "string",
  privateKeyPassword: "string",
  hostKey: "string",
  agentSocketPath: "string",
  dialErrorLimit: "integer",
  perDialTimeout: "integer",
};

const CONNECTION: Shape = { ...HOP, proxy: "proxy" };

const HOP_DEFAULTS: Properties = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };

const HOP_SECRETS = new Set(["password", "privateKey", "privateKeyPassword"]);

/** Checks a command's inputs, fills in the connection's defaults and marks its keys secret. */
export function checkCommand(where: "remote" | "local", news: Properties): Checked {
  const failures = checkShape(where === "remote" ? REMOTE : LOCAL, news, "");
  if (failures.length > 0 || where === "local") return { inputs: news, failures };
  return {
    inputs: mapProperties(news, (value, name) => (name === "connection" ? connectionDefaults(value) : value)),
    failures: [],
  };
}

function connectionDefaults(value: Value): Secret {
  const inner = reveal(value);
  return new Secret(isProperties(inner) ? hopDefaults(inner) : inner);
}

function hopDefaults(hop: Properties): Properties {
  return mapProperties({ ...HOP_DEFAULTS, ...hop }, (value, name) => {
    if (HOP_SECRETS.has(name) && !(value instanceof Secret)) return new Secret(value);
    const inner = reveal(value);
    return name === "proxy" && isProperties(inner) ? hopDefaults(inner) : value;
  });
}

/** Names properties only, never values: a misplaced private key must not end up in a message. */
function checkShape(shape: Shape, properties: Properties, at: string): CheckFailure[] {
  const strangers = Object.keys(properties)
    .filter((name) => !Object.hasOwn(shape, name))
    .map((name) => ({ property: at + name, reason: "there is no such property" }));
  const wrong = Object.entries(shape).flatMap(([name, kind]) => {
    const value = reveal(properties[name]);
    if (value === undefined || value === null) {
      return kind.endsWith("!") ? [{ property: at + name, reason: "it is required" }] : [];
    }
    return value instanceof Unknown ? [] : checkKind(kind.replace("!", ""), value, at + name);
  });
  return [...strangers, ...wrong];
}

function checkKind(kind: string, value: Value, property: string): CheckFailure[] {
  const must = (good: boolean, what: string): CheckFailure[] =>
    good ? [] : [{ property, reason: `it must be ${what}` }];
  const isText = (item: Value): boolean => {
    const inner = reveal(item);
    return typeof inner === "string" || inner instanceof Unknown;
  };
  switch (kind) {
    case "string":
      return must(typeof value === "string", "a string");
    case "number":
      return must(typeof value === "number", "a number");
    case "integer":
      return must(typeof value === "number" && Number.isInteger(value), "a whole number");
    case "boolean":
      return must(typeof value === "boolean", "true or false");
    case "strings":
      return must(Array.isArray(value) && value.every(isText), "a list of strings");
    case "texts":
      return must(isProperties(value) && Object.values(value).every(isText), "a map of strings");
    case "list":
      return must(Array.isArray(value), "a list");
    case "logging":
      return must(typeof value === "string" && LOGGINGS.includes(value), `one of ${LOGGINGS.join(", ")}`);
    default:
      if (!isProperties(value)) return must(false, "an object");
      return checkShape(kind === "proxy" ? HOP : CONNECTION, value, `${property}.`);
  }
}

/** What running a command needs to know, whether remote or local. */
export interface CommandInputs {
  create: string | undefined;
  update: string | undefined;
  delete: string | undefined;
  stdin: string | undefined;
  environment: Record<string, string>;
  logging: Logging;
  addPreviousOutputInEnv: boolean;
}

/** Reads checked inputs. Throws on unknowns, which an update never has. */
export function readCommand(inputs: Properties): CommandInputs {
  if (hasUnknown(inputs)) throw new Error("an input is not known");
  const plain = mapProperties(inputs, withoutSecrets);
  return {
    create: optionalText(plain, "create"),
    update: optionalText(plain, "update"),
    delete: optionalText(plain, "delete"),
    stdin: optionalText(plain, "stdin"),
    environment: texts(plain.environment),
    logging: loggingOf(plain.logging),
    addPreviousOutputInEnv: plain.addPreviousOutputInEnv !== false,
  };
}

function loggingOf(value: Value | undefined): Logging {
  return value === "stdout" || value === "stderr" || value === "none" ? value : "stdoutAndStderr";
}

export interface Hop {
  host: string;
  port: number;
  user: string;
  password: string | undefined;
  privateKey: string | undefined;
  privateKeyPassword: string | undefined;
  /** OpenSSH public key; undefined accepts any. */
  hostKey: string | undefined;
  agentSocketPath: string | undefined;
  /** Failures allowed before giving up; -1 for no limit. */
  dialErrorLimit: number;
  /** Seconds for each try to open the TCP connection; 0 for no limit. */
  perDialTimeout: number;
}

export interface Connection extends Hop {
  proxy: Hop | undefined;
}

export function readConnection(inputs: Properties): Connection {
  const connection = inputs.connection === undefined ? null : withoutSecrets(inputs.connection);
  if (!isProperties(connection)) throw new Error("connection is not known");
  const { proxy } = connection;
  return {
    ...readHop(connection),
    proxy: isProperties(proxy ?? null) ? readHop(asProperties(proxy)) : undefined,
  };
}

function readHop(hop: Properties): Hop {
  const number = (name: string): number => {
    const value = hop[name] ?? HOP_DEFAULTS[name];
    return typeof value === "number" ? value : 0;
  };
  return {
    host: optionalText(hop, "host") ?? "",
    port: number("port"),
    user: optionalText(hop, "user") ?? "root",
    password: optionalText(hop, "password"),
    privateKey: optionalText(hop, "privateKey"),
    privateKeyPassword: optionalText(hop, "privateKeyPassword"),
    hostKey: optionalText(hop, "hostKey"),
    agentSocketPath: optionalText(hop, "agentSocketPath"),
    dialErrorLimit: number("dialErrorLimit"),
    perDialTimeout: number("perDialTimeout"),
  };
}

function asProperties(value: Value | undefined): Properties {
  return value !== undefined && isProperties(value) ? value : {};
}

function optionalText(properties: Properties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === "string" ? value : undefined;
}

function texts(value: Value | undefined): Record<string, string> {
  const pairs = Object.entries(asProperties(value));
  return Object.fromEntries(
    pairs.flatMap(([name, text]) => (typeof text === "string" ? [[name, text]] : [])),
  );
}

/** `dir` and `interpreter` of a local command. */
export function readLocal(inputs: Properties): { dir: string | undefined; interpreter: string[] } {
  const plain = mapProperties(inputs, withoutSecrets);
  const interpreter = Array.isArray(plain.interpreter) ? plain.interpreter : ["/bin/sh", "-c"];
  return {
    dir: optionalText(plain, "dir"),
    interpreter: interpreter.flatMap((word) => (typeof word === "string" ? [word] : [])),
  };
}
