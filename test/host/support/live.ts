import type { Sandbox } from "./sandbox";

/** What packets, logins and charon meet, and whether anything of it would be undone. */
export interface Live {
  accounts: string;
  /** Rules, each with what is in its sets, whichever generation those are. */
  v4: string;
  v6: string;
  /** The connections' file, and the connections in charon. */
  file: string;
  connections: string;
  guards: string;
  ca: string;
  certificate: string;
  credentials: string;
  /** The candidates that there are, and the timer's file where it runs. */
  waiting: string;
  timer: string;
}

const LOOK = `
part() { printf '#=== %s\\n' "$1"; shift; "$@" 2>/dev/null || :; }
cd /var/lib/extrausers
part accounts find -L passwd group shadow /etc/sudoers.d/palisade /etc/ssh/palisade_keys -type f -exec grep -H ^ {} +
part v4 iptables-save -t filter
part v6 ip6tables-save -t filter
part sets ipset save
part file cat /etc/swanctl/conf.d/palisade.conf
part connections sort -u /mnt/connections
part guards ip xfrm policy list dir out
part ca cat /etc/swanctl/x509ca/palisade-ca.pem
part certificate cat /etc/swanctl/x509/palisade.pem
part credentials cat /mnt/credentials
part waiting find /var/lib/palisade -name candidate
part timer ls /mnt/revert-timer`;

export async function look(host: Sandbox): Promise<Live> {
  const text = await host.sh(LOOK);
  const parts = new Map(
    text
      .split(/^#=== /m)
      .slice(1)
      .map((part): [string, string] => {
        const end = part.indexOf("\n");
        return [part.slice(0, end), part.slice(end + 1)];
      }),
  );
  const of = (name: string) => parts.get(name) ?? "";
  const sorted = (name: string) => of(name).split("\n").sort().join("\n");
  return {
    accounts: sorted("accounts"),
    v4: rules(of("v4"), of("sets")),
    v6: rules(of("v6"), of("sets")),
    file: of("file"),
    connections: of("connections"),
    guards: of("guards"),
    ca: of("ca"),
    certificate: of("certificate"),
    credentials: of("credentials"),
    waiting: sorted("waiting"),
    timer: of("timer"),
  };
}

/** The table of a family with its sets; "" where everything is let in. A probe's chain, which is empty, is no rule. */
function rules(table: string, sets: string): string {
  const lines = table.split("\n").map((line) => line.replace(/ \[\d+:\d+\]$/, ""));
  const wanted = lines.filter((line) => !/^($|#|\*|COMMIT|:\w+ ACCEPT|:PALISADE-PROBE)/.test(line));
  const members = wanted
    .flatMap((line) => /--match-set (\S+)/.exec(line)?.[1] ?? [])
    .flatMap((set) => sets.split("\n").filter((line) => line.startsWith(`add ${set} `)));
  return [...wanted, ...members]
    .map((line) => line.replace(/\b([a-z0-9-]+\.[46])\.[abc]\b/g, "$1"))
    .sort()
    .join("\n");
}

/**
 * What {@link Sandbox.everything} tells, without which generation or folder is in use, and what was undone or
 * confirmed before. Guards may stay.
 */
export async function whole(host: Sandbox, undone: readonly string[]): Promise<string[]> {
  const ignored = /\/(reverted|last-good) |^src |^\tdir |^($|\*filter|COMMIT|:\w+ ACCEPT)/;
  return (await host.everything())
    .filter((line) => !ignored.test(line) && !undone.some((digest) => line.includes(digest)))
    .map((line) => line.replace(/\.[abc]\b|extrausers\/[ab]\b|^(. \d+ \S+ \S+extrausers\/live) .*/g, "$1"))
    .sort();
}

/** A reboot, until charon has read its files: the kernel is empty and so is /run. */
export async function reboot(host: Sandbox): Promise<void> {
  await host.sh(
    `for program in iptables ip6tables; do
       for chain in INPUT FORWARD OUTPUT; do $program -P $chain ACCEPT; done; $program -F; $program -X
     done
     ipset destroy; ip xfrm policy flush; rm -rf /run/palisade /mnt/revert-timer`,
  );
}
