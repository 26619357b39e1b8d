# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# How the deployer gets in: the key that logs in, and the key by which the host is known. It is pushed only when the
# environment's secret is exchanged, over the last connection that the old one gives; the first connection of the new one
# confirms it. Until then both of the deployer's keys are let in, and what was there before is kept.

SSH_KEY=${PALISADE_SSH_DIR:-/etc/ssh}/ssh_host_ed25519_key
# The host's key as it was before the first push.
FIRST_KEY=$STATE_DIR/access/first-host-key

access_files() { echo login deployer retired host-key; }

access_check() {
  find_authorized_keys "$1"
  [ -d "$home" ] || die "there is no login named in this document with a home on this host; nothing was changed"
  for file in deployer retired; do
    if [ "$(wc -l <"$1/$file")" != 1 ] || ! ssh-keygen -l -f "$1/$file" >/dev/null 2>&1; then
      die "$file is not one SSH public key; nothing was changed"
    fi
  done
  [ ! -s "$1/host-key" ] || ssh-keygen -y -P '' -f "$1/host-key" >"$work/host-key.pub" 2>/dev/null ||
    die "the host's key is no SSH private key; nothing was changed"
}

# find_authorized_keys FOLDER: of the login that the deployer has here, its home and its keys.
find_authorized_keys() {
  home=$(getent passwd -- "$(cat "$1/login")" | cut -d : -f 6) || home=
  authorized_keys=$home/.ssh/authorized_keys
}

access_load() {
  find_authorized_keys "$1"
  undo="put_back_access ${undo-}"
  admit "$1"
  [ ! -s "$1/host-key" ] || show_key "$1/host-key"
  undo=${undo#put_back_access }
  say "access: $(ssh-keygen -l -f "$1/deployer" | cut -d ' ' -f 2) logs in"
}

# admit FOLDER: the deployer's key, beside all that is there.
admit() {
  if is_admitted "$1/deployer"; then return; fi
  [ -d "${authorized_keys%/*}" ] ||
    install -d -m 0700 -o "$(stat -c %u "$home")" -g "$(stat -c %g "$home")" "${authorized_keys%/*}"
  if [ -f "$authorized_keys" ]; then cp -p "$authorized_keys" "$work/authorized_keys.before"; fi
  rewritten=yes
  { if [ -f "$authorized_keys" ]; then awk 1 "$authorized_keys"; fi && cat "$1/deployer"; } >"$work/authorized_keys"
  rewrite_keys
}

is_admitted() { [ -f "$authorized_keys" ] && grep -qF -- "$(cut -d ' ' -f 1,2 "$1")" "$authorized_keys"; }

# rewrite_keys: authorized_keys becomes the one in $work, whole, and stays its owner's.
rewrite_keys() {
  if [ -f "$authorized_keys" ]; then
    cp -p "$authorized_keys" "$authorized_keys.palisade-new"
  else
    install -m 0600 -o "$(stat -c %u "$home")" -g "$(stat -c %g "$home")" /dev/null "$authorized_keys.palisade-new"
  fi
  cat "$work/authorized_keys" >"$authorized_keys.palisade-new"
  sync "$authorized_keys.palisade-new"
  mv -f "$authorized_keys.palisade-new" "$authorized_keys"
}

# show_key FILE: the host is known by this key.
show_key() {
  if cmp -s "$1" "$SSH_KEY"; then return; fi
  if [ -f "$SSH_KEY" ]; then
    cp -p "$SSH_KEY" "$work/host-key.before"
    exists "$STATE_DIR/access/confirmed" || [ -f "$FIRST_KEY" ] || replace_file 0600 "$FIRST_KEY" <"$SSH_KEY"
  fi
  put_key "$1"
}

put_key() {
  replace_file 0600 "$SSH_KEY" <"$1"
  ssh-keygen -y -P '' -f "$SSH_KEY" | replace_file 0644 "$SSH_KEY.pub"
  if [ -n "${booting-}" ]; then return; fi
  sshd -t >&2 || die "sshd refused the host's key (see the line above); what was there is back"
  systemctl reload ssh
}

put_back_access() {
  if [ -n "${rewritten-}" ]; then
    if [ -f "$work/authorized_keys.before" ]; then
      cp "$work/authorized_keys.before" "$work/authorized_keys"
      rewrite_keys
    else
      rm -f "$authorized_keys"
    fi
  fi
  if [ -f "$work/host-key.before" ]; then (put_key "$work/host-key.before") || :; fi
  [ -n "${waited-}" ] || rm -f "$FIRST_KEY"
}

access_drift() {
  find_authorized_keys "$1"
  is_admitted "$1/deployer" || echo "the deployer's key is not in $authorized_keys"
  [ ! -s "$1/host-key" ] || cmp -s "$1/host-key" "$SSH_KEY" || echo "$SSH_KEY is not as it was pushed"
}

# The deployer's new key stays: it lets in nobody else.
access_clear() {
  if [ -f "$FIRST_KEY" ]; then
    put_key "$FIRST_KEY"
    rm -f "$FIRST_KEY"
  fi
}

access_fallback() { say "access: left as it is on the disk"; }

# Neither the retired key nor the host's old one is kept for another day.
access_settle() {
  forget "$STATE_DIR/access" last-good
  rm -f "$FIRST_KEY"
  unpack_facet access "$STATE_DIR/access/confirmed" "$work/own-access"
  find_authorized_keys "$work/own-access"
  if ! is_admitted "$work/own-access/retired"; then return; fi
  grep -vF -- "$(cut -d ' ' -f 1,2 "$work/own-access/retired")" "$authorized_keys" >"$work/authorized_keys" || :
  rewrite_keys
  say "access: $(ssh-keygen -l -f "$work/own-access/retired" | cut -d ' ' -f 2) no longer logs in"
}
