# shellcheck shell=sh
# What the accounts facet refuses.

# Our own rules, the real tools' verdict, and that nobody takes what is the system's.
accounts_check() {
  check_lines "$1" || die "the accounts are malformed (see the lines above); nothing was changed"
  pwck -q -r "$1/passwd" "$1/shadow" </dev/null >&2 || die "pwck refused the accounts; nothing was changed"
  visudo -c -f "$1/sudoers" >/dev/null || die "visudo refused the sudo rules; nothing was changed"
  check_not_taken passwd account "$1/passwd"
  check_not_taken group group "$1/group"
  check_keys "$1/keys"
}

# What pwck does not look at: it takes names such as `../x` or `$(x)`, an id twice, and any home; and grpck asks
# the live system whether a member exists, so it can't judge a file that comes with its people.
check_lines() {
  awk -F : '
    function wrong(what) { printf "%s: line %d: %s: %s\n", file, FNR, what, substr($0, 1, 80) | "cat >&2"; bad = 1 }
    function is_name(text) { return text ~ /^[a-z][a-z0-9-]*$/ && length(text) < 32 }
    function is_id(text) { return text ~ /^[1-9][0-9][0-9][0-9][0-9]$/ && text < 40000 }
    FNR == 1 { file = FILENAME; sub(/.*\//, "", file) }
    file == "passwd" {
      if (NF != 7 || !is_name($1) || $2 != "x" || !is_id($3) || !is_id($4)) wrong("not an account")
      if ($6 == "/nonexistent" && $7 == "/usr/sbin/nologin") service[$1] = 1
      else if ($6 != "/home/" $1 || $7 !~ /^\/[a-z\/]+$/ || $7 ~ /nologin$/) wrong("not its home and shell")
      if (person[$1]++ || uid[$3]++) wrong("the name or id stands twice")
      primary[$4] = $1
    }
    file == "group" {
      if (NF != 4 || !is_name($1) || $2 != "x" || !is_id($3)) wrong("not a group")
      if (group[$1]++ || gid[$3]++) wrong("the name or id stands twice")
      count = split($4, member, ",")
      for (i = 1; i <= count; i++) {
        if (!(member[i] in person)) wrong("not a person of this host: " member[i])
        if (($1 == "palisade-service") != (member[i] in service)) wrong("no group for this account: " member[i])
        in_service_group[member[i]] = in_service_group[member[i]] || $1 == "palisade-service"
      }
    }
    file == "shadow" && !($1 in person && $0 == $1 ":*:::::::") { wrong("not an account without a password") }
    file == "sudoers" && !/^#/ {
      if ($0 !~ /^%?[a-z][a-z0-9-]* ALL=\((ALL:ALL\) (NO)?PASSWD: ALL|root\) (NO)?PASSWD: \/[A-Za-z0-9._\/+-]+ (""|([A-Za-z0-9._\/+@% -]|\\[,:=])+))$/) wrong("not a sudo rule")
      who = substr($0, 1, index($0, " ") - 1)
      if (who ~ /^%/ ? !(substr(who, 2) in group) : !(who in person)) wrong("not a team or account of this host")
    }
    file == "passwords" && !($0 in person && !($0 in service)) { wrong("not a person of this host") }
    file == "keys" {
      space = index($0, " ")
      name = substr($0, 1, space - 1)
      if (!(name in person) || name in service) wrong("not a key of a person of this host")
      if (substr($0, space + 1) !~ /^[a-z][a-z0-9@.-]+ [A-Za-z0-9+\/]+=*( |$)/) wrong("not an SSH public key")
    }
    END {
      file = "passwd"
      for (name in service) if (!in_service_group[name]) wrong("a service account that sshd would not turn away: " name)
      for (id in primary) if (!(id in gid)) wrong("no such group: " id " of " primary[id])
      exit bad
    }' "$1/passwd" "$1/group" "$1/shadow" "$1/sudoers" "$1/passwords" "$1/keys"
}

# check_not_taken DATABASE WORD FILE: whether the system has one of these names or ids itself.
check_not_taken() {
  [ -s "$3" ] || return 0
  # shellcheck disable=SC2046 # names and numbers, as check_lines has seen
  taken=$(getent -s files "$1" $(cut -d : -f 1,3 --output-delimiter=' ' "$3")) || true
  [ -z "$taken" ] || die "this system has a $2 of its own by that name or id: $taken; nothing was changed"
}

# ssh-keygen passes over lines that are no keys: one process for all, and another for each to find the wrong one.
check_keys() {
  [ -s "$1" ] || return 0
  [ "$(cut -d ' ' -f 2- "$1" | ssh-keygen -l -f - 2>/dev/null | wc -l)" != "$(wc -l <"$1")" ] || return 0
  while read -r name key; do
    printf '%s\n' "$key" | ssh-keygen -l -f - >/dev/null || die "a key of $name is no SSH public key; nothing was changed"
  done <"$1"
  die "ssh-keygen refused the keys; nothing was changed"
}
