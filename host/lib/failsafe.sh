# shellcheck shell=sh disable=SC2034,SC2154 # sourced by palisade-host, with what else it has
# The least that a managed host enforces: everything closed but SSH from the networks of palisade:failsafe. They are
# kept apart from the firewall that they were taken from, and are loaded without sets where every firewall on the disk
# is damaged or does not load.

FAILSAFE_DIR=${PALISADE_FAILSAFE_DIR:-/etc/palisade}

# keep_failsafe SETS: the networks of the confirmed firewall.
keep_failsafe() { sed -n 's/^add failsafe\.[46] //p' "$1" | keep "$FAILSAFE_DIR" failsafe && sweep_failsafe; }

sweep_failsafe() {
  for document in "$FAILSAFE_DIR"/*; do
    case ${document##*/} in failsafe | "$(stored "$FAILSAFE_DIR" failsafe)") ;; *) rm -f "$document" ;; esac
  done
}

firewall_fallback() {
  : >"$work/failsafe"
  if intact "$FAILSAFE_DIR" failsafe; then
    cat "$FAILSAFE_DIR/failsafe" >"$work/failsafe"
  else
    say "firewall: the failsafe's networks on the disk are damaged too: nothing is let in, but at the console"
  fi
  pick_iptables
  failsafe_rules 4 | "$IPTABLES-restore" -w 10
  failsafe_rules 6 | "$IP6TABLES-restore" -w 10
  rm -f "$RUN_DIR/firewall.generation"
  destroy_sets '[abc]' || :
  say "firewall: closed but for the failsafe's SSH, until it is pushed again"
}

# failsafe_rules 4|6
failsafe_rules() {
  awk -v family="$1" '
    BEGIN {
      print "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]"
      print "-A INPUT -i lo -j ACCEPT"
      print "-A INPUT -m conntrack --ctstate ESTABLISHED --ctdir REPLY -j ACCEPT"
      # RFC 4861: without neighbour discovery nobody is reached at all.
      for (type = 133; family == 6 && type <= 136; type++)
        print "-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type " type " -m hl --hl-eq 255 -j ACCEPT"
    }
    /^[0-9a-f.:\/]+$/ && (/:/ ? 6 : 4) == family { print "-A INPUT -s " $0 " -p tcp -m tcp --dport 22 -j ACCEPT" }
    END { print "COMMIT" }
  ' "$work/failsafe"
}
