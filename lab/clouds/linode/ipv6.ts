import { shortHash } from "../../machine";
import { formatIpv6, parseBlock } from "../blocks";
import type { CreateContext } from "../resource-type";
import { text, type Properties } from "../../grpc/values";
import { INSTANCE } from "./network";

/** Each region has a /64 of this /48. */
const POOL = "2001:db8:b000::/48";

/** Chosen by the region's and the instance's names, so that the same stack has the same addresses again. */
export function freeIpv6(inputs: Properties, { store, stack, name }: CreateContext): string {
  const pool = parseBlock(POOL);
  if (pool === undefined) throw new Error("the lab's IPv6 pool is no block");
  const region = BigInt(`0x${shortHash(text(inputs, "region") ?? "", 4)}`) << 64n;
  const used = new Set(store.all(INSTANCE).map((one) => one.outputs["ipv6"]));
  for (let attempt = 0; ; attempt++) {
    const low = BigInt(`0x${shortHash(`${stack} ${name}${attempt === 0 ? "" : ` ${attempt}`}`, 16)}`);
    const address = formatIpv6(pool.first + region + low);
    if (!used.has(`${address}/128`)) return address;
  }
}
