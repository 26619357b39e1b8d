# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# What people have beside their files: homes, and sessions while they last.

# Everybody who has or had an account here and may have sessions, as "NAME UID" lines.
PEOPLE=$STATE_DIR/accounts/people

# make_homes PASSWD: a home appears whole, with its owner, before its person can log in: one that a push only began to
# make is made again by the next. A service account has none.
make_homes() {
  while IFS=: read -r name _ uid gid _ home _; do
    if [ "$home" = /nonexistent ] || [ -e "$home" ]; then continue; fi
    rm -rf "$home.palisade-new"
    cp -R /etc/skel "$home.palisade-new"
    chown -R "$uid:$gid" "$home.palisade-new"
    chmod 0700 "$home.palisade-new"
    mv "$home.palisade-new" "$home"
  done <"$1"
}

# remember_people PASSWD: noted before they get an account, so that no push that is cut off forgets to end a session.
remember_people() {
  {
    awk -F : '{ print $1, $3 }' "$1"
    [ ! -f "$PEOPLE" ] || cat "$PEOPLE"
  } | sort -u >"$work/people"
  cmp -s "$work/people" "$PEOPLE" || replace_file 0600 "$PEOPLE" <"$work/people"
}

# end_sessions PASSWD: whoever is not in it any more is logged out at once, and what a service account ran ends; the
# home stays.
end_sessions() {
  awk -F : '{ print $1, $3 }' "$1" | sort -u >"$work/staying"
  comm -23 "$PEOPLE" "$work/staying" >"$work/leaving"
  while read -r name uid; do
    end_processes "$uid"
    say "$name no longer has an account here"
  done <"$work/leaving"
  cmp -s "$work/staying" "$PEOPLE" || replace_file 0600 "$PEOPLE" <"$work/staying"
}

# end_processes UID: what sudo started from a session as well, which logind keeps in one slice. What forks while it
# is being ended is met by the next round.
end_processes() {
  if [ -d "/sys/fs/cgroup/user.slice/user-$1.slice" ]; then systemctl kill --signal=KILL "user-$1.slice" || :; fi
  for _ in 1 2 3 4 5; do
    pkill -KILL -U "$1" || return 0
    sleep 0.1
  done
}
