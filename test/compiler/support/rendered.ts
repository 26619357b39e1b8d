import assert from "node:assert/strict";
import { planAddresses } from "../../../compiler/decide/addresses";
import { decide } from "../../../compiler/decide/decide";
import { loadStack } from "../../../compiler/load/stack";
import type { AddressBook, FleetModel, HostModel } from "../../../compiler/model";
import { formatProblem } from "../../../compiler/problem";
import { accounts } from "../../../compiler/render/accounts";
import { facetText } from "../../../compiler/render/facet";
import { firewall } from "../../../compiler/render/firewall";
import { ipsec } from "../../../compiler/render/ipsec";
import { inventoryFromValues } from "../../../compiler/source/stack";
import { readMarks, readSets } from "./address-sets";
import { readRules, type Ruleset } from "./evaluator";
import { TODAY } from "./sample";
import { inventoryValues, policyTexts, type World } from "./world";

export interface Decided {
  model: FleetModel;
  book: AddressBook;
}

/** Loads and decides a world. @param changes values of its stack that are others */
export function decideWorld(world: World, changes: Record<string, unknown> = {}): Decided {
  const checked = loadStack({
    policy: { folder: "policy", files: policyTexts(world) },
    inventory: inventoryFromValues("stack", { ...inventoryValues(world), ...changes }),
  });
  assert.ok(checked.ok, checked.problems.map(formatProblem).join("\n"));
  const { policy, inventory } = checked.value;
  return { model: decide(policy, inventory, TODAY), book: planAddresses(inventory).book };
}

/** All that a host is given, as one text. */
export function hostText(host: HostModel, { model, book }: Decided): string {
  return [accounts(host, model), firewall(host, model, book), ipsec(host, model, book)]
    .map(facetText)
    .join("");
}

/** Every host's text by its name. */
export function fleetTexts(decided: Decided): Map<string, string> {
  return new Map([...decided.model.hosts.values()].map((host) => [host.name, hostText(host, decided)]));
}

/** A host's rendered rules, read back with what else they hang on; `change` may break the texts first. */
export function readFirewall(
  host: HostModel,
  { model, book }: Decided,
  change: (text: string) => string = (text) => text,
): Record<"ipv4" | "ipv6", Ruleset> {
  const facets = [firewall(host, model, book), ipsec(host, model, book)];
  const files = new Map(
    facets.flatMap((facet) => facet.files.map(({ name, text }) => [name, change(text)] as const)),
  );
  const marks = readMarks(files.get("swanctl.conf") ?? "");
  const around = { sets: readSets(files.get("ipset") ?? ""), marks };
  return {
    ipv4: readRules(files.get("rules.v4") ?? "", around),
    ipv6: readRules(files.get("rules.v6") ?? "", around),
  };
}
