/*
 * What sudo does with the rules of a host, read back from the rendered text by sudoers(5) alone: of all entries that
 * match, the last one decides. Shares no code with the renderer.
 */

/** How sudo answers a user: refuses, asks for a password, or runs it. */
export type SudoAnswer = "refused" | "asks" | "runs";

interface SudoersLine {
  who: string;
  runas: string;
  asks: boolean;
  command: string;
}

/** @throws if a line is not of the few forms that a host's rules have */
function parseLine(line: string): SudoersLine {
  const match = /^(%?[a-z][a-z0-9-]*) ALL=\((\S+)\) (NOPASSWD|PASSWD): (\S.*)$/.exec(line);
  if (match === null) throw new Error(`not a sudo rule: ${line}`);
  const [, who = "", runas = "", tag, command = ""] = match;
  return { who, runas, asks: tag === "PASSWD", command };
}

/** The groups that a user is in, by the text of a group file. */
function groupsOf(user: string, group: string): Set<string> {
  const entries = group.split("\n").map((line) => line.split(":"));
  return new Set(
    entries.filter(([, , , members = ""]) => members.split(",").includes(user)).map(([name = ""]) => name),
  );
}

/** Whether an entry is for exactly this command line, as `PATH ARGUMENT…`. */
function takes(entry: string, command: string): boolean {
  if (entry === "ALL") return true;
  const [path = "", ...rest] = entry.split(" ");
  const given = rest.join(" ");
  const unescaped = given.replaceAll(/\\(.)/g, "$1");
  return command === (given === '""' ? path : `${path} ${unescaped}`);
}

/** What `sudo COMMAND` does for a user, as root. */
export function askSudo(sudoers: string, group: string, user: string, command: string): SudoAnswer {
  const groups = groupsOf(user, group);
  const lines = sudoers.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const last = lines
    .map(parseLine)
    .filter(({ who }) => (who.startsWith("%") ? groups.has(who.slice(1)) : who === user))
    .filter(({ runas }) => runas === "ALL:ALL" || runas === "root")
    .findLast((line) => takes(line.command, command));
  return last === undefined ? "refused" : last.asks ? "asks" : "runs";
}
