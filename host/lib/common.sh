# shellcheck shell=sh disable=SC2030,SC2031,SC2034 # the facets' scripts use what is set here; each attempt has its own $undo
# What every facet's script shares. Sourced by palisade-host.

STATE_DIR=${PALISADE_STATE_DIR:-/var/lib/palisade}
RUN_DIR=${PALISADE_RUN_DIR:-/run/palisade}

# A deployer that is gone reads nothing, which must not end a push half way.
say() { printf 'palisade: %s\n' "$*" >&2 || :; }

die() {
  say "$*"
  exit 1
}

# make_work: a folder, $work, that goes with this process; and those of processes that were killed go.
make_work() {
  trap '' HUP PIPE
  work=$RUN_DIR/work.$$
  trap 'rm -rf "$work"' EXIT
  trap 'exit 143' INT TERM
  for left in "$RUN_DIR"/work.*; do
    if [ "$left" = "$work" ] || [ ! -d "/proc/${left##*.}" ]; then rm -rf "$left"; fi
  done
  mkdir -p "$work" || die "nothing can be written to $RUN_DIR (see the line above); nothing was changed"
}

# receive: all of standard input into $work/document. This comes before the lock, so that a connection that
# stalls half way keeps nobody waiting, least of all the timer that undoes a lockout.
receive() {
  make_work
  cat >"$work/document" || no_room
}

no_room() { die "there is no room in $RUN_DIR (see the line above): make some and push again; nothing was changed"; }

# with_lock COMMAND...: one push, confirm or revert at a time; others queue behind it.
with_lock() {
  exec 9>"$RUN_DIR/lock"
  flock -w 60 9 || die "another push has held this host for 60 s; nothing was changed"
  finish_left
  "$@"
}

# with_lock_at_last COMMAND...: what comes once only, such as the timer's undoing, waits as long as it takes.
with_lock_at_last() {
  exec 9>"$RUN_DIR/lock"
  flock 9
  finish_left
  "$@"
}

# finish_left: what a process that was killed had only begun to write goes; what it had begun to confirm is confirmed.
finish_left() {
  find "$STATE_DIR" "$EXTRAUSERS_DIR" "$FAILSAFE_DIR" "$SWANCTL_DIR" "${KEYS_DIR%/*}" "${SUDOERS_FILE%/*}" \
    -name '*.palisade-new' -delete 2>/dev/null || :
  rm -rf /home/*.palisade-new
  attempt settle_proved
}

release_lock() { exec 9>&-; }

# attempt COMMAND...: in a shell of its own, where the first step that fails ends it, and what `undo` then names is
# run, last first. Its status is in $attempted, for a condition around it would have its steps fail unnoticed (`set -e`
# in POSIX, Shell Command Language, 2.14).
attempt() {
  set +e
  (
    set -e
    undo=
    trap 'undo_steps "$?"' EXIT
    trap 'exit 143' INT TERM
    "$@"
  )
  attempted=$?
  set -e
}

undo_steps() {
  trap '' INT TERM
  for step in $undo; do "$step" || :; done
  exit "$1"
}

# replace_file MODE TARGET <content: the target holds either the old or the new content, never part of it, and that
# after a power cut too.
replace_file() {
  [ -d "${2%/*}" ] || mkdir -p "${2%/*}"
  if install -m "$1" /dev/stdin "$2.palisade-new" && sync "$2.palisade-new" && mv -f "$2.palisade-new" "$2"; then
    sync "${2%/*}"
  else
    rm -f "$2.palisade-new"
    return 1
  fi
}

# point LINK TARGET: the link leads to the one or to the other, and at no moment nowhere.
point() {
  [ "$(readlink "$1" || :)" != "$2" ] || return 0
  ln -sfn "$2" "$1.palisade-new"
  mv -fT "$1.palisade-new" "$1"
  sync "${1%/*}"
}

# split DOCUMENT FOLDER NAME...: one file for each facet that the document holds, as it would have come alone. What does
# not belong there stays with one of them, to be refused with it.
split() {
  if grep -aq '[[:cntrl:]]' "$1"; then die "the document holds a control character; nothing was changed"; fi
  split_document=$1
  split_folder=$2
  shift 2
  mkdir -p "$split_folder"
  for part in "$@"; do : >"$split_folder/$part"; done
  awk -v folder="$split_folder" -v names="$*" '
    BEGIN { last = split(names, name, " "); at = 1 }
    { print >(folder "/" name[at]) }
    $0 == "#=== end" && at < last { at++ }
  ' "$split_document" || no_room
}

# unpack DOCUMENT FOLDER NAME...: writes the files of a facet document. They must be exactly the named ones,
# in that order, and the document must end as it should: a push that was cut off is refused here.
unpack() {
  unpack_document=$1
  unpack_folder=$2
  shift 2
  mkdir -p "$unpack_folder"
  unpack_wrong=$(awk -v folder="$unpack_folder" -v names="$*" '
    BEGIN { last = split(names, name, " ") }
    ended { wrong = "something follows its end"; exit }
    /^#===/ {
      expected = seen < last ? "#=== file " name[seen + 1] : "#=== end"
      if ($0 != expected) { wrong = "line " NR " is \"" substr($0, 1, 80) "\" instead of \"" expected "\""; exit }
      if (seen == last) { ended = 1; next }
      file = folder "/" name[++seen]
      printf "" >file
      next
    }
    seen { print >file; next }
    !/^#/ { wrong = "line " NR " belongs to no file"; exit }
    END { print wrong != "" ? wrong : ended ? "" : "it was cut off after line " NR }
  ' "$unpack_document")
  [ -z "$unpack_wrong" ] || die "the ${unpack_document##*/} document is not as it should be: $unpack_wrong; nothing was changed"
}

# own_addresses: this host's, a line each.
own_addresses() { ip -o address show | awk '{ sub("/.*", "", $4); print $4 }'; }

# digest FILE: its SHA-256 in hexadecimal; nothing where there is no file.
digest() {
  if [ -f "$1" ]; then sha256sum <"$1" | cut -d ' ' -f 1; fi
}
