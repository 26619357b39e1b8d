# shellcheck shell=sh disable=SC2034,SC2154 # sourced by palisade-host, with what else it has
# The iptables that works with this host's kernel, and what it says is loaded.

# A stock Debian has iptables on top of nf_tables; a kernel without that speaks only the legacy one, and says so
# only when something is written.
pick_iptables() {
  [ -s "$RUN_DIR/iptables.backend" ] || find_backend
  read -r backend <"$RUN_DIR/iptables.backend"
  IPTABLES=iptables$backend IP6TABLES=ip6tables$backend
}

find_backend() {
  for backend in '' -legacy -nft; do
    if can_write "iptables$backend" && can_write "ip6tables$backend"; then
      echo "$backend" >"$RUN_DIR/iptables.backend"
      return
    fi
  done
  die "neither iptables-nft nor iptables-legacy works with this kernel; nothing was changed"
}

# A probe that was cut off may have left its chain: what counts is that the chain can be deleted.
can_write() {
  "$1" -w 10 -N PALISADE-PROBE 2>/dev/null || true
  "$1" -w 10 -X PALISADE-PROBE 2>/dev/null
}

# rules_text 4|6: the filter table of a family, without its counters and the time.
rules_text() {
  if [ "$1" = 4 ]; then set -- "$IPTABLES"; else set -- "$IP6TABLES"; fi
  "$1-save" -t filter | sed '/^#/d; s/ \[[0-9]*:[0-9]*\]$//'
}

# sets_text SUFFIX: the sets of a generation without what the kernel chose itself, in one order.
sets_text() { ipset save | sed -n -E "/^(create|add) [^ ]*\\.[46]\\.$1 /{s/ (hashsize|bucketsize|initval|maxelem) [^ ]+//g;p;}" | sort; }

# destroy_sets SUFFIX: sets of a generation, or of several such as [ab]; false if a rule still refers to one.
destroy_sets() {
  ipset list -name | sed -n "s/.*\\.[46]\\.$1\$/destroy &/p" >"$work/destroy"
  [ ! -s "$work/destroy" ] || ipset restore <"$work/destroy" 2>/dev/null
}
