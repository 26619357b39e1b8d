import { EnvironmentFiles } from "../deploy/stack-files";
import { openSession } from "../deploy/session";
import { UserError } from "../deploy/user-error";
import { openLab } from "../machine";

/** The steps of an exchange of the environment's secret, each followed by an `up` of all its stacks. */
export const STEPS = ["announce", "switch", "drop"] as const;
export type Step = (typeof STEPS)[number];

/** Takes the lab's secret of a stack's environment one step further. Touches no host. */
export function secret(options: { stack: string; step: Step }): number {
  const { environment: files, inventory } = openSession(options.stack, openLab().folder);
  take(files, options.step, inventory.environment);
  process.stdout.write(`${inventory.environment}: ${SAYS[options.step]}; now: lab up\n`);
  return 0;
}

const SAYS: Record<Step, string> = {
  announce: "there is a next secret",
  switch: "the next secret is in force, the previous one is kept beside it",
  drop: "the previous secret is gone",
};

/** @throws UserError where the step before it was not made */
function take(files: EnvironmentFiles, step: Step, environment: string): void {
  switch (step) {
    case "announce":
      if (files.previousSecret !== undefined)
        throw new UserError(`${environment} has a previous secret still: drop that one first`);
      return files.announceSecret();
    case "switch":
      if (files.nextSecret === undefined)
        throw new UserError(`${environment} has no next secret: announce one first`);
      return files.switchSecret();
    case "drop":
      if (files.previousSecret === undefined)
        throw new UserError(`${environment} has no previous secret: switch to the next one first`);
      return files.dropSecret();
    default: {
      const exhaustive: never = step;
      return exhaustive;
    }
  }
}
