# shellcheck shell=sh
# What every facet's script shares. Sourced by palisade-host.

# shellcheck disable=SC2034 # the facets' scripts use it
STATE_DIR=${PALISADE_STATE_DIR:-/var/lib/palisade}
RUN_DIR=${PALISADE_RUN_DIR:-/run/palisade}

say() { printf 'palisade: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

# make_work: a folder, $work, that goes with this process.
make_work() {
  work=$RUN_DIR/work.$$
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work"
}

# receive: all of standard input into $work/document. This comes before the lock, so that a connection that
# stalls half way keeps nobody waiting, least of all the timer that undoes a lockout.
receive() {
  make_work
  cat >"$work/document"
}

# with_lock COMMAND...: one push, confirm or revert at a time; others queue behind it.
with_lock() {
  exec 9>"$RUN_DIR/lock"
  flock -w 60 9 || die "another push has held this host for 60 s; nothing was changed"
  "$@"
}

# with_lock_at_last COMMAND...: what comes once only, such as the timer's undoing, waits as long as it takes.
with_lock_at_last() {
  exec 9>"$RUN_DIR/lock"
  flock 9
  "$@"
}

# replace_file MODE TARGET <content: the target holds either the old or the new content, never part of it.
replace_file() {
  [ -d "${2%/*}" ] || mkdir -p "${2%/*}"
  install -m "$1" /dev/stdin "$2.palisade-new"
  sync "$2.palisade-new"
  mv -f "$2.palisade-new" "$2"
}

# remember TARGET, before it is replaced, so that put_back TARGET can undo that.
remember() { [ ! -f "$1" ] || cp "$1" "$work/old-${1##*/}"; }

put_back() {
  if [ -f "$work/old-${1##*/}" ]; then replace_file 0644 "$1" <"$work/old-${1##*/}"; else rm -f "$1"; fi
}

# unpack DOCUMENT FOLDER NAME...: writes the files of a facet document. They must be exactly the named ones,
# in that order, and the document must end as it should: a push that was cut off is refused here.
unpack() {
  unpack_document=$1
  unpack_folder=$2
  shift 2
  if grep -aq '[[:cntrl:]]' "$unpack_document"; then die "the document holds a control character; nothing was changed"; fi
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
  [ -z "$unpack_wrong" ] || die "the document is not as it should be: $unpack_wrong; nothing was changed"
}

# digest FILE: its SHA-256 in hexadecimal; nothing where there is no file.
digest() {
  if [ -f "$1" ]; then sha256sum <"$1" | cut -d ' ' -f 1; fi
}
