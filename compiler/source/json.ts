import * as jsonc from "jsonc-parser";
import type { Problem } from "../problem";
import { describePath, problemAt, type Parsed, type Path, type Position, type Source } from "./source";

const PLAIN_WORDS: Partial<Record<jsonc.ParseErrorCode, string>> = {
  [jsonc.ParseErrorCode.InvalidSymbol]: "this is no JSON value; text needs double quotes",
  [jsonc.ParseErrorCode.InvalidNumberFormat]: "this is no JSON number",
  [jsonc.ParseErrorCode.PropertyNameExpected]:
    "a property name in double quotes is expected; JSON has no trailing commas",
  [jsonc.ParseErrorCode.ValueExpected]: "a value is expected; JSON has no trailing commas",
  [jsonc.ParseErrorCode.ColonExpected]: "a colon is expected after the property name",
  [jsonc.ParseErrorCode.CommaExpected]: "a comma is expected",
  [jsonc.ParseErrorCode.CloseBraceExpected]: "a closing } is expected",
  [jsonc.ParseErrorCode.CloseBracketExpected]: "a closing ] is expected",
  [jsonc.ParseErrorCode.EndOfFileExpected]: "the document has ended, and more text follows",
  [jsonc.ParseErrorCode.InvalidCommentToken]: "JSON has no comments",
  [jsonc.ParseErrorCode.UnexpectedEndOfComment]: "JSON has no comments",
  [jsonc.ParseErrorCode.UnexpectedEndOfString]: "the closing double quote is missing",
  [jsonc.ParseErrorCode.UnexpectedEndOfNumber]: "this is no JSON number",
  [jsonc.ParseErrorCode.InvalidUnicode]: "\\u needs four hexadecimal digits",
  [jsonc.ParseErrorCode.InvalidEscapeCharacter]: "JSON has no such escape",
  [jsonc.ParseErrorCode.InvalidCharacter]: "a control character or tab inside a text must be escaped",
};

/** Finds the line and column of an offset by bisection. */
class LineIndex {
  private readonly starts = [0];

  constructor(text: string) {
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.starts.push(at + 1);
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.starts[low] ?? 0) + 1 };
  }
}

/**
 * Reads JSON strictly (RFC 8259: no comments, no trailing commas) and refuses a name written twice in one object.
 * Keys such as `__proto__` are data like any other.
 */
export function parseJson(file: string, text: string): Parsed {
  const index = new LineIndex(text);
  const errors: jsonc.ParseError[] = [];
  const root = jsonc.parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const problems: Problem[] = errors.map((error) => ({
    severity: "error",
    file,
    ...index.position(error.offset),
    path: "",
    message: `not JSON: ${PLAIN_WORDS[error.error] ?? jsonc.printParseErrorCode(error.error)}`,
  }));
  if (root === undefined) {
    if (problems.length === 0) {
      problems.push({
        severity: "error",
        file,
        line: 1,
        column: 1,
        path: "",
        message: "not JSON: the file is empty",
      });
    }
    return { problems };
  }
  const source: Source = {
    file,
    value: undefined,
    locate: (path, part) => locateNode(root, path, part, index),
    describe: describePath,
  };
  source.value = toValue(root, [], (path, name, offset) => {
    const message = `${JSON.stringify(name)} is written twice in the same object`;
    problems.push({ ...problemAt(source, path, message), ...index.position(offset) });
  });
  // A text that breaks off half way gives misleading complaints about all that is missing after the break.
  return errors.length > 0 ? { problems } : { source, problems };
}

type OnDuplicate = (path: Path, name: string, offset: number) => void;

function toValue(node: jsonc.Node, path: Path, onDuplicate: OnDuplicate): unknown {
  if (node.type === "array") {
    return (node.children ?? []).map((child, at) => toValue(child, [...path, at], onDuplicate));
  }
  if (node.type !== "object") return node.value;
  const members = new Map<string, unknown>();
  for (const property of node.children ?? []) {
    const [key, child] = property.children ?? [];
    if (key === undefined || child === undefined) continue;
    const name = String(key.value);
    if (members.has(name)) onDuplicate([...path, name], name, key.offset);
    members.set(name, toValue(child, [...path, name], onDuplicate));
  }
  // Unlike an assignment, this makes a plain property of "__proto__" as well.
  return Object.fromEntries(members);
}

function locateNode(
  root: jsonc.Node,
  path: Path,
  part: "key" | "value" | undefined,
  index: LineIndex,
): Position | undefined {
  let node = root;
  let key: jsonc.Node | undefined;
  for (const step of path) {
    if (typeof step === "number") {
      const child = node.children?.[step];
      if (node.type !== "array" || child === undefined) return undefined;
      node = child;
      key = undefined;
    } else {
      // The last one counts, as in the value.
      const property = node.children?.findLast((child) => child.children?.[0]?.value === step);
      if (node.type !== "object" || property?.children?.[1] === undefined) return undefined;
      [key, node] = [property.children[0], property.children[1]];
    }
  }
  return index.position(part === "key" && key !== undefined ? key.offset : node.offset);
}
