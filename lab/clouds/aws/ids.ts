import { randomBytes } from "node:crypto";
import type { Store } from "../store";

/** As a documentation account of Amazon's. */
export const ACCOUNT = "123456789012";
/** Where a provider is that was told no region. */
export const DEFAULT_REGION = "us-east-1";

/** An id as EC2 gives them: 17 hexadecimal digits behind a prefix, the first of them 0. */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString("hex")}`;
}

/** The region in which the account is being used. */
export function regionOf(store: Store): string {
  return store.region ?? DEFAULT_REGION;
}

export function arn(store: Store, kind: string, id: string): string {
  return `arn:aws:ec2:${regionOf(store)}:${ACCOUNT}:${kind}/${id}`;
}
