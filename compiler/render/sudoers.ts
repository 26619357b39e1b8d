import { ANY } from "../decide/sudo";
import type { FleetModel, HostModel, SudoEntry } from "../model";
import { lines } from "../text";

/**
 * sudoers(5). Of all entries that match, sudo takes the last one: those that ask for a password come first, so that
 * whoever has the same without one, by another team or their own name, is not asked.
 */
export function sudoers(host: HostModel, fleet: FleetModel): string {
  const entries = host.sudo.flatMap(({ kind, name, entries }) =>
    entries.map((entry) => ({
      password: entry.password,
      line: entryLine(kind === "team" ? `%${name}` : name, entry),
    })),
  );
  const section = (password: boolean) =>
    entries.filter((entry) => entry.password === password).map(({ line }) => line);
  return lines([
    `# Palisade: who has sudo on ${host.name} (${fleet.environment}).`,
    ...section(true),
    ...section(false),
  ]);
}

/** Every command as anybody; a named one as root alone, with the arguments that are written and no others. */
function entryLine(who: string, { command, password }: SudoEntry): string {
  const tag = password ? "PASSWD" : "NOPASSWD";
  if (command === ANY) return `${who} ALL=(ALL:ALL) ${tag}: ALL`;
  const [path = "", ...words] = command.split(" ");
  const given = words.length === 0 ? '""' : words.map(escapeArgument).join(" ");
  return `${who} ALL=(root) ${tag}: ${path} ${given}`;
}

/** sudoers(5): "must be escaped with a backslash if they are used in command arguments". */
function escapeArgument(word: string): string {
  return word.replaceAll(/[\\,:=]/g, "\\$&");
}
