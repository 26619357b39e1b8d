import { createHash } from "node:crypto";
import type { DecidedStack } from "../check/stack";
import type { Access, FleetModel } from "../model";
import { RANK } from "../rules/logins";
import { sortedUnique } from "../text";
import type { Change } from "./change";
import { Gathered } from "./classes";

/** Logins and sudo that people have on this side alone. */
export function loginsBeyond(model: FleetModel, other: FleetModel): Change[] {
  const found = new Gathered<{ person: string; access: "login" | "sudo"; instead: Access }>();
  for (const host of model.hosts.values()) {
    for (const { person, sudo } of host.accounts) {
      const access = sudo ? "sudo" : "login";
      const instead = accessOn(other, host.name, person.name);
      if (RANK[access] > RANK[instead]) found.add({ person: person.name, access, instead }, [host.name]);
    }
  }
  return found.sorted().map(({ value, hosts }) => ({ kind: "login", ...value, hosts }));
}

function accessOn(model: FleetModel, host: string, person: string): Access {
  const account = model.hosts.get(host)?.accounts.find((one) => one.person.name === person);
  return account === undefined ? "none" : account.sudo ? "sudo" : "login";
}

/** Keys that open the accounts of people on this side alone. */
export function keysBeyond(stack: DecidedStack, other: DecidedStack): Change[] {
  const present = peopleIn(other.model);
  return [...peopleIn(stack.model)].flatMap((person) => {
    if (!present.has(person)) return [];
    const known = new Set(other.policy.people.get(person)?.keys.map(fingerprint));
    const own = stack.policy.people.get(person)?.keys.map(fingerprint) ?? [];
    return own.filter((key) => !known.has(key)).map((key): Change => ({ kind: "key", person, key }));
  });
}

function peopleIn(model: FleetModel): Set<string> {
  const accounts = [...model.hosts.values()].flatMap((host) => host.accounts);
  return new Set(sortedUnique(accounts.map(({ person }) => person.name)));
}

/** As `ssh-keygen -l` shows it; the comment plays no part. */
function fingerprint(key: string): string {
  const [, blob = ""] = key.split(" ");
  const hash = createHash("sha256").update(Buffer.from(blob, "base64")).digest("base64");
  return `SHA256:${hash.replace(/=+$/, "")}`;
}
