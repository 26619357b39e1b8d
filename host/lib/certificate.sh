# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# The host's certificate and its environment's CA. The key was made here and never leaves.

SWANCTL_DIR=${PALISADE_SWANCTL_DIR:-/etc/swanctl}

certificate_apply() {
  ca=$SWANCTL_DIR/x509ca/palisade-ca.pem
  own=$SWANCTL_DIR/x509/palisade.pem
  unpack "$work/document" "$work" host.pem ca.pem
  check_certificate "$work"
  wait_for_charon
  remember "$ca"
  remember "$own"
  replace_file 0644 "$ca" <"$work/ca.pem"
  replace_file 0644 "$own" <"$work/host.pem"
  swanctl --load-creds --clear --noprompt >"$work/report" 2>&1 || {
    cat "$work/report" >&2
    put_back "$ca"
    put_back "$own"
    swanctl --load-creds --clear --noprompt >/dev/null 2>&1 || true
    die "charon refused the certificate; the one that was there is back"
  }
  say "certificate valid until $(openssl x509 -in "$work/host.pem" -noout -enddate | cut -d = -f 2)"
}

# check_certificate FOLDER: signed by the CA that came with it, which alone counts, and for the key that is here.
check_certificate() {
  openssl verify -no-CApath -no-CAstore -CAfile "$1/ca.pem" "$1/host.pem" >/dev/null ||
    die "the certificate is not one of this environment's CA, or not valid now; nothing was changed"
  [ "$(openssl x509 -in "$1/host.pem" -noout -pubkey)" = "$(openssl pkey -in "$SWANCTL_DIR/private/palisade.pem" -pubout)" ] ||
    die "the certificate is for another key than this host's; nothing was changed"
}
