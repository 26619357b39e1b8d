# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# What prepare.sh put in place, beside the facets.

NSSWITCH=/etc/nsswitch.conf
SSHD_DROP_IN=/etc/ssh/sshd_config.d/palisade.conf
CHARON_SETTINGS=/etc/strongswan.d/palisade.conf
# As systemctl(1) enables them: a link in the folder of the target that wants them.
ENABLED="sysinit.target.wants/palisade-firewall.service timers.target.wants/palisade-drift.timer"

host_drift() {
  for program in $(lost_programs); do echo "$program is not installed"; done
  for file in passwd group shadow; do
    grep -Eq "^$file:.*extrausers" "$NSSWITCH" || echo "$NSSWITCH: no extrausers for $file"
  done
  cmp -s "$LIB/sshd.conf" "$SSHD_DROP_IN" || echo "$SSHD_DROP_IN is not as it was put there"
  cmp -s "$LIB/charon.conf" "$CHARON_SETTINGS" || echo "$CHARON_SETTINGS is not as it was put there"
  for link in $ENABLED; do
    [ -e "/etc/systemd/system/$link" ] || echo "${link#*/} is not enabled"
  done
  systemctl is-active --quiet palisade-drift.timer || echo "palisade-drift.timer does not run"
  (cd "$LIB" && sha256sum --quiet -c manifest 2>&1) | sed -n 's/: FAILED.*/ is not as it was put there; push again/p' || :
}

repair_host() {
  for file in passwd group shadow; do
    grep -Eq "^$file:.*extrausers" "$NSSWITCH" ||
      { sed -E "s/^($file:.*)\$/\1 extrausers/" "$NSSWITCH" >"$work/nsswitch" && replace_file 0644 "$NSSWITCH" <"$work/nsswitch"; }
  done
  if ! cmp -s "$LIB/sshd.conf" "$SSHD_DROP_IN"; then
    replace_file 0644 "$SSHD_DROP_IN" <"$LIB/sshd.conf"
    sshd -t && systemctl reload ssh
  fi
  if ! cmp -s "$LIB/charon.conf" "$CHARON_SETTINGS"; then
    replace_file 0644 "$CHARON_SETTINGS" <"$LIB/charon.conf"
    swanctl --reload-settings >/dev/null
  fi
  for link in $ENABLED; do
    [ -e "/etc/systemd/system/$link" ] || systemctl -q --no-reload enable "${link#*/}"
  done
  systemctl is-active --quiet palisade-drift.timer || systemctl start palisade-drift.timer
}
