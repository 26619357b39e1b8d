# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# What was allowed and is no more. The rules ask of every packet that comes in on a connection whether it would be let
# in now, save for answers to what the host opened itself: so what others opened and the new rules don't allow is dead
# with the swap. What is left are connections that this host opened to servers that are its peers no more.

# peers_of GENERATION: as the kernel has them.
peers_of() { ipset save | sed -n -E "s/^add peers\.[46]\.$1 ([^ ]+).*/\1/p" | sort -u; }

# end_departed OLD_GENERATION NEW_GENERATION
end_departed() {
  peers_of "$1" >"$work/peers.old"
  peers_of "$2" >"$work/peers.new"
  grep -vxF -f "$work/peers.new" "$work/peers.old" >"$work/departed" || :
  [ -s "$work/departed" ] || return 0
  forget_connections ipv4 "$(grep -v : "$work/departed" || :)"
  forget_connections ipv6 "$(grep : "$work/departed" || :)"
}

# forget_connections FAMILY ADDRESSES: one look at the table tells with which of them there are any at all.
forget_connections() {
  [ -n "$2" ] || return 0
  printf '%s\n' "$2" >"$work/addresses"
  conntrack -L -f "$1" 2>/dev/null | awk '
    FILENAME == ARGV[1] { departed[$1] = 1; next }
    {
      for (i = 1; i <= NF; i++) if (sub(/^(src|dst)=/, "", $i) && $i in departed) found[$i] = 1
    }
    END { for (address in found) print address }
  ' "$work/addresses" - >"$work/connected"
  while read -r address; do
    conntrack -D -f "$1" -s "$address" >/dev/null 2>&1 || :
    conntrack -D -f "$1" -d "$address" >/dev/null 2>&1 || :
  done <"$work/connected"
}
