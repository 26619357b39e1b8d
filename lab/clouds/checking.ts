import { misshapen, missing, type Problem } from "../grpc/checking";
import { knownOnly, type Properties } from "../grpc/values";
import type { ResourceType } from "./resource-type";
import type { Store } from "./store";

/** All that is wrong with the inputs of a resource, as far as they are known. */
export function problemsWith(type: ResourceType, inputs: Properties, store: Store): Problem[] {
  const lacks = missing(type, inputs);
  const wrong = misshapen(type, inputs);
  if (wrong.length > 0) return [...lacks, ...wrong];
  return [...lacks, ...(type.check?.(knownOnly(inputs), store) ?? [])];
}

/** One error that lists every problem. */
export function refusal(problems: Problem[]): Error {
  return new Error(problems.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
}
