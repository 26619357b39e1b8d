import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Checkout } from "../../lab/support/checkout";

const EXAMPLES = join(__dirname, "..", "..", "..", "examples", "regions");

/** In whose name a test commits. */
export const AUTHOR: NodeJS.ProcessEnv = {
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.org",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.org",
};

/** Makes the checkout a repository whose last commit is a change to revert. */
export async function commitMistake(checkout: Checkout): Promise<void> {
  const before = checkout.read("policy/groups.json");
  await committed(checkout, "The policy");
  checkout.write("policy/groups.json", before.replace('["5432/tcp"]', '["5432/tcp", "5433/tcp"]'));
  await committed(checkout, "A mistake");
}

async function committed(checkout: Checkout, message: string): Promise<void> {
  const { code, stderr } = await checkout.shell(
    `git init --quiet && git add --all && git commit --quiet --message '${message}'`,
  );
  if (code !== 0) throw new Error(stderr);
}

/** Puts the example's regions in the place of the sample's prod. */
export async function useRegions(checkout: Checkout): Promise<void> {
  await checkout.shell("rm Pulumi.prod.yaml");
  for (const region of ["us-east", "eu-central", "ap-south"]) {
    const file = `Pulumi.prod-${region}.yaml`;
    checkout.write(file, readFileSync(join(EXAMPLES, file), "utf8"));
  }
}
