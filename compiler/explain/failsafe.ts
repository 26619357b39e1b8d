import type { Network, Port } from "../model";
import { isCovered, portsOverlap, touches } from "../rules/admits";
import { blocksFrom } from "../rules/between";
import type { RuleContext } from "../rules/context";

/** SSH, which the failsafe always reaches. */
export const SSH: Port = { protocol: "tcp", first: 22, last: 22 };

/** How much of a network the failsafe lets in on a port. */
export function failsafeReach(name: string, port: Port, context: RuleContext): "none" | "some" | "whole" {
  if (!portsOverlap(SSH, port)) return "none";
  const isIpv6 = (range: string) => range.includes(":");
  const failsafe: Network = {
    name: "failsafe",
    ipv4: context.model.failsafe.filter((range) => !isIpv6(range)),
    ipv6: context.model.failsafe.filter(isIpv6),
  };
  const blocks = blocksFrom(name, context);
  if (!blocks.some((block) => touches(failsafe, block))) return "none";
  return blocks.every((block) => isCovered(block, [failsafe])) ? "whole" : "some";
}
