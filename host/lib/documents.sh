# shellcheck shell=sh disable=SC2034,SC2154 # sourced by palisade-host, with what else it has
# The documents that a host keeps of each facet, in a folder a facet:
#
#   candidate  loaded, and undone unless a new SSH connection confirms it
#   confirmed  the one that stays
#   last-good  the one that was confirmed before it, for when that is damaged
#   reverted   the last candidate that was undone
#
# Each is a link to a file that has its own SHA-256 for a name, so that a damaged one is known by itself, and one
# rename makes a candidate the confirmed one.

# keep FOLDER NAME <document
keep() {
  cat >"$work/kept"
  kept=$(digest "$work/kept")
  [ "$(digest "$1/$kept")" = "$kept" ] || replace_file 0600 "$1/$kept" <"$work/kept"
  point "$1/$2" "$kept"
}

# stored FOLDER NAME: the digest that such a document must have; nothing where there is none.
stored() { readlink "$1/$2" || :; }

exists() { [ -L "$1" ]; }

# intact FOLDER NAME: whether there is such a document and it is what it was when it came.
intact() { exists "$1/$2" && [ "$(digest "$1/$2")" = "$(stored "$1" "$2")" ]; }

# become FOLDER NAME OTHER: a document takes another's place.
become() {
  mv -fT "$1/$2" "$1/$3"
  sync "$1"
}

# forget FOLDER NAME
forget() { rm -f "$1/$2"; }

# sweep FOLDER: documents that nothing leads to.
sweep() {
  for document in "$1"/*; do
    name=${document##*/}
    if [ -L "$document" ] || [ "${#name}" != 64 ]; then continue; fi
    case $name in
      "$(stored "$1" candidate)" | "$(stored "$1" confirmed)" | "$(stored "$1" last-good)" | "$(stored "$1" reverted)") ;;
      *) rm -f "$document" ;;
    esac
  done
}
