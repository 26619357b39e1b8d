import { createHash } from "node:crypto";

/** The first hexadecimal digit of every mark of ours: a `P`, as far as one digit can be. */
const PREFIX = "5";
/** What tells a mark of ours from others', as iptables-save writes it. */
export const OUR_MARKS = `0x${PREFIX}0000000/0xf0000000`;

/**
 * The mark that the kernel puts on every packet that crosses a security association with this peer, in `0x` and 8
 * hexadecimal digits. It depends on nothing but the peer's name, so that a fleet that changes leaves links alone. Two
 * given peers have the same by a chance of 1 in 2^28: either could then pass for the other on the hosts that are peers
 * of both, which only matters when one of them is compromised.
 * @param identity the peer's IKE identity
 */
export function markOf(identity: string): string {
  return `0x${PREFIX}${createHash("sha256").update(`palisade/mark/${identity}`).digest("hex").slice(0, 7)}`;
}
