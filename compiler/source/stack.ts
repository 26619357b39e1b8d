import { parseYaml } from "./yaml";
import type { Problem } from "../problem";
import { describePath, type Parsed, type Path, type Source } from "./source";

const NAMESPACE = "palisade:";
/** The one key of another namespace that an inventory has; by its whole name, which no key of ours can be. */
const AWS_REGION = "aws:region";

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The path in the stack's file of a path in the inventory. */
function inFile(path: Path): Path {
  const [key, ...rest] = path;
  if (key === undefined) return ["config"];
  return ["config", key === AWS_REGION ? key : `${NAMESPACE}${key}`, ...rest];
}

function inventorySource(file: string, value: unknown, text: Source | undefined): Source {
  return {
    file,
    value,
    locate: (path, part) => text?.locate(inFile(path), part),
    describe: (path) => (path.length === 0 ? "config" : describePath(inFile(path).slice(1))),
  };
}

/**
 * The inventory in the text of a stack's file: every `palisade:` key under `config`, without that prefix, and
 * `aws:region`.
 * `pulumi config set` writes booleans as text; `"true"` and `"false"` are read as what they mean.
 */
export function inventoryFromText(file: string, text: string): Parsed {
  const { source, problems } = parseYaml(file, text);
  if (source === undefined) return { problems };
  const config = isRecord(source.value) ? (source.value["config"] ?? {}) : undefined;
  if (!isRecord(config)) {
    const message = 'a stack\'s file has one map named "config", with keys such as palisade:environment';
    const problem: Problem = { severity: "error", file, line: 1, column: 1, path: "", message };
    return { problems: [...problems, problem] };
  }
  const settings = Object.entries(config)
    .filter(([key]) => key === AWS_REGION || key.startsWith(NAMESPACE))
    .map(([key, setting]) => [key === AWS_REGION ? key : key.slice(NAMESPACE.length), plain(setting)]);
  return { source: inventorySource(file, Object.fromEntries(settings), source), problems };
}

function plain(setting: unknown): unknown {
  if (setting === "true") return true;
  return setting === "false" ? false : setting;
}

/**
 * The inventory as values that somebody else has read, without the prefix `palisade:`, and with `aws:region`.
 * @param text the stack's file, to point into; problems have no line without it
 */
export function inventoryFromValues(
  file: string,
  value: Record<string, unknown>,
  text?: string,
): Required<Parsed> {
  const source = text === undefined ? undefined : parseYaml(file, text).source;
  return { source: inventorySource(file, value, source), problems: [] };
}
