# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# The last line of "never in clear": for each peer a policy in the kernel, below all of charon's, that blocks what
# would leave for it without IPsec: before charon is up, when it was stopped or died, and on connections still open to
# a server that was a peer. IKE passes, as charon's own sockets have policies of their own (IP_XFRM_POLICY).

# The smaller number counts first (ip-xfrm(8)); charon's are below 2^20.
BLOCKED="action block priority 4000000000"
PASSED="priority 3999999999"

# wanted_guards SWANCTL.CONF: policies as ip-xfrm(8) takes and prints them, a line each. Neighbour discovery passes, or
# no link to a peer on the same network could ever come up (RFC 4861); by halves of the address space, for the whole of it
# would be a selector that charon has, and takes away.
wanted_guards() {
  awk -v blocked="$BLOCKED" -v passed="$PASSED" '
    $1 != "remote_addrs" || $3 == "127.0.0.1" { next }
    { print ($3 ~ /:/ ? "src ::/0 dst " $3 "/128" : "src 0.0.0.0/0 dst " $3 "/32") " dir out " blocked }
    $3 ~ /:/ {
      for (type = 135; type <= 136; type++)
        for (half = 0; half <= 1; half++)
          print "src ::/0 dst " (half ? "8000::/1" : "::/1") " proto ipv6-icmp type " type " dir out " passed
    }
  ' "$1" | sort -u
}

# guarded: the policies of this kind that there are.
guarded() {
  ip xfrm policy list dir out | awk -v kind=" dir out ($BLOCKED|$PASSED) ptype main *\$" '
    /^src/ { selector = $0; sub(/ +$/, "", selector); next }
    /^[ \t]+dir/ {
      gsub(/[ \t]+/, " ")
      if ($0 " " ~ kind) { sub(/ ptype main *$/, ""); print selector $0 }
    }' | sort -u
}

# guard SWANCTL.CONF: its peers, beside all that is guarded already.
guard() { wanted_guards "$1" | sed 's/^/xfrm policy update /' | ip -batch -; }

# guard_only SWANCTL.CONF: its peers and nobody else, as a candidate may have guarded what it must not.
guard_only() {
  wanted_guards "$1" >"$work/guards"
  guarded | comm -13 "$work/guards" - | sed 's/ action block//; s/ priority .*//; s/^/xfrm policy delete /' | ip -batch -
  guard "$1"
}
