import { onPath } from "../lab/pulumi/on-path";

/** @throws unless the real command is there, with how to get it, and what to do `orElse` */
export function requirePulumi(orElse: string): void {
  if (onPath("pulumi") === undefined) {
    throw new Error(`pulumi is not on PATH; install it (https://www.pulumi.com/docs/install/), or ${orElse}`);
  }
}
