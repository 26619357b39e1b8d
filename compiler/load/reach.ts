import type { Bastion } from "../model";
import { contains, parseAddress, type Block } from "../validate/cidr";
import type { Cursor } from "../validate/cursor";
import { quoted } from "../validate/nearest";
import { parseSshKey } from "../validate/ssh-key";
import { isWithin } from "../validate/subnet";
import type { Site } from "./hosts";

const SSH_PORT = 22;

export function readAddress(cursor: Cursor): Block | undefined {
  const text = cursor.text();
  if (text === undefined) return undefined;
  const parsed = parseAddress(text);
  if ("block" in parsed) return parsed.block;
  cursor.error(parsed.message);
  return undefined;
}

/** @param whose as in "an existing host's" */
export function readHostKey(item: Cursor, whose: string): string | undefined {
  const field = item.field("hostKey");
  if (!item.has("hostKey")) {
    item.error(`"hostKey" is missing: ${whose} SSH public key, such as ssh-keyscan prints, is pinned`);
    return undefined;
  }
  const line = field.text();
  if (line === undefined) return undefined;
  const parsed = parseSshKey(line);
  if ("key" in parsed) return parsed.key.id;
  field.error(parsed.message);
  return undefined;
}

/**
 * The machine through which SSH goes to a host, where there is one.
 * @param host the address that the bastion connects to
 */
export function readBastion(item: Cursor, host: Block | undefined, site: Site): Bastion | undefined {
  const bastion = item.field("bastion");
  if (!bastion.isObject()) return undefined;
  const address = readAddress(bastion.field("address"));
  const hostKey = readHostKey(bastion, "a bastion's");
  const [place, from] = bastion.has("from")
    ? [bastion.field("from"), readAddress(bastion.field("from"))]
    : [bastion.field("address"), address];
  if (from !== undefined) checkOrigin(place, from, host, site);
  if (address === undefined || hostKey === undefined) return undefined;
  return {
    address: address.text,
    port: bastion.field("port").integer() ?? SSH_PORT,
    user: bastion.field("user").text() ?? "root",
    hostKey,
  };
}

/** What the host sees SSH come from has to be let in by its firewall, and before it has IPsec. */
function checkOrigin(place: Cursor, from: Block, host: Block | undefined, site: Site): void {
  const named = quoted(from.text);
  if (host !== undefined && host.family !== from.family) {
    place.error(
      `the host is reached over ${familyName(host)}, and ${named} is ${familyName(from)}: say with "from" which ${familyName(host)} address of the bastion the host sees`,
    );
  } else if (site.fleet !== undefined && isWithin(site.fleet, from)) {
    place.error(
      `${named} is within the network "fleet", whose servers are let in through IPsec only, and this host has none before it is reached; a bastion is outside`,
    );
  } else if (site.failsafe.length > 0 && !site.failsafe.some((block) => contains(block, from))) {
    place.error(
      `the host sees the deployer come from ${named}, which is in no range of palisade:failsafe: the deployer would be locked out`,
    );
  }
}

function familyName({ family }: Block): string {
  return family === "ipv4" ? "IPv4" : "IPv6";
}
