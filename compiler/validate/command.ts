import { quoted } from "./nearest";

/** Longest command, in characters: a line of sudoers that a person can still read. */
const LONGEST = 256;

/** Names of programs that sudoers(5) gives a meaning of its own, or that are no programs. */
const MEANING_MORE = new Map([
  ["sudoedit", "it is no program to sudo, but a way to edit files"],
  ["sudo", "it would run any command that root may"],
]);

/** Folders in which people other than root can put a program of that name. */
const WRITABLE = /^\/(home|tmp|var\/tmp|dev|proc|run)\//;

/**
 * What is wrong with a command that sudo may be limited to: an absolute path, and perhaps arguments, each after one
 * space. It is exactly what may be run, so nothing in it can stand for something else (sudoers(5), "Wildcards").
 * @returns undefined for a command that can be rendered
 */
export function commandProblem(text: string): string | undefined {
  const [path = ""] = text.split(" ", 1);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const wrong = (reason: string) => `${quoted(text)} is not valid: ${reason}`;
  if (text === "ALL") return wrong("for every command write sudo as true, or leave out commands");
  if (/[*?[\]]/.test(text)) {
    return wrong(
      "it is exactly what may be run, so it has no wildcards, which in sudo match spaces and / too",
    );
  }
  if (!path.startsWith("/"))
    return wrong("a command begins with its absolute path, such as /usr/bin/systemctl");
  if (text.length > LONGEST) return wrong(`it is longer than ${LONGEST} characters`);
  if (path.split("/").some((step) => step === ".." || step === "."))
    return wrong('a path has no "." or ".."');
  if (path.includes("//") || name === "") return wrong("a path names one program, and no folder");
  const odd = [...path].find((character) => !/[A-Za-z0-9._/+-]/.test(character));
  if (odd !== undefined)
    return wrong(`${quoted(odd)} cannot be in a path; letters, digits and . _ / + - can`);
  if (/^ | $| {2}/.test(text)) return wrong("exactly one space stands before each argument");
  const bad = [...text].find((character) => !/[A-Za-z0-9._/+@%:,= -]/.test(character));
  if (bad !== undefined) {
    return wrong(`${quoted(bad)} cannot be in an argument; letters, digits and . _ / + @ % : , = - can`);
  }
  if (WRITABLE.test(path)) return wrong("others than root may write there, and could exchange the program");
  const meaning = MEANING_MORE.get(name);
  return meaning === undefined ? undefined : wrong(`${quoted(name)} cannot be limited: ${meaning}`);
}
