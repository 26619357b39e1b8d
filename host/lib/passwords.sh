# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# The passwords that sudo asks for: crypt(3) hashes, which only root can read, here and in the shadow file that they
# become part of. The accounts facet says who may have one; whoever it does not name loses theirs with its next push.
# Nothing here prints a hash, and none is ever an argument of a process.

HASHES=$STATE_DIR/accounts/hashes
ASKED=$STATE_DIR/accounts/passwords

# yescrypt and sha512crypt; see crypt(5).
# shellcheck disable=SC2016 # the dollar signs are their own
HASH='(\$y\$[./A-Za-z0-9]{2,16}\$[./A-Za-z0-9]{8,86}\$[./A-Za-z0-9]{43}|\$6\$(rounds=[1-9][0-9]{3,6}\$)?[./A-Za-z0-9]{8,16}\$[./A-Za-z0-9]{86})'

passwords_apply() {
  unpack "$work/document" "$work" hashes
  check_hashes "$work/hashes"
  compose_shadow "$EXTRAUSERS_DIR/shadow" "$work/hashes" >"$work/shadow"
  replace_file 0600 "$HASHES" <"$work/hashes"
  replace_shadow "$work/shadow"
  say "passwords: $(wc -l <"$work/hashes") set"
}

# check_hashes FILE: a hash a line, each of another person whom sudo asks for a password here.
check_hashes() {
  [ -f "$ASKED" ] || die "there are no accounts here yet; nothing was changed"
  wrong=$(grep -Evn "^[a-z][a-z0-9-]*:$HASH\$" "$1" | cut -d : -f 1 | head -n 1)
  [ -z "$wrong" ] || die "line $wrong of the passwords is no name with a yescrypt or sha512crypt hash; nothing was changed"
  wrong=$(cut -d : -f 1 "$1" | sort | uniq -d | head -n 1)
  [ -z "$wrong" ] || die "the password of $wrong stands twice; nothing was changed"
  wrong=$(cut -d : -f 1 "$1" | grep -vxF -f "$ASKED" | head -n 1)
  [ -z "$wrong" ] || die "$wrong is nobody whom sudo asks for a password here; nothing was changed"
}

# keep_hashes NAMES: the hashes that are here, of these people alone.
keep_hashes() {
  [ -f "$HASHES" ] || return 0
  awk -F : 'FILENAME == ARGV[1] { named[$1] = 1; next } $1 in named' "$1" "$HASHES"
}

# compose_shadow SHADOW HASHES: the accounts of a shadow file, each with its hash, or with none.
compose_shadow() {
  awk -F : '
    FILENAME == ARGV[1] { hash[$1] = $2; next }
    { print $1 ":" ($1 in hash ? hash[$1] : "*") ":::::::" }' "$2" "$1"
}

# replace_shadow FILE. Who has another password than before, or none, is asked for it anew.
replace_shadow() {
  changed=$(awk -F : 'FILENAME == ARGV[1] { now[$1] = $2; next } now[$1] != $2 { print $1 }' "$1" "$EXTRAUSERS_DIR/shadow") || changed=
  replace_file 0640 "$EXTRAUSERS_DIR/shadow" <"$1"
  chown root:shadow "$EXTRAUSERS_DIR/shadow"
  for name in $changed; do
    rm -f "/run/sudo/ts/$name" "/run/sudo/ts/$(id -u "$name" 2>/dev/null || echo "$name")"
  done
}
