import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LabHost } from "../lab-host";
import { connection, type Claim } from "./connection";

const CLAIM = `${readFileSync(join(__dirname, "claim.pl"), "utf8")}\n__END__\n`;

/** Somebody on the link who keeps whose an address is: a host, or the deployer's machine. */
export interface Neighbour {
  /** Runs a shell's command as root. @returns what it prints. @throws if it fails */
  text(command: string): Promise<string>;
}

/** Somebody with root on a host of the lab, to whom its own firewall and connections are no obstacle. */
export class Attacker {
  constructor(readonly host: LabHost) {}

  /** Opens the host's own firewall for good. Its connections to peers stay. */
  async breakFree(): Promise<void> {
    await this.host.text(`
      systemctl stop 'palisade*.timer'
      for table in iptables-legacy ip6tables-legacy; do
        for chain in INPUT FORWARD OUTPUT; do $table -P $chain ACCEPT; done
        $table -F
      done`);
  }

  /** Ends IPsec: from now on everything leaves in clear. */
  async dropIpsec(): Promise<void> {
    await this.host.text("systemctl stop strongswan; ip xfrm policy flush; ip xfrm state flush");
  }

  /** Starts charon again with none of the connections that it was given. */
  async takeCharon(): Promise<void> {
    await this.host.text(`
      rm -f /etc/swanctl/conf.d/palisade.conf
      systemctl restart strongswan
      until swanctl --stats >/dev/null 2>&1; do sleep 0.2; done`);
  }

  /** Works with more addresses than its own, and says nothing of them to anybody. */
  async adopting<T>(addresses: readonly string[], work: () => Promise<T>): Promise<T> {
    await this.host.text(`set -e\n${each("add", addresses, "nodad")}`);
    try {
      return await work();
    } finally {
      await this.host.text(each("del", addresses));
    }
  }

  /**
   * Works with other hosts' addresses, and tells the link all the while that they are its own. Whoever hears the owners
   * too believes now the one and now the other.
   * @param believers those of the link that believe the attacker alone, as if it always were the last to be heard
   */
  posing<T>(
    addresses: readonly string[],
    believers: readonly Neighbour[],
    work: () => Promise<T>,
  ): Promise<T> {
    return this.adopting(addresses, async () => {
      const stop = await announce(this.host, addresses);
      const mac = (await this.host.text("cat /sys/class/net/eth0/address")).trim();
      const tell = (verb: string, what: string) =>
        Promise.all(believers.map((believer) => believer.text(neighbours(verb, addresses, what))));
      try {
        await tell("replace", `lladdr ${mac} nud permanent`);
        return await work();
      } finally {
        await tell("del", "");
        await stop();
      }
    });
  }

  /**
   * Tries to agree on links, all at once, and not where an earlier try left off, until each is there, refused, or given
   * up by charon. Returns what that says of each, by its name.
   */
  async initiate(claims: readonly Claim[]): Promise<Map<string, string>> {
    const all = claims.map(connection).join("");
    const names = claims.map(({ name }) => name).join(" ");
    await this.host.text(
      `for name in ${names}; do swanctl --terminate --force --timeout 1 --ike $name >/dev/null 2>&1; done
      cat >/etc/swanctl/conf.d/attack.conf; swanctl --load-creds --clear; swanctl --load-conns`,
      `connections {\n${all}}\n`,
    );
    const said = await Promise.all(
      claims.map(({ name }) => this.host.run(`swanctl --initiate --ike ${name} --child all 2>&1`)),
    );
    return new Map(claims.map(({ name }, index) => [name, said[index]?.stdout ?? ""]));
  }
}

function each(verb: string, addresses: readonly string[], ipv6Only = ""): string {
  const lines = addresses.map((address) =>
    address.includes(":")
      ? `ip -6 addr ${verb} ${address}/128 dev eth0 ${ipv6Only}`
      : `ip addr ${verb} ${address}/32 dev eth0`,
  );
  return lines.join("\n");
}

/** Commands that change what is known of addresses' owners. */
function neighbours(verb: string, addresses: readonly string[], what: string): string {
  return `set -e
    for address in ${addresses.join(" ")}; do
      card=$(ip route get $address | sed -n 's/.* dev \\([^ ]*\\) .*/\\1/p')
      ip neigh ${verb} $address dev $card ${what}
    done`;
}

/** Tells the link that addresses are this host's, until the function it returns is called. */
export function announce(host: LabHost, addresses: readonly string[]): Promise<() => Promise<void>> {
  return host.place.start(`perl - ${addresses.join(" ")}`, CLAIM);
}
