# shellcheck shell=sh disable=SC2034,SC2046,SC2086,SC2154 # sourced by palisade-host, with what else it has; names of facets
# What on this host is not as it was pushed, and putting it right. A finding is a line: facet, tab, what was found. What
# belongs to no facet (units, sshd's drop-in, nsswitch.conf, these scripts) is of the facet "host".

# A look takes long on a busy host, and a push keeps to seconds: whoever only looks holds no lock. What is found so may be
# what a push is just changing, and counts once it is found with the lock as well.

# drift: prints what it finds; false if there is anything. Whoever reads it slowly keeps nobody waiting.
drift() {
  find_drift $FACETS host >"$work/findings"
  [ -s "$work/findings" ] || return 0
  with_lock look_again
  release_lock
  cat "$work/findings"
  [ ! -s "$work/findings" ]
}

# look_again: at what something was found of.
look_again() {
  cut -f 1 "$work/findings" | uniq >"$work/drifted"
  find_drift $(cat "$work/drifted") >"$work/findings"
}

# drift_repair: as the timer calls it; what it found and what became of it goes to the journal. While a push waits to be
# confirmed it is left to the next look, as what confirms it would wait behind the repair until the push is undone.
drift_repair() {
  find_drift $FACETS host >"$work/findings"
  [ -s "$work/findings" ] || return 0
  if systemctl is-active --quiet "$REVERT_TIMER"; then return 0; fi
  with_lock repair_found
}

repair_found() {
  look_again
  [ -s "$work/findings" ] || return 0
  while IFS="$TAB" read -r facet what; do say "drift: $facet: $what"; done <"$work/findings"
  cut -f 1 "$work/findings" | uniq >"$work/drifted"
  # From a descriptor of its own: what is run here may read standard input.
  while read -r facet <&3; do
    attempt repair "$facet"
  done 3<"$work/drifted"
  find_drift $FACETS host >"$work/findings"
  while IFS="$TAB" read -r facet what; do say "drift: not repaired: $facet: $what"; done <"$work/findings"
  [ ! -s "$work/findings" ] || exit 1
  say "drift: all of it is repaired"
}

TAB=$(printf '\t')

# find_drift FACET...
find_drift() {
  for facet in "$@"; do
    {
      attempt look_at "$facet"
      [ "$attempted" = 0 ] || echo "it can't be told whether all is as it should be"
    } | sed "s/^/$facet$TAB/"
  done
}

look_at() {
  if [ "$1" = host ]; then
    host_drift
    return
  fi
  documents_drift "$1"
  desired=$(desired_of "$1")
  [ -n "$desired" ] || return 0
  unpack_facet "$1" "$STATE_DIR/$1/$desired" "$work/desired.$1"
  "$1_drift" "$work/desired.$1"
}

# desired_of FACET: which of its documents the host should be like; nothing where nothing was pushed.
desired_of() {
  for kind in candidate confirmed last-good; do
    if intact "$STATE_DIR/$1" "$kind"; then
      echo "$kind"
      return
    fi
  done
}

documents_drift() {
  if exists "$STATE_DIR/$1/confirmed" && ! intact "$STATE_DIR/$1" confirmed; then
    echo "the confirmed document on the disk is damaged; push it again"
  fi
  if waits "$1" && ! systemctl is-active --quiet "$REVERT_TIMER"; then
    echo "what was pushed waits to be confirmed, and no timer would undo it"
  fi
}

repair() {
  if [ "$1" = host ]; then
    repair_host
  elif waits "$1" && ! systemctl is-active --quiet "$REVERT_TIMER"; then
    undo_facets "$1"
  else
    load_kept "$1" "$(desired_of "$1")"
  fi
}
