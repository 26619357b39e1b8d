# What counts of a host, in parts that bench/push/state.ts reads: whichever tool made it so, it must be the same.
set -eu
export LC_ALL=C

part() { echo "=== $1"; }

# Those of the policy, by their numbers.
ours() { getent "$1" | awk -F : '$3 >= 10000 && $3 < 40000' | sort; }

part rules.v4
iptables-legacy-save -t filter
part rules.v6
ip6tables-legacy-save -t filter
part sets
ipset save
part connections
swanctl --list-conns
part certificates
swanctl --list-certs --type x509 | grep -E '^ *(subject|issuer|altNames|pubkey):'
part accounts
ours passwd
part groups
ours group
part passwords
for name in $(ours passwd | cut -d : -f 1); do getent shadow "$name" | cut -d : -f 1,2; done
part homes
stat -c '%n %U:%G %a' /home/*
part keys
for file in /etc/ssh/palisade_keys/*; do
  echo "$file $(stat -L -c '%U:%G %a' "$file")"
  cat "$file"
done
part sudo
stat -L -c '%U:%G %a' /etc/sudoers.d/palisade
for name in $(ours passwd | cut -d : -f 1); do sudo -l -U "$name" | grep '^ *(' || echo "$name: nothing"; done
part sshd
for name in root $(ours passwd | cut -d : -f 1); do
  echo "$name"
  sshd -T -C "user=$name,host=deployer,addr=203.0.113.1" |
    grep -E '^(authorizedkeysfile|authenticationmethods|passwordauthentication|kbdinteractiveauthentication|denygroups) '
done
part end
