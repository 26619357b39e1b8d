import type { SudoEntry } from "../model";
import { compareText } from "../text";

/** Stands for every command; commands begin with a slash. */
export const ANY = "any";

/** How freely a command may be run: not at all, with a password, without. */
export const NOT = 0;
export const ASKED = 1;
export const FREE = 2;

/** How freely these entries, together, let a command be run as root; that of `ANY` is of every command. */
export function freedom(entries: readonly SudoEntry[], command: string): number {
  const matching = entries.filter((entry) => entry.command === ANY || entry.command === command);
  return Math.max(NOT, ...matching.map(({ password }) => (password ? ASKED : FREE)));
}

/**
 * Several grants as one, without what adds nothing to the rest: every command without a password says it all, and
 * with every command at a password only those without are worth naming. `ANY` comes first, then commands by text.
 */
export function combineSudo(entries: readonly SudoEntry[]): SudoEntry[] {
  const all = freedom(entries, ANY);
  const commands = [...new Set(entries.map(({ command }) => command))].filter((command) => command !== ANY);
  return [
    ...(all === NOT ? [] : [{ command: ANY, password: all === ASKED }]),
    ...commands
      .sort(compareText)
      .filter((command) => freedom(entries, command) > all)
      .map((command) => ({ command, password: freedom(entries, command) === ASKED })),
  ];
}

/** Whether anything here needs a password. */
export function asksPassword(entries: readonly SudoEntry[]): boolean {
  return entries.some(({ password }) => password);
}

/** In words, such as `sudo`, `sudo with a password` or `sudo for "/usr/bin/id"`; nothing for no entries. */
export function describeSudo(entries: readonly SudoEntry[]): string {
  const named = (password: boolean) =>
    entries
      .filter((entry) => entry.command !== ANY && entry.password === password)
      .map(({ command }) => `"${command}"`);
  const all = entries.find(({ command }) => command === ANY);
  const [asked, free] = [named(true), named(false)];
  const without = asksPassword(entries) ? " without one" : "";
  return [
    ...(all === undefined ? [] : [all.password ? "sudo with a password" : "sudo"]),
    ...(asked.length === 0 ? [] : [`sudo with a password for ${asked.join(", ")}`]),
    ...(free.length === 0 ? [] : [`sudo${without} for ${free.join(", ")}`]),
  ].join(" and ");
}
