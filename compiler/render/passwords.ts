import type { Facet, FleetModel, HostModel } from "../model";
import { lines } from "../text";
import { peopleWithPassword } from "./accounts";

/**
 * The passwords of the people whose sudo on this host asks for one. Its text is a secret.
 * @param hashes crypt(3) hashes by person, known to be right; who has none here cannot use that sudo
 */
export function passwords(host: HostModel, fleet: FleetModel, hashes: ReadonlyMap<string, string>): Facet {
  const entries = peopleWithPassword(host).flatMap((name) => {
    const hash = hashes.get(name);
    return hash === undefined ? [] : [`${name}:${hash}`];
  });
  return {
    facet: "passwords",
    host: host.name,
    environment: fleet.environment,
    files: [{ name: "hashes", text: lines(entries) }],
  };
}
