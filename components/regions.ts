import * as pulumi from "@pulumi/pulumi";
import { loadRegions, REGION_EXPORTS, type Regions } from "../compiler/load/region";
import type { Inventory, Policy } from "../compiler/model";
import { formatProblem } from "../compiler/problem";

/** The stacks that were read, each with its environment; empty where it is not deployed yet. */
export type RegionStacks = Record<string, string>;

/**
 * Reads what the stacks named in `regionStacks` exported when they were last deployed. A stack that was made and never
 * deployed has no hosts yet; one that does not exist fails the program, as every stack reference does.
 * @throws pulumi.RunError, which Pulumi shows without a stack trace, that lists everything that is wrong
 */
export async function readRegions(
  inventory: Inventory,
  policy: Policy,
): Promise<Regions & { stacks: RegionStacks }> {
  const exported = await Promise.all(
    inventory.regionStacks.map(async (stack) => ({ stack, value: await exportsOf(stack) })),
  );
  const deployed = exported.filter(({ value }) => "environment" in value);
  for (const { stack } of exported.filter((region) => !deployed.includes(region))) {
    void pulumi.log.warn(
      `the region stack ${stack} is not deployed yet: its hosts are not peers of these; once it is, run this again (or palisade converge)`,
    );
  }
  const { regions, problems } = loadRegions(deployed, { ...inventory, networks: policy.networks });
  if (problems.length > 0) {
    throw new pulumi.RunError(
      `what another region exports cannot be used:\n${problems.map(formatProblem).join("\n")}`,
    );
  }
  const environments = exported.map(({ stack, value: { environment } }): [string, string] => [
    stack,
    typeof environment === "string" ? environment : "",
  ]);
  return { ...regions, stacks: Object.fromEntries(environments) };
}

async function exportsOf(stack: string): Promise<Record<string, unknown>> {
  const reference = new pulumi.StackReference(stack, {
    name: `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`,
  });
  const details = await Promise.all(
    REGION_EXPORTS.map(async (name) => [name, (await reference.getOutputDetails(name)).value] as const),
  );
  return Object.fromEntries(details.filter(([, value]) => value !== undefined && value !== null));
}
