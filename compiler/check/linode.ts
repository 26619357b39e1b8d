import { linodeFirewalls } from "../clouds/linode-firewalls";
import { LINODE_LIMITS, LINODE_SUBNETS, SAMPLE_SUBNETS } from "../clouds/linode-limits";
import { planAddresses } from "../decide/addresses";
import { regionsAmong } from "../load/siblings";
import type { Source } from "../source/source";
import { enumerate } from "../text";
import { contains, parseCidr } from "../validate/cidr";
import { Cursor } from "../validate/cursor";
import { quoted } from "../validate/nearest";
import type { Report } from "../validate/report";
import type { DecidedStack } from "./stack";

/** What Linode would refuse only when half of the stack is there. @param source the stack's config */
export function checkLinode(stack: DecidedStack, source: Source | undefined, report: Report): void {
  if (source === undefined || stack.inventory.hosts.every(({ on }) => on !== "linode")) return;
  const document = new Cursor(report, source, source.value);
  checkSubnet(document.field("subnets").field("linode"), stack.inventory.subnets.linode);
  checkRules(document.field("hosts"), stack);
}

function checkSubnet(cursor: Cursor, subnet: string | undefined): void {
  const parsed = parseCidr(subnet ?? "");
  if ("message" in parsed) return;
  const { block } = parsed;
  const ranges = [...LINODE_SUBNETS, ...SAMPLE_SUBNETS].map(parseCidr);
  if (!ranges.some((range) => "block" in range && contains(range.block, block))) {
    cursor.error(
      `${quoted(block.text)} is in none of the ranges that a VPC of Linode may use: ${enumerate(LINODE_SUBNETS)}`,
    );
  }
  const longest = LINODE_LIMITS.subnetPrefixLongest.limit;
  if (block.bits > longest) {
    cursor.error(`${quoted(block.text)} is too small: a subnet of Linode is a /${longest} or larger`);
  }
}

/** One problem a kind of hosts, at the first entry that is of it. */
function checkRules(cursor: Cursor, { inventory, model, siblings }: DecidedStack): void {
  const elsewhere = regionsAmong(siblings, inventory).flatMap(({ inventory: region }) => [
    ...planAddresses(region).book,
  ]);
  const most = LINODE_LIMITS.rulesOfFirewall.limit;
  for (const { groups, hosts, rules } of linodeFirewalls(inventory, model, new Map(elsewhere))) {
    if (rules.length <= most) continue;
    entryOf(cursor, hosts[0] ?? "")
      .field("groups")
      .error(
        `hosts on Linode in ${enumerate(groups)} need ${rules.length} rules of a Cloud Firewall, which takes ${most}: ` +
          "give services the same networks, so that their ports share a rule, name fewer ranges, or put the services on hosts of their own",
      );
  }
}

/** The entry of `hosts` that a host came from. */
function entryOf(cursor: Cursor, host: string): Cursor {
  const entry = cursor.items().find((item) => {
    const name = item.field("name").text();
    return name === host || (item.has("count") && host.replace(/-\d+$/, "") === name);
  });
  return entry ?? cursor;
}
