# shellcheck shell=sh disable=SC2034,SC2154 # sourced by palisade-host, with what else it has
# What a facet is, and how what could shut the deployer out is kept only when a new SSH connection has got through. A
# facet is seven functions:
#
#   FACET_files              the names of its document's files
#   FACET_check FOLDER       dies if what was pushed is not right
#   FACET_load FOLDER        makes the host as it says, or fails and leaves it as it was
#   FACET_drift FOLDER       prints a line for each thing on the host that is not as it says
#   FACET_clear              makes the host as it was before the first push
#   FACET_fallback           is for when every document that is kept is damaged
#   FACET_settle             is called when it is certain what is confirmed

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

# confirm <"FACET DIGEST" lines: reached over a new SSH connection, what waits has proved that it locks nobody out.
confirm() {
  check_digests
  if something_waits && proves_nothing; then
    die "this SSH connection is older than what was loaded, or a push was cut off: a new connection, and a new push, can tell"
  fi
  proved='' wrong=
  while read -r facet expected; do
    if waits "$facet" && [ "$(stored "$STATE_DIR/$facet" candidate)" = "$expected" ]; then
      proved="$proved $facet"
    elif waits "$facet" || [ "$(stored "$STATE_DIR/$facet" confirmed)" != "$expected" ]; then
      tell_unconfirmed "$facet" "$expected"
      wrong=yes
    fi
  done <"$work/document"
  settle_all confirmed
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
    say "$1: what was pushed was not confirmed within $REVERT_SECONDS s, and was undone; change it, or push it again by replacing this host's apply resource"
  else
    say "$1: what is to be confirmed is not what is loaded; push it again by replacing this host's apply resource"
  fi
}

# arrive: whoever comes over a new SSH connection confirms what waits.
arrive() {
  if proves_something; then settle_what_waits; fi
}

settle_what_waits() {
  proved=
  for facet in $CONFIRMED_FACETS; do
    if waits "$facet"; then proved="$proved $facet"; fi
  done
  settle_all "confirmed, as a new SSH connection came through"
  disarm_if_nothing_waits
}

# settle_all WHY: what was proved. It is noted whole before the first one is settled: a confirmation that is killed leaves
# no half of a push to be kept and the other to be undone.
settle_all() {
  [ -n "$proved" ] || return 0
  for facet in $proved; do echo "$facet $(stored "$STATE_DIR/$facet" candidate)"; done | replace_file 0600 "$PROVED"
  settle_proved
  for facet in $proved; do say "$facet: $1"; done
}

PROVED=$STATE_DIR/proved

# settle_proved: what was noted. Every command does so first, as the one before it may have been killed.
settle_proved() {
  [ -f "$PROVED" ] || return 0
  # From a descriptor of its own: what is run here may read standard input.
  while read -r facet noted <&3; do
    if waits "$facet" && [ "$(stored "$STATE_DIR/$facet" candidate)" = "$noted" ]; then settle "$facet"; fi
  done 3<"$PROVED"
  rm -f "$PROVED"
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
