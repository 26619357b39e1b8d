# shellcheck shell=sh disable=SC2034,SC2154 # palisade-host makes $work; the facets use the folder
# charon, strongSwan's daemon, and swanctl, which speaks to it. What of its files is kept in swanctl's folders.

SWANCTL_DIR=${PALISADE_SWANCTL_DIR:-/etc/swanctl}

# A charon that hangs must not hold the lock, for which the undoing of a lockout waits.
swanctl() { timeout -k 1 20 swanctl "$@"; }

# charon opens its control socket a moment after systemd calls it started. One that hangs is started anew: what is in the
# kernel goes on without it.
wait_for_charon() {
  systemctl is-active --quiet strongswan || systemctl start strongswan
  charon_answers || {
    say "charon does not answer on its control socket; it is started anew"
    systemctl kill --signal=KILL strongswan || :
    systemctl restart strongswan
    charon_answers || die "charon did not answer on its control socket within 15 s, twice"
  }
}

charon_answers() { timeout -k 1 15 sh -c 'until swanctl --stats; do sleep 0.25; done' >/dev/null 2>&1; }

# place FOLDER NAME TARGET: a file of swanctl's. The one before it is kept for put_back.
place() {
  [ ! -f "$3" ] || cp "$3" "$work/old.$2"
  placed="$2:$3 ${placed-}"
  replace_file 0644 "$3" <"$1/$2"
}

# put_back: all that was placed, as it was.
put_back() {
  for pair in ${placed-}; do
    if [ -f "$work/old.${pair%%:*}" ]; then
      replace_file 0644 "${pair#*:}" <"$work/old.${pair%%:*}"
    else
      rm -f "${pair#*:}"
    fi
  done
}

# end_associations --ike|--ike-id <NAMES: all at once, without waiting for an answer from a peer that may be gone.
end_associations() {
  xargs -r -n 1 -P 16 timeout 5 swanctl --terminate --force --timeout 1 "$1" >/dev/null 2>&1 || :
}

# begin_associations <NAMES: all at once, and not waiting long for a peer that is down. A peer that missed that its old one
# ended sends by the new one from here on, not by the old until it notices.
begin_associations() {
  xargs -r -I NAME -P 16 timeout 5 swanctl --initiate --ike NAME --child all --timeout 2 >/dev/null 2>&1 || :
}

# ask_charon WHAT OPTION...: charon's own words are shown where it refuses.
ask_charon() {
  asked=$1
  shift
  swanctl "$@" >"$work/report" 2>&1 || {
    cat "$work/report" >&2
    die "charon refused $asked; what was there is back"
  }
}
