import { randomBytes } from "node:crypto";

/** As a documentation account of Amazon's. */
export const ACCOUNT = "123456789012";
export const REGION = "us-east-1";

/** An id as EC2 gives them: 17 hexadecimal digits behind a prefix, the first of them 0. */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString("hex")}`;
}

export function arn(kind: string, id: string): string {
  return `arn:aws:ec2:${REGION}:${ACCOUNT}:${kind}/${id}`;
}
