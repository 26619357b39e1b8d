# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# The firewall facet: both families' filter tables with their sets.
#
# Each load fills a new generation of sets (suffix .a, .b or .c) and then swaps the rules that refer to them with
# one iptables-restore, so no packet meets new rules with old sets or the other way round. There are three because
# a load that was killed between the families leaves two in use.
#
#   candidate  loaded, and put back unless confirmed within REVERT_SECONDS
#   confirmed  the last document that a new SSH connection got through; loaded at boot
#   reverted   the last candidate that nobody confirmed

FIREWALL_DIR=$STATE_DIR/firewall
REVERT_SECONDS=${PALISADE_REVERT_SECONDS:-25}
REVERT_UNIT=palisade-firewall-revert

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

is_loaded() { [ -s "$RUN_DIR/firewall.generation" ]; }

# destroy_sets SUFFIX: sets of a generation, or of several such as [ab]; false if a rule still refers to one.
destroy_sets() {
  ipset list -name | sed -n "s/.*\\.[46]\\.$1\$/destroy &/p" >"$work/destroy"
  [ ! -s "$work/destroy" ] || ipset restore <"$work/destroy" 2>/dev/null
}

rules_of_generation() { sed -E "s/(--match-set [^ ]+)/\1.$2/" "$1"; }

# load_rules FOLDER: from unpacked files to the kernel. Whatever fails, the rules that were there stay.
load_rules() {
  pick_iptables
  old=
  ! is_loaded || read -r old <"$RUN_DIR/firewall.generation"
  for new in a b c; do
    if [ "$new" != "$old" ] && destroy_sets "$new"; then break; fi
  done
  if ! sed -E "s/^(create|add) ([^ ]+)/\1 \2.$new/" "$1/ipset" | ipset restore; then
    destroy_sets "$new"
    say "ipset refused a set (see the line above); nothing was changed"
    return 1
  fi
  for family in 4 6; do
    restore=$IPTABLES-restore
    [ "$family" = 6 ] && restore=$IP6TABLES-restore
    if ! rules_of_generation "$1/rules.v$family" "$new" | "$restore" -w 10 --test; then
      destroy_sets "$new"
      say "$restore refused rules.v$family (see the line above); nothing was changed"
      return 1
    fi
  done
  if ! save_rules; then
    destroy_sets "$new"
    say "the rules that are there can't be saved; nothing was changed"
    return 1
  fi
  if rules_of_generation "$1/rules.v4" "$new" | "$IPTABLES-restore" -w 10 &&
    rules_of_generation "$1/rules.v6" "$new" | "$IP6TABLES-restore" -w 10; then
    echo "$new" >"$RUN_DIR/firewall.generation"
    case $new in a) others="[bc]" ;; b) others="[ac]" ;; *) others="[ab]" ;; esac
    destroy_sets "$others" || say "sets of the last firewall are still in use"
    return 0
  fi
  restore_saved_rules "$RUN_DIR"
  destroy_sets "$new"
  say "the kernel refused the rules; those that were there are back"
  return 1
}

# What was there before the first push is kept for as long as nothing was ever confirmed.
save_rules() {
  mkdir -p "$FIREWALL_DIR" &&
    "$IPTABLES-save" -t filter >"$RUN_DIR/saved.v4" &&
    "$IP6TABLES-save" -t filter >"$RUN_DIR/saved.v6" || return 1
  is_loaded || [ -f "$work/previous" ] || cp "$RUN_DIR/saved.v4" "$RUN_DIR/saved.v6" "$FIREWALL_DIR/"
}

restore_saved_rules() {
  "$IPTABLES-restore" -w 10 <"$1/saved.v4"
  "$IP6TABLES-restore" -w 10 <"$1/saved.v6"
}

