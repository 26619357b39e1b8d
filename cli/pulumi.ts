import { pulumiOnPath } from "../lab/deploy/engine";

/** @throws unless the real command is there, with how to get it, and what to do `orElse` */
export function requirePulumi(orElse: string): void {
  if (pulumiOnPath() === undefined) {
    throw new Error(`pulumi is not on PATH; install it (https://www.pulumi.com/docs/install/), or ${orElse}`);
  }
}
