import * as pulumi from "@pulumi/pulumi";
import { isEqual } from "lodash";
import type { SecretKey } from "../compiler/identity/keys";

/** What the program reads from its stack's config, still unchecked; the compiler checks it whole. */
export interface Settings {
  /** The stack's name, as in `Pulumi.<stack>.yaml`. */
  stack: string;
  /** Folder of the policy's JSON files, relative to the project. */
  policyFolder: string;
  /** Every `palisade:` key but the secrets and the passwords, and `aws:region`. */
  inventory: Record<string, unknown>;
  /** The environment's secrets; undefined where one was never set. */
  secrets: Record<SecretKey, pulumi.Output<string> | undefined>;
  /** Hashes by person, in clear: what is passed on of them is made a secret first. */
  passwords: unknown;
}

const STRINGS = [
  "environment",
  "region",
  "policy",
  "connect",
  "certificateEpoch",
  "secretId",
  "nextSecretId",
  "previousSecretId",
  "owner",
] as const;
const OBJECTS = [
  ...["hosts", "failsafe", "isolated", "regionStacks", "subnets", "ipcomp", "zones", "protect", "quotas"],
] as const;

/**
 * Reads the stack's config. Keys that are absent stay absent, so that the compiler's defaults hold. So do those with the
 * empty default of Pulumi.yaml: Pulumi refuses a stack without a value for a key that has no default there.
 */
export function readSettings(): Settings {
  const config = new pulumi.Config("palisade");
  const inventory: Record<string, unknown> = {};
  for (const key of STRINGS) {
    const value = config.get(key);
    if (value !== undefined && value !== "") inventory[key] = value;
  }
  for (const key of OBJECTS) {
    const value = config.getObject<unknown>(key);
    if (value !== undefined && !(key === "zones" && isEqual(value, []))) inventory[key] = value;
  }
  const awsRegion = new pulumi.Config("aws").get("region");
  if (awsRegion !== undefined) inventory["aws:region"] = awsRegion;
  return {
    stack: pulumi.getStack(),
    policyFolder: config.get("policy") ?? "policy",
    inventory,
    secrets: {
      secret: config.getSecret("secret"),
      nextSecret: secretUnlessEmpty(config, "nextSecret"),
      previousSecret: secretUnlessEmpty(config, "previousSecret"),
    },
    passwords: config.getObject<unknown>("passwords"),
  };
}

/** Whether there is a second secret decides what is registered; only its value is secret. */
function secretUnlessEmpty(config: pulumi.Config, key: SecretKey): pulumi.Output<string> | undefined {
  const value = config.get(key);
  return value === undefined || value === "" ? undefined : pulumi.secret(value);
}
