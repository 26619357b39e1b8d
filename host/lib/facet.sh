# shellcheck shell=sh disable=SC2034,SC2154 # sourced by palisade-host, with what else it has
# The one way in which every facet is pushed: check, note the candidate, load, report; and, where it could shut the
# deployer out, keep it only when a new SSH connection has got through. A facet is seven functions:
#
#   FACET_files              the names of its document's files
#   FACET_check FOLDER       dies if what was pushed is not right
#   FACET_load FOLDER        makes the host as it says, or fails and leaves it as it was
#   FACET_drift FOLDER       prints a line for each thing on the host that is not as it says
#   FACET_clear              makes the host as it was before the first push
#   FACET_fallback           is for when every document that is kept is damaged
#   FACET_settle             is called when it is certain what is confirmed
#
# A document is noted as the candidate, with the timer running, before anything is loaded: a push that dies at any
# point is undone by the timer, by the next boot, or by the next look for drift.

# In the order in which they are undone: the first ones shut out most.
FACETS="firewall access ipsec accounts passwords certificate"
# Those that could shut the deployer out.
CONFIRMED_FACETS="firewall access ipsec accounts"
# As palisade-revert.timer has it.
REVERT_SECONDS=25

must_be_confirmed() { case " $CONFIRMED_FACETS " in *" $1 "*) ;; *) return 1 ;; esac }

# unpack_facet FACET DOCUMENT FOLDER
unpack_facet() {
  # shellcheck disable=SC2046 # names of files
  unpack "$2" "$3" $("$1_files")
}

apply() {
  # Who pushes access comes as the retired key says, which proves nothing of the new one.
  if [ "$1" != access ]; then arrive; fi
  unpack_facet "$1" "$work/document" "$work/new"
  "$1_check" "$work/new"
  if ! is_confirmed "$1" "$work/document"; then
    attempt take "$1"
  elif waits "$1"; then
    undo_facets "$1"
  elif [ -n "$("$1_drift" "$work/new")" ]; then
    attempt load_again "$1"
  else
    say "$1: already as it should be"
    return
  fi
  [ "$attempted" = 0 ] || exit "$attempted"
}

is_confirmed() { intact "$STATE_DIR/$1" confirmed && [ "$(stored "$STATE_DIR/$1" confirmed)" = "$(digest "$2")" ]; }

take() {
  waited=$(stored "$STATE_DIR/$1" candidate)
  taken=$1
  arm_revert || undo_at_once
  forget_loaded
  undo=undo_taking
  keep "$STATE_DIR/$1" candidate <"$work/document"
  "$1_load" "$work/new"
  undo=
  forget "$STATE_DIR/$1" reverted
  if must_be_confirmed "$1"; then
    # Loading took its time on a busy host: the deployer gets all of the window.
    arm_revert || undo_at_once
    say "$1: loaded; it is undone in $REVERT_SECONDS s unless confirmed"
  else
    settle "$1"
    disarm_if_nothing_waits
  fi
  note_loaded
}

# It was not loaded, so all is as before.
undo_taking() {
  if [ -n "$waited" ]; then point "$STATE_DIR/$taken/candidate" "$waited"; else forget "$STATE_DIR/$taken" candidate; fi
  sweep "$STATE_DIR/$taken"
  rmdir "$STATE_DIR/$taken" "$STATE_DIR" 2>/dev/null || :
  disarm_if_nothing_waits
  note_loaded
}

# With the new timer the one before it may be gone.
undo_at_once() {
  revert
  die "systemd started no timer that would undo it, so nothing is loaded that nobody confirmed"
}

load_again() {
  "$1_load" "$work/new"
  say "$1: put back as it should be"
}

# confirm <"FACET DIGEST" lines: reached over a new SSH connection, what waits has proved that it locks nobody out.
confirm() {
  check_digests
  if something_waits && proves_nothing; then
    die "this SSH connection is older than what was loaded, or a push was cut off: a new connection, and a new push, can tell"
  fi
  wrong=
  while read -r facet expected; do
    if waits "$facet" && [ "$(stored "$STATE_DIR/$facet" candidate)" = "$expected" ]; then
      settle "$facet"
      say "$facet: confirmed"
    elif waits "$facet" || [ "$(stored "$STATE_DIR/$facet" confirmed)" != "$expected" ]; then
      tell_unconfirmed "$facet" "$expected"
      wrong=yes
    fi
  done <"$work/document"
  disarm_if_nothing_waits
  [ -z "$wrong" ] || exit 1
  say "all that was pushed is confirmed"
}

check_digests() {
  awk -v known="$CONFIRMED_FACETS" '
    NF != 2 || index(" " known " ", " " $1 " ") == 0 || $2 !~ /^[0-9a-f]+$/ || length($2) != 64 || seen[$1]++ { bad = 1 }
    END { exit bad || NR == 0 }
  ' "$work/document" || die "no facets with their SHA-256 digests came on standard input"
}

tell_unconfirmed() {
  if [ "$(stored "$STATE_DIR/$1" reverted)" = "$2" ]; then
    say "$1: what was pushed was not confirmed within $REVERT_SECONDS s, and was undone; change it, or push it again by replacing this host's $1 resource"
  else
    say "$1: what is to be confirmed is not what is loaded; push it again by replacing this host's $1 resource"
  fi
}

# arrive: whoever comes over a new SSH connection confirms what waits.
arrive() {
  if proves_something; then settle_what_waits; fi
}

settle_what_waits() {
  for facet in $CONFIRMED_FACETS; do
    if waits "$facet"; then
      settle "$facet"
      say "$facet: confirmed, as a new SSH connection came through"
    fi
  done
  disarm_if_nothing_waits
}

# settle FACET: its candidate is the confirmed one. The one before it is kept for when this one is damaged.
settle() {
  folder=$STATE_DIR/$1
  if intact "$folder" confirmed && [ "$(stored "$folder" confirmed)" != "$(stored "$folder" candidate)" ]; then
    point "$folder/last-good" "$(stored "$folder" confirmed)"
  fi
  become "$folder" candidate confirmed
  "$1_settle"
  sweep "$folder"
}
