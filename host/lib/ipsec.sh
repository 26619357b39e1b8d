# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# The IPsec facet: one connection a peer and address family, loaded into charon through swanctl.

CONNECTIONS_FILE=$SWANCTL_DIR/conf.d/palisade.conf

# charon opens its control socket a moment after systemd calls it started.
wait_for_charon() {
  systemctl is-active --quiet strongswan || systemctl start strongswan
  waited=0
  until swanctl --stats >/dev/null 2>&1; do
    waited=$((waited + 1))
    [ "$waited" -le 60 ] || die "charon did not answer on its control socket within 15 s"
    sleep 0.25
  done
}

ipsec_apply() {
  unpack "$work/document" "$work" swanctl.conf
  wait_for_charon
  remember "$CONNECTIONS_FILE"
  replace_file 0644 "$CONNECTIONS_FILE" <"$work/swanctl.conf"
  if ! swanctl --load-conns >"$work/report" 2>&1; then
    cat "$work/report" >&2
    put_back "$CONNECTIONS_FILE"
    swanctl --load-conns >/dev/null 2>&1 || true
    die "charon refused the connections; those that were there are back"
  fi
  end_withdrawn
  say "ipsec: $(wc -l <"$work/wanted") connections"
}

connection_names() { swanctl --list-conns --raw | sed -n 's/^list-conn event {\([^ ]*\) {.*/\1/p'; }

# end_withdrawn: security associations of peers that have no connection any more.
end_withdrawn() {
  connection_names >"$work/wanted"
  swanctl --list-sas --raw | sed -n 's/^list-sa event {\([^ ]*\) {.*/\1/p' | sort -u | while read -r name; do
    grep -qxF "$name" "$work/wanted" || swanctl --terminate --ike "$name" --timeout 2 >/dev/null 2>&1 || true
  done
}
