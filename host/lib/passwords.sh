# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# The passwords that sudo asks for: crypt(3) hashes, which only root can read, here and in the shadow file that they
# become part of. The accounts facet says who may have one; whoever it does not name loses theirs with it.
# Nothing here prints a hash, and none is ever an argument of a process.

# yescrypt and sha512crypt; see crypt(5).
# shellcheck disable=SC2016 # the dollar signs are their own
HASH='(\$y\$[./A-Za-z0-9]{2,16}\$[./A-Za-z0-9]{8,86}\$[./A-Za-z0-9]{43}|\$6\$(rounds=[1-9][0-9]{3,6}\$)?[./A-Za-z0-9]{8,16}\$[./A-Za-z0-9]{86})'

passwords_files() { echo hashes; }

# A hash a line, each of another person whom sudo asks for a password here.
passwords_check() {
  unpack_accounts || die "there are no accounts here yet; nothing was changed"
  wrong=$(grep -Evn "^[a-z][a-z0-9-]*:$HASH\$" "$1/hashes" | cut -d : -f 1 | sed q)
  [ -z "$wrong" ] || die "line $wrong of the passwords is no name with a yescrypt or sha512crypt hash; nothing was changed"
  wrong=$(cut -d : -f 1 "$1/hashes" | sort | uniq -d | sed q)
  [ -z "$wrong" ] || die "the password of $wrong stands twice; nothing was changed"
  wrong=$(cut -d : -f 1 "$1/hashes" | grep -vxF -f "$work/own/passwords" | sed q)
  [ -z "$wrong" ] || die "$wrong is nobody whom sudo asks for a password here; nothing was changed"
}

# unpack_accounts: those that are in use, into $work/own; false where there are none.
unpack_accounts() {
  for own in candidate confirmed; do
    if ! intact "$STATE_DIR/accounts" "$own"; then continue; fi
    unpack_facet accounts "$STATE_DIR/accounts/$own" "$work/own"
    return
  done
  return 1
}

passwords_load() {
  unpack_accounts || return 0
  keep_hashes "$work/own/passwords" "$1/hashes" >"$work/hashes"
  swap_accounts "$work/own" "$work/hashes"
  say "passwords: $(wc -l <"$1/hashes") set"
}

# passwords_for NAMES: the hashes that were pushed, of these people alone.
passwords_for() {
  for own in candidate confirmed; do
    if ! intact "$STATE_DIR/passwords" "$own"; then continue; fi
    unpack_facet passwords "$STATE_DIR/passwords/$own" "$work/own-passwords"
    keep_hashes "$1" "$work/own-passwords/hashes"
    return
  done
}

# keep_hashes NAMES HASHES
keep_hashes() { awk -F : 'FILENAME == ARGV[1] { named[$1] = 1; next } $1 in named' "$1" "$2"; }

# compose_shadow SHADOW HASHES: the accounts of a shadow file, each with its hash, or with none.
compose_shadow() {
  awk -F : '
    FILENAME == ARGV[1] { hash[$1] = $2; next }
    { print $1 ":" ($1 in hash ? hash[$1] : "*") ":::::::" }' "$2" "$1"
}

# changed_passwords SHADOW: who will have another password than before, or none.
changed_passwords() {
  [ ! -f "$LIVE/shadow" ] ||
    awk -F : 'FILENAME == ARGV[1] { now[$1] = $2; next } now[$1] != $2 { print $1 }' "$1" "$LIVE/shadow"
}

# ask_anew NAMES: sudo remembers for a while that somebody gave a password.
ask_anew() {
  for name in $1; do
    rm -f "/run/sudo/ts/$name" "/run/sudo/ts/$(id -u "$name" 2>/dev/null || echo "$name")"
  done
}

# What the accounts that are confirmed have no use for is not kept.
accounts_settle() {
  forget "$STATE_DIR/passwords" last-good
  exists "$STATE_DIR/passwords/confirmed" || return 0
  unpack_facet accounts "$STATE_DIR/accounts/confirmed" "$work/own"
  passwords_for "$work/own/passwords" >"$work/hashes"
  {
    echo "# palisade passwords"
    echo "#=== file hashes"
    cat "$work/hashes"
    echo "#=== end"
  } >"$work/pruned"
  cmp -s "$work/hashes" "$work/own-passwords/hashes" || keep "$STATE_DIR/passwords" confirmed <"$work/pruned"
  sweep "$STATE_DIR/passwords"
}

# No hash that was taken away is kept for another day.
passwords_settle() { forget "$STATE_DIR/passwords" last-good; }

passwords_drift() { :; }

passwords_clear() {
  : >"$work/none"
  unpack_accounts || return 0
  swap_accounts "$work/own" "$work/none"
}

passwords_fallback() { say "passwords: left as they are on the disk"; }
