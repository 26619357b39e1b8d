# shellcheck shell=sh
# Makes a Debian or Ubuntu host ready to be managed, and prints its certificate signing request on standard
# output (all else goes to standard error). Every step leaves alone what is already right.
#
# This text is the beginning of a script that arrives on standard input, in one pair of braces: checks.sh comes next,
# then the files of host/ as calls of put_file, and the last command calls palisade_prepare with the host's identity.
# Nothing runs before all has come.

set -eu
umask 022
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C DEBIAN_FRONTEND=noninteractive

PACKAGES="iptables ipset strongswan-swanctl charon-systemd libstrongswan-standard-plugins libnss-extrausers
  sudo openssl conntrack iproute2 kmod procps"

# There while systemd has not read the units that were replaced.
REREAD_UNITS=/run/palisade-reread-units

say() { printf 'palisade: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

# put_file TARGET <content: readable by all, as the umask says, and never half there: what is written first has a name of
# prepare's own, as palisade-host removes what a killed one left by its. A unit that systemd knows has to be read anew.
put_file() {
  cat >"$1.palisade-prepared"
  case $1 in *.service | *.timer) cmp -s "$1.palisade-prepared" "$1" || [ ! -e "$1" ] || touch "$REREAD_UNITS" ;; esac
  mv -f "$1.palisade-prepared" "$1"
}

apt() {
  # shellcheck disable=SC2154 # check_packages sets it
  apt-get -q -o Dir::State::Lists="$lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    -o DPkg::Lock::Timeout=120 "$@"
}

# What of the packages is not installed.
find_missing() {
  # shellcheck disable=SC2086 # a list of package names
  installed=$(dpkg-query -W -f '${Package} ${Status}\n' $PACKAGES 2>/dev/null | sed -n 's/ .* installed$//p')
  missing=
  for package in $PACKAGES; do
    printf '%s\n' "$installed" | grep -qxF "$package" || missing="$missing $package"
  done
}

install_packages() {
  [ -n "$missing" ] || return 0
  say "installing$missing"
  # shellcheck disable=SC2086 # a list of package names
  apt -y install --no-install-recommends $missing >&2
}

# Names of the policy's people come after the system's own.
serve_accounts() {
  mkdir -p /var/lib/extrausers
  for file in passwd group shadow; do
    grep -Eq "^$file:.*extrausers" /etc/nsswitch.conf || sed -i -E "s/^($file:.*)$/\1 extrausers/" /etc/nsswitch.conf
  done
}

# A drop-in that sshd refuses gives way to the one before it, which is kept (empty where there was none) until sshd has
# read the new one: a run that is killed before is finished by the next.
configure_sshd() {
  drop_in=/etc/ssh/sshd_config.d/palisade.conf
  before=$drop_in.last-good
  if cmp -s "$1" "$drop_in" && [ ! -e "$before" ]; then return; fi
  if [ ! -e "$before" ]; then { [ ! -f "$drop_in" ] || cat "$drop_in"; } | put_file "$before"; fi
  put_file "$drop_in" <"$1"
  if ! sshd -t >&2; then
    if [ -s "$before" ]; then mv -f "$before" "$drop_in"; else rm -f "$drop_in" "$before"; fi
    die "sshd refused Palisade's drop-in (see the line above); what was there is back"
  fi
  systemctl reload ssh
  rm -f "$before"
}

# charon reads the timer of the kernel's requests when it starts, and the rest anew when told to.
configure_charon() {
  settings=/etc/strongswan.d/palisade.conf
  if cmp -s "$1" "$settings"; then return; fi
  mkdir -p /etc/strongswan.d
  put_file "$settings" <"$1"
  sysctl -q -w "net.core.xfrm_acq_expires=$(sed -n 's/^ *xfrm_acq_expires = //p' "$1")"
  systemctl is-active --quiet strongswan || return 0
  # It opens its control socket a moment after systemd calls it started. One that hangs reads them when started anew.
  timeout -k 1 15 sh -c 'until swanctl --reload-settings; do sleep 0.25; done' >/dev/null 2>&1 || {
    systemctl kill --signal=KILL strongswan || :
    systemctl restart strongswan
  }
}

# enable_at_boot TARGET UNIT. The running systemd need not know (a reload takes seconds).
enable_at_boot() {
  [ -e "/etc/systemd/system/$1.wants/$2" ] || systemctl -q --no-reload enable "$2"
}

# make_key [EPOCH]: the key of another epoch stays beside it until there is a certificate for this one.
make_key() {
  key=/etc/swanctl/private/palisade${1:+-$1}.pem
  if [ -s "$key" ]; then return; fi
  mkdir -p /etc/swanctl/private
  (umask 077 && openssl genpkey -algorithm ed25519 -out "$key.palisade-prepared")
  mv "$key.palisade-prepared" "$key"
}

# The connection over which this came confirms what the one before it pushed, unless it is to be moved only now.
confirm_access() {
  if [ -n "${moving-}" ] || [ ! -L /var/lib/palisade/access/candidate ]; then return; fi
  palisade-host arrive
}

# palisade_prepare IDENTITY [EPOCH], such as web-1.dev.palisade 2026-11-28
palisade_prepare() {
  confirm_access
  check_host
  install_packages
  mkdir -p /usr/local/lib/palisade
  put_files
  [ ! -e "$REREAD_UNITS" ] || { systemctl daemon-reload && rm -f "$REREAD_UNITS"; }
  chmod 0755 /usr/local/lib/palisade/palisade-host
  (cd /usr/local/lib/palisade && sha256sum palisade-host sshd.conf charon.conf ./*.sh | put_file manifest)
  ln -sf /usr/local/lib/palisade/palisade-host /usr/local/sbin/palisade-host
  serve_accounts
  configure_sshd /usr/local/lib/palisade/sshd.conf
  configure_charon /usr/local/lib/palisade/charon.conf
  enable_at_boot sysinit.target palisade-firewall.service
  enable_at_boot timers.target palisade-drift.timer
  systemctl start palisade-drift.timer
  make_key "${2-}"
  openssl req -new -key "$key" -subj "/CN=$1"
}
