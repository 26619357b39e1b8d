# shellcheck shell=sh disable=SC2154 # sourced by palisade-host, with what else it has
# What a push needs of a host that was prepared once and may have lost it since. Undoing and booting do what they can
# without.

# Programs of the packages that prepare.sh installs, and of a Debian's own.
PROGRAMS="awk cmp comm conntrack diff find flock getent install ip ipset openssl pkill pwck sed sha256sum ssh-keygen
  swanctl sync systemctl visudo"
# Free space for documents, accounts and keys, in KiB.
ROOM=2048

check_needs() {
  lost=$(lost_programs)
  [ -z "$lost" ] || die "not installed any more: $lost; install what is missing and push again; nothing was changed"
  places=$(places)
  for place in $places; do
    [ -w "$place" ] || die "$place can't be written to: mount its file system for writing and push again; nothing was changed"
  done
  full=$(echo "$places" | xargs df -Pk | awk -v room="$ROOM" 'NR > 1 && $4 < room { print $6 }' | sort -u | paste -s -d ' ' -)
  [ -z "$full" ] || die "less than $ROOM KiB are free on $full: make room and push again; nothing was changed"
}

# A function of a program's name is none.
lost_programs() {
  unset -f swanctl
  for program in $PROGRAMS; do command -v "$program" >/dev/null || printf '%s\n' "$program"; done | paste -s -d ' ' -
}

# places: the folders that a push writes to, or where they will be made.
places() {
  for place in "$RUN_DIR" "$STATE_DIR" "$EXTRAUSERS_DIR" "$FAILSAFE_DIR" "$SWANCTL_DIR" "$KEYS_DIR" "$SUDOERS_FILE" /home; do
    until [ -d "$place" ]; do place=${place%/*}; done
    echo "$place"
  done
}
