import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
} from "yaml";
import type { Problem } from "../problem";
import { describePath, type Parsed, type Path, type Position, type Source } from "./source";

/** Reads one YAML 1.2 document; a key written twice in one map is refused. */
export function parseYaml(file: string, text: string): Parsed {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, version: "1.2" });
  const problem = (offset: number, message: string): Problem => ({
    severity: "error",
    file,
    ...position(counter, offset),
    path: "",
    message: `not YAML: ${message}`,
  });
  const problems = document.errors.map((error) =>
    problem(error.pos[0], error.message.charAt(0).toLowerCase() + error.message.slice(1)),
  );
  if (problems.length > 0) return { problems };
  try {
    const source: Source = {
      file,
      // Aliases are few in a config file; more than these are an attempt to fill the memory.
      value: document.toJS({ maxAliasCount: 100 }),
      locate: (path, part) => locateNode(document, path, part, counter),
      describe: describePath,
    };
    return { source, problems };
  } catch (error) {
    return { problems: [problem(0, error instanceof Error ? error.message : String(error))] };
  }
}

function position(counter: LineCounter, offset: number): Position {
  const { line, col } = counter.linePos(offset);
  return { line, column: col };
}

function resolved(document: Document, node: unknown): Node | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  return isNode(target) ? target : undefined;
}

function locateNode(
  document: Document,
  path: Path,
  part: "key" | "value" | undefined,
  counter: LineCounter,
): Position | undefined {
  let node = resolved(document, document.contents);
  let key: Node | undefined;
  for (const step of path) {
    if (isSeq(node) && typeof step === "number") {
      node = resolved(document, node.items[step]);
      key = undefined;
    } else if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return undefined;
      key = isNode(pair.key) ? pair.key : undefined;
      node = resolved(document, pair.value);
    } else {
      return undefined;
    }
  }
  const offset = (part === "key" ? key : undefined)?.range?.[0] ?? node?.range?.[0] ?? key?.range?.[0];
  return offset === undefined ? undefined : position(counter, offset);
}
