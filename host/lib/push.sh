# shellcheck shell=sh disable=SC2034,SC2154 # sourced by palisade-host, with what else it has
# The one way in which facets are pushed, whether one or several: all have come, all are checked, all are noted as
# candidates with the timer running, and only then is the first one loaded. So a push that dies at any point is undone as
# a whole, by the timer, by the next boot, or by the next look for drift; and one that does not load undoes itself.

# understand FACET... [--certificate BASE64]: sets $pushed, and $given to the host's certificate; false if that is no push.
understand() {
  pushed='' given=''
  while [ $# -gt 0 ]; do
    case $1 in
      --certificate)
        case " $pushed " in *" certificate "*) ;; *) return 1 ;; esac
        [ $# = 2 ] || return 1
        given=$2
        shift
        ;;
      *)
        case " $pushed " in *" $1 "*) return 1 ;; esac
        case " $FACETS " in *" $1 "*) pushed="$pushed $1" ;; *) return 1 ;; esac
        ;;
    esac
    shift
  done
  [ -n "$pushed" ]
}

# apply FACET...: as the document has them, and as they are loaded.
apply() {
  # Who pushes access comes as the retired key says, which proves nothing of the new one.
  if [ "$*" != access ]; then arrive; fi
  split "$work/document" "$work/pushed" "$@"
  if [ -n "$given" ]; then fill_in "$work/pushed/certificate"; fi
  check_facets "$@"
  undo_cut_off
  compare_facets "$@"
  # Between two facets as well, whoever stops it gets back what was there.
  stopped=
  trap 'stopped=yes' INT TERM
  if [ -n "$changed" ]; then note_candidates; fi
  load_facets "$@"
  # shellcheck disable=SC2086 # names of facets
  if [ -n "$withdrawn" ]; then undo_facets $withdrawn; fi
  if [ -n "$changed" ]; then keep_loaded; fi
}

# fill_in DOCUMENT: the host's certificate comes beside the document, as the base64 of its DER.
fill_in() {
  case $given in *[!A-Za-z0-9+/=]*) die "what came as the host's certificate is no base64; nothing was changed" ;; esac
  awk -v body="$given" '
    { print }
    $0 == "#=== file host.pem" {
      print "-----BEGIN CERTIFICATE-----"
      for (at = 1; at <= length(body); at += 64) print substr(body, at, 64)
      print "-----END CERTIFICATE-----"
    }
  ' "$1" >"$work/filled"
  mv -f "$work/filled" "$1"
}

# check_facets FACET...: what is wrong with any of them is told of all.
check_facets() {
  refused=
  for facet in "$@"; do
    attempt check_facet "$facet"
    [ "$attempted" = 0 ] || refused="$refused $facet"
  done
  [ -z "$refused" ] || die "refused:$refused"
}

check_facet() {
  unpack_facet "$1" "$work/pushed/$1" "$work/new/$1"
  "$1_check" "$work/new/$1"
}

# What a push that was cut off has left may be loaded by half, and nothing of it can be confirmed.
undo_cut_off() {
  if something_waits && ! find_loaded; then revert; fi
}

# compare_facets FACET...: sets $changed to those that are not the confirmed ones, and $withdrawn to those that are, with
# another one loaded.
compare_facets() {
  changed='' withdrawn=''
  for facet in "$@"; do
    if ! is_confirmed "$facet" "$work/pushed/$facet"; then
      changed="$changed $facet"
    elif waits "$facet"; then
      withdrawn="$withdrawn $facet"
    fi
  done
}

is_confirmed() { intact "$STATE_DIR/$1" confirmed && [ "$(stored "$STATE_DIR/$1" confirmed)" = "$(digest "$2")" ]; }

is_changed() { case " $changed " in *" $1 "*) ;; *) return 1 ;; esac }

note_candidates() {
  arm_revert || undo_at_once
  forget_loaded
  taken=
  for facet in $changed; do
    attempt note_candidate "$facet"
    [ "$attempted" = 0 ] || give_up "$facet" "$attempted"
  done
}

note_candidate() {
  stored "$STATE_DIR/$1" candidate >"$work/waited.$1"
  keep "$STATE_DIR/$1" candidate <"$work/pushed/$1"
}

# With the new timer the one before it may be gone.
undo_at_once() {
  revert
  die "systemd started no timer that would undo it, so nothing is loaded that nobody confirmed"
}

load_facets() {
  taken=
  for facet in "$@"; do
    attempt load_facet "$facet"
    # What killed it, put nothing back, and may come again (as for want of memory): the timer undoes it all.
    [ "$attempted" != 137 ] || die "$facet: killed while it was loaded; all of this push is undone in $REVERT_SECONDS s"
    if [ "$attempted" = 0 ]; then taken="$taken $facet"; fi
    [ -z "$stopped" ] || attempted=143
    [ "$attempted" = 0 ] || give_up "$facet" "$attempted"
  done
}

load_facet() {
  if is_changed "$1"; then
    waited=$(cat "$work/waited.$1")
    "$1_load" "$work/new/$1"
  elif waits "$1"; then
    return
  elif [ -n "$("$1_drift" "$work/new/$1")" ]; then
    "$1_load" "$work/new/$1"
    say "$1: put back as it should be"
  else
    say "$1: already as it should be"
  fi
}

# keep_loaded: what could shut the deployer out waits to be confirmed, the rest stays.
keep_loaded() {
  waiting=
  for facet in $changed; do
    if must_be_confirmed "$facet"; then waiting="$waiting $facet"; fi
  done
  # Loading took its time on a busy host: the deployer gets all of the window.
  if [ -n "$waiting" ]; then arm_revert || undo_at_once; fi
  for facet in $changed; do
    forget "$STATE_DIR/$facet" reverted
    case " $waiting " in
      *" $facet "*) say "$facet: loaded; it is undone in $REVERT_SECONDS s unless confirmed" ;;
      *) settle "$facet" ;;
    esac
  done
  disarm_if_nothing_waits
  note_loaded
}

# give_up FACET STATUS: it did not load, and left the host as it was. So does the whole push.
give_up() {
  trap '' INT TERM
  failed=
  for facet in $FACETS; do
    if ! is_changed "$facet" || [ ! -e "$work/waited.$facet" ]; then continue; fi
    case " $taken " in
      *" $facet "*) attempt take_back "$facet" ;;
      *) attempted=0 ;;
    esac
    if [ "$attempted" = 0 ]; then drop_candidate "$facet"; else failed="$failed $facet"; fi
  done
  say "$1: it did not load, so nothing of this push is kept"
  if [ -n "$failed" ]; then
    arm_revert || :
    die "not undone, and tried again in $REVERT_SECONDS s:$failed"
  fi
  disarm_if_nothing_waits
  note_loaded
  exit "$2"
}

# take_back FACET: what was loaded before this push is again.
take_back() {
  waited=$(cat "$work/waited.$1")
  if [ -n "$waited" ]; then
    point "$STATE_DIR/$1/candidate" "$waited"
    load_kept "$1" candidate
  else
    restore "$1"
  fi
}

drop_candidate() {
  waited=$(cat "$work/waited.$1")
  if [ -n "$waited" ]; then
    point "$STATE_DIR/$1/candidate" "$waited"
  else
    forget "$STATE_DIR/$1" candidate
    case " $taken " in *" $1 "*) if exists "$STATE_DIR/$1/confirmed"; then "$1_settle"; fi ;; esac
  fi
  sweep "$STATE_DIR/$1"
  rmdir "$STATE_DIR/$1" "$STATE_DIR" 2>/dev/null || :
}
