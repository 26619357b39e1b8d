# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# Whether the rules and sets in the kernel are those that were loaded. Every version of iptables prints rules in a way
# of its own, so what it printed right after loading is what is compared with.

# note_rules FOLDER
note_rules() {
  rules_text 4 >"$RUN_DIR/loaded.v4"
  rules_text 6 >"$RUN_DIR/loaded.v6"
  sets_text "$new" >"$RUN_DIR/loaded.sets"
  firewall_digest "$1" >"$RUN_DIR/loaded.digest"
}

firewall_digest() { cat "$1/ipset" "$1/rules.v4" "$1/rules.v6" | sha256sum; }

firewall_drift() {
  pick_iptables
  find_generation
  if [ -z "$generation" ] || [ "$(firewall_digest "$1")" != "$(cat "$RUN_DIR/loaded.digest" || :)" ]; then
    echo "another firewall is loaded, or none"
    return
  fi
  rules_text 4 >"$work/now.v4"
  rules_text 6 >"$work/now.v6"
  sets_text "$generation" >"$work/now.sets"
  for part in v4 v6 sets; do differences "$RUN_DIR/loaded.$part" "$work/now.$part" "$part: "; done
}

# differences DESIRED LIVE PREFIX: a line for each line that one has and the other has not.
differences() {
  diff -- "$1" "$2" | sed -n -E "s/^< /$3missing: /p; s/^> /$3not ours: /p" || :
}
