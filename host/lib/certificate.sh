# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# The host's certificate and its environment's CA. The key was made here and never leaves.

CA_FILE=$SWANCTL_DIR/x509ca/palisade-ca.pem
CERTIFICATE_FILE=$SWANCTL_DIR/x509/palisade.pem

certificate_files() { echo host.pem ca.pem; }

# Signed by the CA that came with it, which alone counts, and for the key that is here.
certificate_check() {
  openssl verify -no-CApath -no-CAstore -CAfile "$1/ca.pem" "$1/host.pem" >/dev/null ||
    die "the certificate is not one of this environment's CA, or not valid now; nothing was changed"
  [ "$(openssl x509 -in "$1/host.pem" -noout -pubkey)" = "$(openssl pkey -in "$SWANCTL_DIR/private/palisade.pem" -pubout)" ] ||
    die "the certificate is for another key than this host's; nothing was changed"
}

certificate_load() {
  if [ -z "${booting-}" ]; then wait_for_charon; fi
  undo="put_back_certificate ${undo-}"
  place "$1" ca.pem "$CA_FILE"
  place "$1" host.pem "$CERTIFICATE_FILE"
  if [ -z "${booting-}" ]; then load_certificate; fi
  undo=${undo#put_back_certificate }
  say "certificate: valid until $(openssl x509 -in "$1/host.pem" -noout -enddate | cut -d = -f 2)"
}

load_certificate() { ask_charon "the certificate" --load-creds --clear --noprompt; }

put_back_certificate() {
  put_back
  swanctl --load-creds --clear --noprompt >/dev/null 2>&1 || :
}

certificate_drift() {
  cmp -s "$1/ca.pem" "$CA_FILE" || echo "$CA_FILE is not as it was pushed"
  cmp -s "$1/host.pem" "$CERTIFICATE_FILE" || echo "$CERTIFICATE_FILE is not as it was pushed"
}

certificate_clear() {
  rm -f "$CA_FILE" "$CERTIFICATE_FILE"
  [ -n "${booting-}" ] || load_certificate
}

certificate_fallback() { say "certificate: left as it is on the disk"; }

certificate_settle() { :; }
