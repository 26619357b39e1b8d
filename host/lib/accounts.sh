# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# The accounts facet: the people and service accounts of this host, served by libnss-extrausers beside the system's
# own files, which are never touched.
#
# All that is theirs (passwd, group, shadow, sudo rules, keys) lies in one folder, `a` or `b`, to which the link `live`
# leads. Where the system looks there are links into `live`, so one rename changes all of it: no login meets new sudo
# rules with old groups.

EXTRAUSERS_DIR=${PALISADE_EXTRAUSERS_DIR:-/var/lib/extrausers}
KEYS_DIR=${PALISADE_KEYS_DIR:-/etc/ssh/palisade_keys}
SUDOERS_FILE=${PALISADE_SUDOERS_FILE:-/etc/sudoers.d/palisade}
LIVE=$EXTRAUSERS_DIR/live

accounts_files() { echo passwd group shadow sudoers keys passwords; }

accounts_load() {
  passwords_for "$1/passwords" >"$work/hashes"
  swap_accounts "$1" "$work/hashes"
  say "accounts: $(wc -l <"$1/passwd")"
}

# swap_accounts FOLDER HASHES
swap_accounts() {
  make_homes "$1/passwd"
  remember_people "$1/passwd"
  mkdir -p "$EXTRAUSERS_DIR"
  chmod 0755 "$EXTRAUSERS_DIR"
  find_spare
  undo="drop_spare ${undo-}"
  build_accounts "$1" "$2" "$EXTRAUSERS_DIR/$spare"
  if [ -z "$(compare_accounts "$EXTRAUSERS_DIR/$spare")" ]; then
    drop_spare
  else
    changed=$(changed_passwords "$EXTRAUSERS_DIR/$spare/shadow")
    sync "$EXTRAUSERS_DIR/$spare"/* "$EXTRAUSERS_DIR/$spare/keys"
    point "$LIVE" "$spare"
    link_accounts
    ask_anew "$changed"
  fi
  undo=${undo#drop_spare }
  end_sessions "$1/passwd"
  drop_others
}

# find_spare: sets $spare to the one that is not in use.
find_spare() { if [ "$(readlink "$LIVE" || :)" = a ]; then spare=b; else spare=a; fi; }

drop_spare() { [ "$(readlink "$LIVE" || :)" = "$spare" ] || rm -rf "${EXTRAUSERS_DIR:?}/$spare"; }

drop_others() {
  find_spare
  rm -rf "${EXTRAUSERS_DIR:?}/$spare"
}

# build_accounts FOLDER HASHES TARGET
build_accounts() {
  rm -rf "$3"
  mkdir -p "$3/keys"
  chmod 0755 "$3" "$3/keys"
  install -m 0644 -t "$3" "$1/passwd" "$1/group"
  install -m 0440 -t "$3" "$1/sudoers"
  compose_shadow "$1/shadow" "$2" >"$work/composed"
  install -m 0640 -o root -g shadow "$work/composed" "$3/shadow"
  awk -v folder="$3/keys" '{ file = folder "/" $1; sub(/^[^ ]+ /, ""); print >file }' "$1/keys"
  find "$3/keys" -type f -exec chmod 0644 {} +
}

# The places where the system looks. What a file or folder of an earlier version holds is in `live` already.
accounts_links() {
  for file in passwd group shadow; do echo "$EXTRAUSERS_DIR/$file live/$file"; done
  echo "$KEYS_DIR $LIVE/keys"
  echo "$SUDOERS_FILE $LIVE/sudoers"
}

link_accounts() {
  accounts_links | while read -r place target; do
    [ -L "$place" ] || [ ! -d "$place" ] || rm -rf "$place"
    [ -d "${place%/*}" ] || mkdir -p "${place%/*}"
    point "$place" "$target"
  done
}

# compare_accounts FOLDER: a line for each file that is not in use as it is there.
compare_accounts() {
  accounts_links | while read -r place target; do
    [ "$(readlink "$place" || :)" = "$target" ] || echo "$place does not lead to $target"
  done
  (cd "$1" && find . -type f -exec stat -c '%n %a %U:%G' {} + | sort) >"$work/wanted.modes"
  (cd "$LIVE/" 2>/dev/null && find . ! -type d -exec stat -c '%n %a %U:%G' {} + | sort) >"$work/live.modes" || :
  differences "$work/wanted.modes" "$work/live.modes" "accounts: "
  find "$1" -type f -printf '%P\n' | while read -r file; do
    [ ! -f "$LIVE/$file" ] || cmp -s "$1/$file" "$LIVE/$file" || echo "$file was changed"
  done
}

accounts_drift() {
  passwords_for "$1/passwords" >"$work/hashes"
  build_accounts "$1" "$work/hashes" "$work/accounts"
  compare_accounts "$work/accounts"
}

accounts_clear() {
  for file in $(accounts_files); do : >"$work/$file"; done
  : >"$work/hashes"
  swap_accounts "$work" "$work/hashes"
}

accounts_fallback() { say "accounts: left as they are on the disk"; }
