import type { Cursor } from "./cursor";
import { quoted } from "./nearest";

/** Users and groups that Debian, Ubuntu and common server packages bring, and those that Palisade makes. */
const SYSTEM_NAMES = new Set(
  `root daemon bin sys adm tty disk lp mail news uucp man proxy kmem dialout fax voice cdrom floppy tape sudo audio
  dip www-data backup operator list irc src gnats shadow utmp video sasl plugdev staff games users nogroup nobody
  wheel admin sync sshd ssh crontab input sgx kvm render netdev messagebus polkitd tss uuidd dnsmasq ntp ntpsec chrony
  avahi postfix postdrop syslog systemd-journal systemd-network systemd-resolve systemd-timesync systemd-coredump
  systemd-oom rtkit pollinate landscape lxd docker libvirt tcpdump fwupd-refresh usbmux ubuntu debian ec2-user
  cloud-user centos fedora strongswan postgres mysql redis mongodb nginx apache haproxy memcache rabbitmq
  elasticsearch prometheus grafana telegraf statd rpc gpio palisade
  palisade-service`.split(/\s+/),
);

/** Says so if a person, team or service account would take the name of one of the system's own users or groups. */
export function checkNotSystem(
  kind: "person" | "team" | "service account",
  name: string,
  cursor: Cursor,
): void {
  if (!SYSTEM_NAMES.has(name)) return;
  cursor.error(
    `${quoted(name)} is reserved: systems have a user or group of that name, so no ${kind} can`,
    "key",
  );
}

const GROUP_WORDS = new Map([
  ["self", 'in "from" it means the other hosts of the same group'],
  ["any", 'in "from" it means every host of the environment'],
  ["net", 'in "from" it begins a network\'s name'],
]);

/** Says so if a server group has a name that means something else among sources. */
export function checkNotSourceWord(name: string, cursor: Cursor): void {
  const meaning = GROUP_WORDS.get(name);
  if (meaning !== undefined) cursor.error(`no group can be named ${quoted(name)}: ${meaning}`, "key");
}

/** Keeps track of values that must not occur twice, and says where the first one is. */
export class Unique<T extends string | number> {
  private readonly seen = new Map<T, string>();

  constructor(private readonly kind: string) {}

  /** @param owner who has the value, as a message names it */
  claim(value: T, owner: string, cursor: Cursor, part?: "key" | "value"): void {
    const first = this.seen.get(value);
    if (first === undefined) this.seen.set(value, owner);
    else cursor.error(`${this.kind} ${quoted(value)} is already that of ${first}`, part);
  }
}
