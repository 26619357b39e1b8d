# shellcheck shell=sh disable=SC2034,SC2154 # sourced by palisade-host, with what else it has
# Whether whoever calls came over an SSH connection that is younger than what was loaded last. Such a connection went
# through the new rules, accounts and IPsec from its first packet; an older one proves nothing.

# now: sets $now to hundredths of a second since boot, in which proc(5) counts the start of a process.
now() {
  read -r up _ </proc/uptime
  now=${up%.*}${up#*.}
}

# find_connection: sets $connected to when the SSH connection of this process began; nothing where there is none. The
# nearest sshd above this process is the one that serves it, with whatever else goes over the same connection.
find_connection() {
  connected=
  pid=$$
  while [ "$pid" -gt 1 ] && read -r line <"/proc/$pid/stat"; do
    name=${line#*\(}
    # shellcheck disable=SC2086 # fields of proc(5), from the third on: the second may hold anything
    set -- ${line##*\) }
    pid=$2
    case ${name%\)*} in
      sshd | sshd-session)
        connected=${20}
        return
        ;;
    esac
  done
}

# While something is being loaded, or after a push that was killed, there is no such time and nobody proves anything.
forget_loaded() { rm -f "$RUN_DIR/loaded"; }

note_loaded() {
  now
  echo "$now" >"$RUN_DIR/loaded"
}

# find_loaded: sets $loaded to when the last push was done; false if it never was.
find_loaded() {
  [ -s "$RUN_DIR/loaded" ] && read -r loaded <"$RUN_DIR/loaded"
}

# proves_something: whether this is a new connection.
proves_something() {
  find_loaded || return 1
  find_connection
  [ -n "$connected" ] && [ "$connected" -gt "$loaded" ]
}

# proves_nothing: whether this is an old connection. Somebody at the console has none, and decides.
proves_nothing() {
  find_loaded || return 0
  find_connection
  [ -n "$connected" ] && [ "$connected" -le "$loaded" ]
}
