# shellcheck shell=sh disable=SC2034,SC2154 # sourced by palisade-host, with what else it has
# The firewall facet: both families' filter tables with their sets.
#
# Each load fills a new generation of sets (suffix .a, .b or .c) and then swaps the rules that refer to them with
# one iptables-restore, so no packet meets new rules with old sets or the other way round. There are three because
# a load that was killed between the families leaves two in use.

FIREWALL_DIR=$STATE_DIR/firewall

firewall_files() { echo ipset rules.v4 rules.v6; }

# The options that a rule may have. Others name files, or the program that loads a kernel module (iptables(8), -M).
RULE_OPTIONS="-A -i -o -p -s -d -m -j --comment --ctdir --ctstate --dir --dport --dports --hl-eq --icmp-type --icmpv6-type
  --limit --limit-burst --log-level --log-prefix --mark --match-set --pol --sport --tcp-flags"

# What the kernel's own tools would do without a word: sets of another name, other tables and commands, or no rules.
firewall_check() {
  awk -v options="$RULE_OPTIONS" '
    function wrong() {
      if (++bad <= 10) printf "%s: line %d does not belong here: %s\n", file, FNR, substr($0, 1, 80) | "cat >&2"
    }
    BEGIN { for (i = split(options, option); i > 0; i--) known[option[i]] }
    FNR == 1 { file = FILENAME; sub(/.*\//, "", file) }
    file == "ipset" { if (!/^(create|add) [a-z][a-z0-9._-]*\.[46] / || / -/) wrong(); next }
    /^(#|$)/ || /^:[A-Za-z][A-Za-z0-9._-]* (DROP|ACCEPT|-) \[0:0\]$/ || $0 == "*filter" { next }
    $0 == "COMMIT" { committed[file]++; next }
    !/^-A / { wrong(); next }
    {
      rule = $0
      gsub(/"[^"\\]*"/, "text", rule)
      for (i = split(rule, word, " "); i > 0; i--)
        if (word[i] ~ /^-/ && !(word[i] in known) || word[i] ~ /["\\]/) { wrong(); break }
    }
    END { exit bad || committed["rules.v4"] != 1 || committed["rules.v6"] != 1 }
  ' "$1/ipset" "$1/rules.v4" "$1/rules.v6" || die "the firewall's files are not as they should be; nothing was changed"
  pick_iptables
}

is_loaded() { [ -s "$RUN_DIR/firewall.generation" ]; }

# find_generation: sets $generation to the one that is loaded; nothing where none is.
find_generation() {
  generation=
  ! is_loaded || read -r generation <"$RUN_DIR/firewall.generation"
}

rules_of_generation() { sed -E "s/(--match-set [^ ]+)/\1.$2/" "$1"; }

# From unpacked files to the kernel. Whatever fails, the rules that were there stay.
firewall_load() {
  pick_iptables
  load_sets "$1"
  test_rules "$1"
  save_rules || refuse_load "the rules that are there can't be saved; nothing was changed"
  is_loaded || track_sessions
  if rules_of_generation "$1/rules.v4" "$new" | "$IPTABLES-restore" -w 10 &&
    rules_of_generation "$1/rules.v6" "$new" | "$IP6TABLES-restore" -w 10; then
    echo "$new" >"$RUN_DIR/firewall.generation"
    note_rules "$1"
    case $new in a) others="[bc]" ;; b) others="[ac]" ;; *) others="[ab]" ;; esac
    destroy_sets "$others" || say "sets of the last firewall are still in use"
    return
  fi
  restore_saved_rules "$RUN_DIR" || :
  refuse_load "the kernel refused the rules; those that were there are back"
}

# The kernel begins to track connections with the first rule that asks for it. What this host says next on one from
# before would look like a service that opens a connection, and be dropped until the other side speaks: the deployer's
# own session would hang until its client sends a keepalive, most of the time that there is to confirm. So they are told.
track_sessions() {
  ss -Hnt state established sport = :22 | sed 's/\[::ffff:\([0-9.]*\)]/\1/g; s/[][]//g' |
    while read -r _ _ local remote _; do
      conntrack -I -p tcp -s "${remote%:*}" --sport "${remote##*:}" -d "${local%:*}" --dport 22 \
        --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 300 >/dev/null 2>&1 || :
    done
}

refuse_load() {
  destroy_sets "$new" || :
  if never_loaded; then forget_saved; fi
  die "$*"
}

# Into a generation that no rule uses.
load_sets() {
  find_generation
  for new in a b c; do
    if [ "$new" != "$generation" ] && destroy_sets "$new"; then break; fi
  done
  sed -E "s/^(create|add) ([^ ]+)/\1 \2.$new/" "$1/ipset" | ipset restore ||
    refuse_load "ipset refused a set (see the line above); nothing was changed"
}

test_rules() {
  rules_of_generation "$1/rules.v4" "$new" | "$IPTABLES-restore" -w 10 --test ||
    refuse_load "$IPTABLES-restore refused rules.v4 (see the line above); nothing was changed"
  rules_of_generation "$1/rules.v6" "$new" | "$IP6TABLES-restore" -w 10 --test ||
    refuse_load "$IP6TABLES-restore refused rules.v6 (see the line above); nothing was changed"
}

# What was there before the first push is kept for as long as nothing was ever confirmed.
save_rules() {
  mkdir -p "$FIREWALL_DIR" &&
    "$IPTABLES-save" -t filter >"$RUN_DIR/saved.v4" &&
    "$IP6TABLES-save" -t filter >"$RUN_DIR/saved.v6" || return 1
  if is_loaded || exists "$FIREWALL_DIR/confirmed" || are_saved; then return 0; fi
  replace_file 0600 "$FIREWALL_DIR/saved.v4" <"$RUN_DIR/saved.v4" &&
    replace_file 0600 "$FIREWALL_DIR/saved.v6" <"$RUN_DIR/saved.v6"
}

never_loaded() { ! is_loaded && [ -z "${waited-}" ] && ! exists "$FIREWALL_DIR/confirmed"; }

# Each family whatever becomes of the other.
restore_saved_rules() {
  "$IPTABLES-restore" -w 10 <"$1/saved.v4" || restored=no
  "$IP6TABLES-restore" -w 10 <"$1/saved.v6" || restored=no
  [ -z "${restored-}" ]
}

firewall_clear() {
  if [ -z "${booting-}" ]; then
    pick_iptables
    if are_saved; then restore_saved_rules "$FIREWALL_DIR"; fi
    destroy_sets '[abc]' || :
    rm -f "$RUN_DIR/firewall.generation"
  fi
  forget_saved
}

# Both are there if the second one is; a push that was killed before had loaded nothing.
are_saved() { [ -f "$FIREWALL_DIR/saved.v6" ]; }

forget_saved() { rm -f "$FIREWALL_DIR/saved.v6" "$FIREWALL_DIR/saved.v4"; }

firewall_settle() {
  unpack_facet firewall "$FIREWALL_DIR/confirmed" "$work/settled"
  keep_failsafe "$work/settled/ipset"
  end_withdrawn_connections "$work/settled"
}
