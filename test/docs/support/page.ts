import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const PROJECT = join(__dirname, "..", "..", "..");

/** Pages whose commands people type. */
export const PAGES = ["docs/operations.md", "README.md"];

/** A command on a page, without the comment behind it. */
export interface PageCommand {
  text: string;
  file: string;
  line: number;
}

interface Block {
  lines: string[];
  /** Number of the first line. */
  line: number;
}

/** All commands of a page: whole blocks of them, and those within a sentence that can be typed as they stand. */
export function commandsOf(file: string, page = readFileSync(join(PROJECT, file), "utf8")): PageCommand[] {
  const found = blocksOf(page).flatMap(({ lines, line }) =>
    isConfig(lines)
      ? []
      : lines.map((text, index) => ({ text: withoutComment(text.trim()), file, line: line + index })),
  );
  return [...found, ...inlineOf(file, page)].filter(({ text }) => text !== "");
}

/** Fenced blocks, and those indented by four spaces or more after an empty line. */
function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let block: Block | undefined;
  let fenced = false;
  let previous = "";
  for (const [index, text] of page.split("\n").entries()) {
    const isFence = /^\s*```/.test(text);
    const isCode = fenced ? !isFence : /^ {4}/.test(text) && (block !== undefined || previous.trim() === "");
    if (isFence) fenced = !fenced;
    if (isCode) {
      if (block === undefined) blocks.push((block = { lines: [], line: index + 1 }));
      block.lines.push(text);
    } else block = undefined;
    previous = text;
  }
  return blocks;
}

/** Config or a part of a file: it is a mapping or a list, where a command is but a text. */
function isConfig(lines: readonly string[]): boolean {
  if (lines[0]?.trim().startsWith("//") === true) return true;
  try {
    const value: unknown = parse(lines.join("\n"));
    return typeof value === "object";
  } catch {
    return false;
  }
}

/** What comes after a `#` that stands by itself. */
function withoutComment(text: string): string {
  return text.replace(/(^|\s+)#.*$/, "").trim();
}

const INLINE = /`((?:npx palisade|npm|make|pulumi|openssl|git|ssh|palisade-host|iptables) [^`]+)`/g;

function inlineOf(file: string, page: string): PageCommand[] {
  return page
    .split("\n")
    .flatMap((line, index) =>
      /^ {4}/.test(line)
        ? []
        : [...line.matchAll(INLINE)].map(([, text = ""]) => ({ text, file, line: index + 1 })),
    );
}
