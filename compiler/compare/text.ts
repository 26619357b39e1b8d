import type { Access } from "../model";
import type { Change, Comparison } from "./change";

/** What is said where the comparison finds nothing. */
export const NO_CHANGE = "no change in access";

/** One heading of a comparison; `lines` are under a stack's name, or under none. */
export interface Section {
  title: string;
  sign: "+" | "-" | "";
  parts: { stack?: string; lines: string[] }[];
}

/** The comparison in words: what widens, then what narrows, then tests. Empty if nothing changed. */
export function sectionsOf({ stacks, tests }: Comparison): Section[] {
  const parts = (side: "gained" | "lost") =>
    stacks
      .filter((changes) => changes[side].length > 0)
      .map((changes) => ({
        stack: changes.stack,
        lines: changes[side].map((change) => changeText(change, side)),
      }));
  const testLines = [
    ...tests.removed.map((text) => `removed: ${text}`),
    ...tests.added.map((text) => `added: ${text}`),
  ];
  const sections: Section[] = [
    { title: "access gained", sign: "+", parts: parts("gained") },
    { title: "access lost", sign: "-", parts: parts("lost") },
    { title: "policy tests", sign: "", parts: testLines.length === 0 ? [] : [{ lines: testLines }] },
  ];
  return sections.filter((section) => section.parts.length > 0);
}

function changeText(change: Change, side: "gained" | "lost"): string {
  switch (change.kind) {
    case "network":
      return `${change.from} → ${change.to.group} ${change.port} (${change.service}): ${rangesText(change)}${change.to.hosts.join(", ")}`;
    case "flow":
      return `${change.from.group} → ${change.to.group} ${change.port} (${change.service}): ${change.from.hosts.join(", ")} → ${change.to.hosts.join(", ")}`;
    case "login":
    case "service":
      return `${change.person}: ${powerText(change)} on ${change.hosts.join(", ")}${insteadText(change, side)}`;
    case "password":
      return `${change.person}: a password for sudo`;
    case "key":
      return `${change.person}: key ${change.key}`;
    case "failsafe":
      return `failsafe: SSH to every host from ${change.ranges.join(", ")}`;
    default: {
      const exhaustive: never = change;
      return exhaustive;
    }
  }
}

type Powered = Extract<Change, { kind: "login" | "service" }>;

function powerText({ kind, access, password, commands, insteadPassword }: Powered): string {
  if (access === "login") return kind === "login" ? "login" : "service account";
  const way = password ? " with a password" : insteadPassword ? " without a password" : "";
  const what = commands.map((command) => `"${command}"`).join(", ");
  return `sudo${way}${what === "" ? "" : ` for ${what}`}`;
}

const INSTEAD: Record<Access, string> = {
  none: "",
  login: "login",
  limited: "sudo for named commands",
  sudo: "sudo",
};

/** What the account has on the other side, where it has one. */
function insteadText({ kind, instead, insteadPassword }: Powered, side: "gained" | "lost"): string {
  if (instead === "none") return "";
  const other = kind === "service" && instead === "login" ? "the account" : INSTEAD[instead];
  return ` (${side === "gained" ? "had" : "keeps"} ${insteadPassword ? "it with one" : other})`;
}

/** Which part of a network is meant, in the fewest words; nothing if it is the whole of it. */
function rangesText({ ranges, except }: Extract<Change, { kind: "network" }>): string {
  if (except.length === 0) return "";
  const [what, list] = ranges.length <= except.length ? ["", ranges] : ["all but ", except];
  return `${what}${list.join(", ")} → `;
}