# unpack_firewall DOCUMENT: into $work, checked for what the kernel's own tools would do without a word: sets of
# another name, other tables, or no rules at all.
unpack_firewall() {
  unpack "$1" "$work" ipset rules.v4 rules.v6
  awk '
    function wrong() { printf "%s: line %d does not belong here: %s\n", file, FNR, substr($0, 1, 80) | "cat >&2"; bad = 1 }
    FNR == 1 { file = FILENAME; sub(/.*\//, "", file) }
    file == "ipset" { if (!/^(create|add) [a-z][a-z0-9._-]*\.[46] /) wrong(); next }
    /^\*/ && $0 != "*filter" { wrong() }
    /^COMMIT/ { committed[file]++ }
    END { exit bad || committed["rules.v4"] != 1 || committed["rules.v6"] != 1 }
  ' "$work/ipset" "$work/rules.v4" "$work/rules.v6" || die "the firewall's files are not as they should be; nothing was changed"
}

# The timer is armed, and the candidate noted, before anything is loaded: a push that dies half way is undone.
firewall_apply() {
  unpack_firewall "$work/document"
  if is_loaded && cmp -s "$work/document" "$FIREWALL_DIR/confirmed"; then
    firewall_revert
    say "the firewall is already as it should be"
    return
  fi
  [ ! -f "$FIREWALL_DIR/candidate" ] || cp "$FIREWALL_DIR/candidate" "$work/previous"
  pick_iptables
  arm_or_undo
  replace_file 0600 "$FIREWALL_DIR/candidate" <"$work/document"
  if ! load_rules "$work"; then
    if [ -f "$work/previous" ]; then
      replace_file 0600 "$FIREWALL_DIR/candidate" <"$work/previous"
    else
      rm -f "$FIREWALL_DIR/candidate"
      disarm_revert
    fi
    exit 1
  fi
  rm -f "$FIREWALL_DIR/reverted"
  # Loading took its time on a busy host: the deployer gets all of the window.
  arm_or_undo
  say "the firewall is loaded; it is undone in $REVERT_SECONDS s unless confirmed"
}

arm_revert() {
  disarm_revert
  systemd-run --quiet --collect --unit="$REVERT_UNIT" --on-active="$REVERT_SECONDS" \
    --timer-property=AccuracySec=100ms /usr/local/lib/palisade/palisade-host revert firewall
}

arm_or_undo() {
  arm_revert || {
    firewall_revert
    die "systemd started no timer that would undo the firewall, so none is loaded that nobody confirmed"
  }
}

disarm_revert() { systemctl stop "$REVERT_UNIT.timer" 2>/dev/null || true; }

# firewall_confirm <digest: reached over a new SSH connection, the candidate proved that it locks nobody out.
firewall_confirm() {
  read -r expected <"$work/document" || true
  [ "${#expected}" = 64 ] || die "no SHA-256 digest came on standard input"
  if [ "$(digest "$FIREWALL_DIR/candidate")" = "$expected" ]; then
    mv -f "$FIREWALL_DIR/candidate" "$FIREWALL_DIR/confirmed"
    disarm_revert
    say "the firewall is confirmed"
  elif [ ! -f "$FIREWALL_DIR/candidate" ] && [ "$(digest "$FIREWALL_DIR/confirmed")" = "$expected" ]; then
    say "the firewall was confirmed already"
  elif [ "$(digest "$FIREWALL_DIR/reverted")" = "$expected" ]; then
    die "this firewall was loaded earlier, not confirmed within $REVERT_SECONDS s, and undone; change it, or push it again by replacing this host's firewall resource"
  else
    die "the firewall to confirm is not the one that is loaded; push it again by replacing this host's firewall resource"
  fi
}

# firewall_revert: back to the last confirmed document, or to what was there before the first push.
firewall_revert() {
  [ -f "$FIREWALL_DIR/candidate" ] || return 0
  disarm_revert
  if [ -f "$FIREWALL_DIR/confirmed" ]; then
    unpack_firewall "$FIREWALL_DIR/confirmed"
    load_rules "$work" || die "the last confirmed firewall does not load; the candidate stays"
  else
    pick_iptables
    restore_saved_rules "$FIREWALL_DIR"
    destroy_sets '[abc]'
    rm -f "$RUN_DIR/firewall.generation"
  fi
  mv -f "$FIREWALL_DIR/candidate" "$FIREWALL_DIR/reverted"
  say "the firewall was not confirmed and has been undone"
}

# firewall_boot: before the network is up. A candidate that a reboot caught unconfirmed is dropped.
firewall_boot() {
  [ ! -f "$FIREWALL_DIR/candidate" ] || mv -f "$FIREWALL_DIR/candidate" "$FIREWALL_DIR/reverted"
  [ -f "$FIREWALL_DIR/confirmed" ] || return 0
  unpack_firewall "$FIREWALL_DIR/confirmed"
  load_rules "$work" || exit 1
  say "the firewall is loaded"
}
