# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# The host's certificate and the CAs that count: its environment's, and while the environment's secret is exchanged that
# of the other one. The key was made here and never leaves.

CA_FILE=$SWANCTL_DIR/x509ca/palisade-ca.pem
OTHER_CA_FILE=$SWANCTL_DIR/x509ca/palisade-other-ca.pem
CERTIFICATE_FILE=$SWANCTL_DIR/x509/palisade.pem

certificate_files() { echo host.pem ca.pem other-ca.pem; }

# Signed by the CA that came with it, which alone counts, and for a key that is here.
certificate_check() {
  openssl verify -no-CApath -no-CAstore -CAfile "$1/ca.pem" "$1/host.pem" >/dev/null ||
    die "the certificate is not one of this environment's CA, or not valid now; nothing was changed"
  openssl verify -no-CApath -no-CAstore -CAfile "$1/other-ca.pem" "$1/other-ca.pem" >/dev/null ||
    die "the other CA is none; nothing was changed"
  find_key "$1/host.pem"
  [ -n "$own_key" ] || die "the certificate is for another key than this host's; nothing was changed"
}

own_keys() { find "$SWANCTL_DIR/private" -name 'palisade*.pem' 2>/dev/null | sort; }

# find_key CERTIFICATE: sets $own_key to the key here that it is for; nothing where there is none.
find_key() {
  own_key=
  wanted=$(openssl x509 -in "$1" -noout -pubkey) || return 0
  for file in $(own_keys); do
    [ "$(openssl pkey -in "$file" -pubout)" != "$wanted" ] || own_key=$file
  done
}

certificate_load() {
  if [ -z "${booting-}" ]; then wait_for_charon; fi
  find_key "$1/host.pem"
  trusted_before=$(digest "$CA_FILE") trusted_too=$(digest "$OTHER_CA_FILE")
  undo="put_back_certificate ${undo-}"
  place "$1" ca.pem "$CA_FILE"
  place "$1" other-ca.pem "$OTHER_CA_FILE"
  place "$1" host.pem "$CERTIFICATE_FILE"
  if [ -z "${booting-}" ]; then load_certificate; fi
  undo=${undo#put_back_certificate }
  # One that is undone needs its key.
  waits certificate || drop_older_keys
  if [ -z "${booting-}" ]; then end_distrusted; fi
  say "certificate: valid until $(openssl x509 -in "$1/host.pem" -noout -enddate | cut -d = -f 2)"
}

# Connections hold the certificates with which they were loaded, so they are loaded again.
load_certificate() {
  ask_charon "the certificate" --load-creds --clear --noprompt
  if [ -f "$CONNECTIONS_FILE" ]; then ask_charon "the connections with the certificate" --load-conns; fi
}

put_back_certificate() {
  put_back
  swanctl --load-creds --clear --noprompt >/dev/null 2>&1 || :
  if [ -f "$CONNECTIONS_FILE" ]; then swanctl --load-conns >/dev/null 2>&1 || :; fi
}

# older_keys: what was the host's key until $own_key was. A newer one waits for its certificate.
older_keys() {
  [ -n "$own_key" ] || return 0
  find "$SWANCTL_DIR/private" -name 'palisade*.pem' ! -path "$own_key" ! -newer "$own_key"
}

drop_older_keys() { older_keys | xargs -r rm -f; }

# end_distrusted: where a CA no longer counts, what it vouched for ends too. A peer's certificate is looked at when a
# security association begins and never again, so all begin anew.
end_distrusted() {
  dropped=
  for ca in $trusted_before $trusted_too; do
    case " $(digest "$CA_FILE") $(digest "$OTHER_CA_FILE") " in *" $ca "*) ;; *) dropped=yes ;; esac
  done
  [ -n "$dropped" ] || return 0
  swanctl --list-sas --raw | sed -n 's/^list-sa event {\([^ ]*\) {uniqueid=\([0-9]*\)[ }].*/\1 \2/p' >"$work/all"
  cut -d ' ' -f 1 "$work/all" | sort -u >"$work/associations"
  cut -d ' ' -f 2 "$work/all" | sort -u | end_associations --ike-id
  begin_associations <"$work/associations"
  say "certificate: a CA no longer counts; security associations begin anew"
}

certificate_drift() {
  cmp -s "$1/ca.pem" "$CA_FILE" || echo "$CA_FILE is not as it was pushed"
  cmp -s "$1/other-ca.pem" "$OTHER_CA_FILE" || echo "$OTHER_CA_FILE is not as it was pushed"
  cmp -s "$1/host.pem" "$CERTIFICATE_FILE" || echo "$CERTIFICATE_FILE is not as it was pushed"
  if waits certificate; then return; fi
  find_key "$1/host.pem"
  older_keys | sed 's/$/ is no key of this host any more/'
}

certificate_clear() {
  rm -f "$CA_FILE" "$OTHER_CA_FILE" "$CERTIFICATE_FILE"
  [ -n "${booting-}" ] || ask_charon "no certificate" --load-creds --clear --noprompt
}

certificate_fallback() { say "certificate: left as it is on the disk"; }

# No CA that stopped counting is kept for another day, and no key that was the host's before.
certificate_settle() {
  forget "$STATE_DIR/certificate" last-good
  intact "$STATE_DIR/certificate" confirmed || return 0
  unpack_facet certificate "$STATE_DIR/certificate/confirmed" "$work/settled.certificate"
  find_key "$work/settled.certificate/host.pem"
  drop_older_keys
}
