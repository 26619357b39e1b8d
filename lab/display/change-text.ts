/** Changed properties as lines of text; a text of several lines as a unified diff. */
import { structuredPatch } from "diff";
import type { PropertyChange, Shown } from "./changes";

/** How a line is meant, for whoever colours it. */
export type Mark = "added" | "removed" | "heading" | "plain";

export interface TextLine {
  mark: Mark;
  text: string;
}

const CONTEXT_LINES = 3;
const LONGEST_VALUE = 200;

/** The lines that show a change; none reveals a secret. */
export function changeLines(change: PropertyChange): TextLine[] {
  const { path, old, new: now } = change;
  const heading = `${path}:`;
  if (isText(old) || isText(now)) {
    return [{ mark: "plain", text: heading }, ...textDiff(textOf(old), textOf(now))];
  }
  if (old === undefined) return [{ mark: "added", text: `+ ${heading} ${short(now)}` }];
  if (now === undefined) return [{ mark: "removed", text: `- ${heading} ${short(old)}` }];
  const same = short(old) === short(now);
  return [
    {
      mark: "plain",
      text: `~ ${heading} ${same ? `${short(now)} (changed)` : `${short(old)} => ${short(now)}`}`,
    },
  ];
}

function isText(value: Shown | undefined): boolean {
  return typeof value === "string" && value.includes("\n");
}

function textOf(value: Shown | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function short(value: Shown | undefined): string {
  if (value === "[secret]" || value === "[unknown]") return value;
  const text = JSON.stringify(value ?? null);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

function textDiff(before: string, after: string): TextLine[] {
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: CONTEXT_LINES });
  return hunks.flatMap((hunk) => [
    {
      mark: "heading",
      text: `  @@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
    } satisfies TextLine,
    ...hunk.lines.map((line): TextLine => ({ mark: markOf(line), text: `  ${line}` })),
  ]);
}

function markOf(line: string): Mark {
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "plain";
}
