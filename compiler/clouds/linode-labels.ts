import { createHash } from "node:crypto";
import { LINODE_LIMITS } from "./linode-limits";

const DIGITS = 8;

/**
 * A label that Linode takes: the text as it is where it fits. What does not is mended, cut and marked with a hash of
 * the whole text, so that it stays recognisable, the same every time, and no other's.
 * @param text names of the policy and the inventory, joined by `-` or `.`
 */
export function linodeLabel(text: string, longest: number): string {
  const mended = text
    .replace(/-+/g, "-")
    .replace(/-?\.-?/g, ".")
    .replace(/[-.]$/, "");
  if (mended === text && text.length <= longest) return text;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, DIGITS);
  return `${mended.slice(0, longest - DIGITS - 1).replace(/[-.]$/, "")}-${hash}`;
}

/** Such as `web-1.dev`. */
export function instanceLabel(host: string, environment: string): string {
  return linodeLabel(`${host}.${environment}`, LINODE_LIMITS.instanceLabelLongest.limit);
}

/** Such as `palisade-dev-us-east`. */
export function vpcLabel(environment: string, region: string): string {
  return linodeLabel(`palisade-${environment}-${region}`, LINODE_LIMITS.vpcLabelLongest.limit);
}

/** Such as `palisade-dev-us-east-web`: an account has each label once, whatever the region. */
export function firewallLabel(environment: string, region: string, kind: string): string {
  return linodeLabel(`palisade-${environment}-${region}-${kind}`, LINODE_LIMITS.firewallLabelLongest.limit);
}

/** The environment, by which bills and people tell resources apart, and the groups. */
export function linodeTags(environment: string, groups: readonly string[]): string[] {
  return [`palisade-${environment}`, ...groups.map((group) => `palisade-group-${group}`)];
}
