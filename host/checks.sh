# shellcheck shell=sh
# What a host must have before it can be managed, looked at before anything on it is changed; all that it lacks is told
# at once. This text comes after prepare.sh in the script that arrives on standard input.

# What ESP, the rules and the sets need of the kernel.
MODULES="esp4 esp6 xfrm_user ip_set ip_set_hash_net ip_set_hash_ipmark xt_set xt_mark xt_policy xt_conntrack"
# Free space for packages and apt's lists, in MiB.
ROOM=300

lack() {
  lacks="${lacks}palisade:   $*
"
}

check_host() {
  lacks=
  [ "$(id -u)" = 0 ] || lack "this must run as root"
  check_release
  [ -d /run/systemd/system ] || lack "it was not booted with systemd"
  check_sshd
  check_kernel
  check_rivals
  check_packages
  [ -n "$lacks" ] || return 0
  say "this host can't be managed yet, and nothing was changed on it:"
  printf '%s' "$lacks" >&2
  exit 1
}

check_release() {
  # shellcheck source=/dev/null
  release=$(. /etc/os-release && printf '%s:%s:%s' "${ID-}" "${VERSION_ID-}" "${PRETTY_NAME-${ID-unknown}}") || release=::unknown
  case $release in
    debian:12:* | debian:13:* | ubuntu:22.04:* | ubuntu:24.04:*) ;;
    *) lack "its system is '${release#*:*:}'; Palisade manages Debian 12 and 13, Ubuntu 22.04 and 24.04" ;;
  esac
}

check_sshd() {
  grep -Eiqs '^ *Include +/etc/ssh/sshd_config\.d/' /etc/ssh/sshd_config ||
    lack "/etc/ssh/sshd_config does not include /etc/ssh/sshd_config.d/*.conf; add the line at its top"
}

check_kernel() {
  absent=
  for module in $MODULES; do
    [ -d "/sys/module/$module" ] || modprobe -n -q "$module" 2>/dev/null || absent="$absent $module"
  done
  [ -z "$absent" ] ||
    lack "its kernel, $(uname -r), lacks$absent (a container has no kernel of its own; one that was upgraded needs a reboot; Ubuntu keeps some in linux-modules-extra)"
}

# enabled UNIT: whether it is started at boot.
enabled() {
  for link in /etc/systemd/system/*.wants/"$1.service" /etc/systemd/system/*.requires/"$1.service"; do
    if [ -L "$link" ]; then return 0; fi
  done
  return 1
}

# Two firewalls undo each other's rules, and two IKE daemons want the same port.
check_rivals() {
  if grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf; then
    lack "ufw loads a firewall of its own; turn it off: ufw disable"
  fi
  for unit in firewalld nftables netfilter-persistent; do
    if enabled "$unit"; then lack "$unit loads a firewall of its own; turn it off: systemctl disable --now $unit"; fi
  done
  for unit in strongswan-starter ipsec; do
    if enabled "$unit"; then lack "$unit is another IKE daemon; turn it off: systemctl disable --now $unit"; fi
  done
}

# Asks apt's sources with lists of their own, which go with this process, or with the next if this one is killed.
check_packages() {
  lists=/var/lib/palisade-apt.$$
  for left in /var/lib/palisade-apt.*; do
    if [ "$left" = "$lists" ] || [ ! -d "/proc/${left##*.}" ]; then rm -rf "$left"; fi
  done
  find_missing
  [ -n "$missing" ] || return 0
  check_room
  trap 'rm -rf "$lists"' EXIT
  mkdir "$lists"
  # It succeeds where a source can't be reached, too.
  apt update >"$lists/update" 2>&1 || :
  # shellcheck disable=SC2086 # a list of package names
  apt -s -o Dir::Log="$lists" install --no-install-recommends $missing >/dev/null 2>"$lists/errors" ||
    lack "apt can't install$missing: $(reasons)"
}

# Why apt can't, in the first lines of what it said; what it said of its sources comes last.
reasons() {
  { sed -n 's/^E: //p' "$lists/errors" && sed -n 's/^[EW]: //p' "$lists/update"; } | head -n 3 |
    paste -s -d '|' - | sed 's/|/; /g'
}

check_room() {
  full=$(df -Pk /usr /var/lib | awk -v room="$ROOM" 'NR > 1 && $4 < room * 1024 { print $6 }' | sort -u | paste -s -d ' ' -)
  [ -z "$full" ] || lack "less than $ROOM MiB are free on $full"
}
