# shellcheck shell=sh disable=SC2034,SC2154 # sourced by palisade-host, with what else it has
# Back to what was confirmed: by the timer, by hand, at boot.

REVERT_TIMER=palisade-revert.timer

waits() { exists "$STATE_DIR/$1/candidate"; }

something_waits() {
  for waiting in $FACETS; do
    if waits "$waiting"; then return 0; fi
  done
  return 1
}

arm_revert() { systemctl restart "$REVERT_TIMER"; }

disarm_if_nothing_waits() { something_waits || systemctl stop "$REVERT_TIMER" || :; }

# revert: what waits to be confirmed is undone.
# shellcheck disable=SC2086 # names of facets
revert() { undo_facets $FACETS; }

# revert_when_due: as the timer calls it. It may have waited behind a push that has armed the timer again.
revert_when_due() {
  now
  if find_loaded && [ $((now - loaded)) -lt $(((REVERT_SECONDS - 1) * 100)) ]; then return; fi
  revert
}

undo_facets() {
  failed=
  for undone in "$@"; do
    waits "$undone" || continue
    attempt restore "$undone"
    if [ "$attempted" = 0 ]; then
      become "$STATE_DIR/$undone" candidate reverted
      if exists "$STATE_DIR/$undone/confirmed"; then "${undone}_settle"; fi
      sweep "$STATE_DIR/$undone"
      say "$undone: what was pushed was not confirmed, and has been undone"
    else
      failed="$failed $undone"
    fi
  done
  if [ -n "$failed" ]; then
    arm_revert || :
    die "not undone, and tried again in $REVERT_SECONDS s:$failed"
  fi
  disarm_if_nothing_waits
}

# restore FACET: the confirmed document; the one before it if that is damaged or does not load; else the least.
restore() {
  if ! exists "$STATE_DIR/$1/confirmed"; then
    "$1_clear"
    return
  fi
  for kept in confirmed last-good; do
    if ! exists "$STATE_DIR/$1/$kept"; then continue; fi
    if ! intact "$STATE_DIR/$1" "$kept"; then
      say "$1: the $kept document on the disk is damaged"
      continue
    fi
    attempt load_kept "$1" "$kept"
    if [ "$attempted" = 0 ]; then
      [ "$kept" = confirmed ] || say "$1: the $kept one is in use; push again"
      return
    fi
    say "$1: the $kept document does not load"
  done
  "$1_fallback"
}

load_kept() {
  unpack_facet "$1" "$STATE_DIR/$1/$2" "$work/$1.$2"
  "$1_load" "$work/$1.$2"
}

# boot: before the network is up. A candidate that a reboot caught unconfirmed is dropped.
boot() {
  booting=yes
  failed=
  for facet in $FACETS; do
    attempt start_with "$facet"
    [ "$attempted" = 0 ] || failed="$failed $facet"
  done
  [ -z "$failed" ] || die "not as it should be after this boot:$failed"
}

start_with() {
  if waits "$1"; then
    restore "$1"
    become "$STATE_DIR/$1" candidate reverted
    say "$1: what was pushed was not confirmed before the host went down, and is undone"
  elif exists "$STATE_DIR/$1/confirmed"; then
    # What a reboot does not change on the disk is left to the look for drift, as the network waits for this.
    case $1 in firewall | ipsec) restore "$1" ;; esac
  elif [ "$1" = firewall ] && exists "$FAILSAFE_DIR/failsafe"; then
    say "firewall: no document of it is left on the disk"
    firewall_fallback
  fi
}
