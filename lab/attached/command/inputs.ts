/** The inputs of `command:remote:Command`: checked, completed and read. */
import {
  INTEGER,
  BOOLEAN,
  misshapen,
  missing,
  type InputShape,
  type Problem,
  shape,
} from "../../grpc/checking";
import {
  isProperties,
  object,
  plainProperties,
  type Properties,
  reveal,
  secret,
  text,
  type Value,
} from "../../grpc/values";

/** Texts may be empty here: an empty standard input is one. */
const TEXT = { type: "string" };
const LOGGINGS = ["stdout", "stderr", "stdoutAndStderr", "none"] as const;

const HOP = {
  host: TEXT,
  port: { type: "number" },
  user: TEXT,
  password: TEXT,
  privateKey: TEXT,
  privateKeyPassword: TEXT,
  hostKey: TEXT,
  agentSocketPath: TEXT,
  dialErrorLimit: INTEGER,
  perDialTimeout: INTEGER,
};

const COMMAND: InputShape = {
  inputs: {
    connection: shape({ ...HOP, proxy: shape(HOP, ["host"]) }, ["host"]),
    create: TEXT,
    update: TEXT,
    delete: TEXT,
    stdin: TEXT,
    environment: { type: "object", additionalProperties: TEXT },
    triggers: { type: "array" },
    logging: { enum: LOGGINGS },
    addPreviousOutputInEnv: BOOLEAN,
  },
  required: ["connection"],
};

const HOP_DEFAULTS: Properties = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };
const HOP_SECRETS = ["password", "privateKey", "privateKeyPassword"];

export const problemsOf = (inputs: Properties): Problem[] => {
  const plain = plainProperties(inputs);
  return [...missing(COMMAND, plain), ...misshapen(COMMAND, plain)];
};

/** The inputs with a connection's defaults. It is secret, and so are the keys in it by themselves. */
export function completed(inputs: Properties): Properties {
  const given = withoutNulls(inputs);
  return { ...given, connection: secret(completedHop(reveal(given["connection"] ?? null))) };
}

function completedHop(value: Value): Value {
  if (!isProperties(value)) return value;
  const hop: Properties = { ...HOP_DEFAULTS, ...withoutNulls(value) };
  for (const key of HOP_SECRETS) if (hop[key] !== undefined) hop[key] = secret(hop[key]);
  if (hop["proxy"] !== undefined) hop["proxy"] = completedHop(reveal(hop["proxy"]));
  return hop;
}

const withoutNulls = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => reveal(value) !== null));

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

/** What running a command needs to know. */
export interface Command {
  connection: Connection;
  create: string | undefined;
  update: string | undefined;
  delete: string | undefined;
  stdin: string;
  environment: Record<string, string>;
  logging: (typeof LOGGINGS)[number];
  addPreviousOutputInEnv: boolean;
}

/** Reads inputs that were checked, or the state that was made of them. */
export function readCommand(raw: Properties): Command {
  const plain = plainProperties(raw);
  const connection = object(plain, "connection");
  const { proxy } = connection;
  return {
    connection: { ...readHop(connection), proxy: isProperties(proxy) ? readHop(proxy) : undefined },
    create: text(plain, "create"),
    update: text(plain, "update"),
    delete: text(plain, "delete"),
    stdin: text(plain, "stdin") ?? "",
    environment: texts(object(plain, "environment")),
    logging: LOGGINGS.find((one) => one === plain["logging"]) ?? "stdoutAndStderr",
    addPreviousOutputInEnv: plain["addPreviousOutputInEnv"] !== false,
  };
}

function readHop(given: Properties): Hop {
  const hop = { ...HOP_DEFAULTS, ...given };
  return {
    host: text(hop, "host") ?? "",
    port: number(hop, "port"),
    user: text(hop, "user") ?? "",
    password: text(hop, "password"),
    privateKey: text(hop, "privateKey"),
    privateKeyPassword: text(hop, "privateKeyPassword"),
    hostKey: text(hop, "hostKey"),
    agentSocketPath: text(hop, "agentSocketPath"),
    dialErrorLimit: number(hop, "dialErrorLimit"),
    perDialTimeout: number(hop, "perDialTimeout"),
  };
}

function number(properties: Properties, key: string): number {
  const value = properties[key];
  return typeof value === "number" ? value : 0;
}

function texts(properties: Properties): Record<string, string> {
  const pairs = Object.entries(properties);
  return Object.fromEntries(
    pairs.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
  );
}
