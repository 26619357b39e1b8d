# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# The IPsec facet: one connection a peer and address family, loaded into charon through swanctl.

CONNECTIONS_FILE=$SWANCTL_DIR/conf.d/palisade.conf

ipsec_files() { echo swanctl.conf; }

# What charon would do without a word: read other files (include, strongswan.conf(5)), take other keys and secrets, run
# a program (updown). Of the rest it is the judge, and refuses the file whole when it is loaded.
ipsec_check() {
  awk '
    function wrong() { if (++bad <= 10) printf "swanctl.conf: line %d does not belong here: %s\n", FNR, substr($0, 1, 80) | "cat >&2" }
    /^ *(#|$)/ { next }
    /^ *}$/ { if (--depth < 0) wrong(); next }
    depth == 0 && !/^(connections|palisade-peer) \{$/ { wrong() }
    /^ *[A-Za-z][A-Za-z0-9_-]*( : palisade-peer)? \{$/ { depth++; next }
    /^ +(auth = pubkey|certs = palisade\.pem|cacerts = palisade-ca\.pem, palisade-other-ca\.pem)$/ { next }
    /^ +(version|proposals|mobike|unique|dpd_delay|mode|esp_proposals|ipcomp|(start|dpd|close)_action) = [a-z0-9-]+$/ { next }
    /^ +(local|remote)_addrs = [0-9a-f.:]+$/ { next }
    /^ +(id|(local|remote)_ts|set_mark_(in|out)) = [a-z0-9.:\/\[\]-]+$/ { next }
    { wrong() }
    END { exit bad || depth != 0 }
  ' "$1/swanctl.conf" || die "the connections are not as they should be; nothing was changed"
}

ipsec_load() {
  if [ -z "${booting-}" ]; then wait_for_charon; fi
  undo="put_back_connections ${undo-}"
  guard "$1/swanctl.conf" || die "the kernel took no guard of a peer (see the line above); what was there is back"
  place "$1" swanctl.conf "$CONNECTIONS_FILE"
  if [ -z "${booting-}" ]; then
    ask_charon "the connections" --load-conns
    end_withdrawn
  fi
  undo=${undo#put_back_connections }
  # A candidate may have guarded what the confirmed one must not; what it only took away stays guarded until then.
  case $1 in "$work/new/ipsec") ;; *) guard_only "$1/swanctl.conf" ;; esac
}

put_back_connections() {
  put_back
  if [ -f "$CONNECTIONS_FILE" ]; then guard_only "$CONNECTIONS_FILE"; else guard_only /dev/null; fi
  swanctl --load-conns >/dev/null 2>&1 || :
}

connection_names() { swanctl --list-conns --raw | sed -n 's/^list-conn event {\([^ ]*\) {.*/\1/p' | sort -u; }

association_names() { swanctl --list-sas --raw | sed -n 's/^list-sa event {\([^ ]*\) {.*/\1/p' | sort -u; }

# child_spis: of each security association that charon takes for installed, the connection and the inbound SPI.
child_spis() {
  swanctl --list-sas --raw | awk '{
    gsub(/[{}]/, " ")
    name = $3
    for (word = 1; word <= NF; word++) {
      if ($word ~ /^state=/) installed = $word == "state=INSTALLED"
      if (installed && $word ~ /^spi-in=/) print name, substr($word, 8)
    }
  }' | sort -u
}

# lost_associations: connections whose associations charon has, before and after the kernel was asked, and the kernel has
# not: what the peer sends by them goes nowhere.
lost_associations() {
  child_spis >"$work/spis"
  ip xfrm state list proto esp | sed -n 's/.* spi 0x\([0-9a-f]*\) .*/\1/p' >"$work/kernel-spis"
  child_spis | comm -12 - "$work/spis" |
    awk 'FILENAME == ARGV[1] { there[$1]; next } !($2 in there) { print $1 }' "$work/kernel-spis" - | sort -u
}

# outbound_associations: source, destination and SPI of each that the kernel sends by.
outbound_associations() {
  own_addresses >"$work/addresses"
  ip xfrm state list proto esp | awk '
    FILENAME == ARGV[1] { own[$1]; next }
    /^src/ { source = $2; destination = $4 }
    /proto esp spi/ && source in own { print source, destination, $4 }
  ' "$work/addresses" - | sort -u
}

# unknown_associations: those that charon knows nothing of, as it was killed since: nobody would notice that the peer
# has lost them. While new keys are made charon's list can lack one that is in use; so they are looked for twice.
unknown_associations() {
  not_in_charon >"$work/unknown"
  [ -s "$work/unknown" ] || return 0
  sleep 1
  not_in_charon | comm -12 - "$work/unknown"
}

# not_in_charon: those that the kernel has before and after charon was asked, and charon has not.
not_in_charon() {
  outbound_associations >"$work/outbound"
  swanctl --list-sas --raw >"$work/associations" || return 0
  grep -o 'spi-out=[0-9a-f]*' "$work/associations" | sed 's/spi-out=/0x/' >"$work/charon-spis" || :
  outbound_associations | comm -12 - "$work/outbound" |
    awk 'FILENAME == ARGV[1] { known[$1]; next } !($3 in known)' "$work/charon-spis" -
}

# The next packet asks for another one.
forget_unknown() {
  unknown_associations | while read -r source destination spi; do
    ip xfrm state delete src "$source" dst "$destination" proto esp spi "$spi" || :
  done
}

# end_withdrawn: security associations of peers that have no connection any more, and those that the kernel has lost.
end_withdrawn() {
  connection_names >"$work/wanted"
  { association_names | grep -vxF -f "$work/wanted" || :; lost_associations; } | end_associations --ike
  forget_unknown
  say "ipsec: $(wc -l <"$work/wanted") connections"
}

ipsec_drift() {
  cmp -s "$1/swanctl.conf" "$CONNECTIONS_FILE" || echo "$CONNECTIONS_FILE is not as it was pushed"
  wanted_guards "$1/swanctl.conf" >"$work/guards"
  guarded | comm -23 "$work/guards" - | sed 's/^/guard missing: /'
  if ! swanctl --stats >/dev/null 2>&1; then
    echo "charon does not run"
    return
  fi
  wanted_connections "$1/swanctl.conf" >"$work/wanted"
  connection_names >"$work/there"
  comm -23 "$work/wanted" "$work/there" | sed 's/^/connection missing: /'
  comm -13 "$work/wanted" "$work/there" | sed 's/^/connection not ours: /'
  association_names | comm -23 - "$work/there" | sed 's/^/security association without a connection: /'
  lost_associations | sed 's/^/the kernel has lost a security association: /'
  unknown_associations | sed 's/^/charon does not know a security association: /'
}

# wanted_connections SWANCTL.CONF: the names in its section `connections`, which are indented by two.
wanted_connections() { sed -n '/^connections {/,/^}/s/^  \([a-z0-9_-]*\) \(: [a-z-]* \)\{0,1\}{$/\1/p' "$1" | sort -u; }

ipsec_clear() {
  guard_only /dev/null
  rm -f "$CONNECTIONS_FILE"
  if [ -z "${booting-}" ]; then
    swanctl --load-conns >/dev/null
    end_withdrawn
  fi
}

ipsec_fallback() { say "ipsec: left as it is on the disk"; }

ipsec_settle() { :; }
