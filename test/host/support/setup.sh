# shellcheck shell=sh
# Makes a host out of this machine, inside fresh namespaces: everything is read-only but a few folders in memory,
# which begin as a managed host's would. Run with the folders of the checkout as $1 (host/) and $2 (fakes).
set -eu
umask 022

mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir -p /mnt/etc /mnt/work /mnt/usr-local/lib /mnt/usr-local/sbin
cp -R "$1/lib" /mnt/usr-local/lib/palisade
cp "$1/palisade-host" "$1/sshd.conf" "$1/charon.conf" /mnt/usr-local/lib/palisade/
cp "$2"/* /mnt/usr-local/sbin/
chmod 0755 /mnt/usr-local/lib/palisade/palisade-host /mnt/usr-local/sbin/*

mount -o remount,bind,ro /
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/etc,workdir=/mnt/work /etc
mount --bind /mnt/usr-local /usr/local
for folder in /var/lib /run /home /root /tmp; do mount -t tmpfs -o mode=0755 tmpfs "$folder"; done
chmod 1777 /tmp

mkdir -p /var/lib/extrausers /etc/swanctl/private /etc/swanctl/conf.d /run/systemd/system
touch /mnt/calls
# As prepare.sh leaves it.
sed -i -E 's/^((passwd|group|shadow):.*)$/\1 extrausers/' /etc/nsswitch.conf
mkdir -p /etc/ssh/sshd_config.d /etc/strongswan.d /etc/systemd/system/sysinit.target.wants /etc/systemd/system/timers.target.wants
cp /usr/local/lib/palisade/sshd.conf /etc/ssh/sshd_config.d/palisade.conf
cp /usr/local/lib/palisade/charon.conf /etc/strongswan.d/palisade.conf
touch /etc/systemd/system/sysinit.target.wants/palisade-firewall.service \
  /etc/systemd/system/timers.target.wants/palisade-drift.timer
(cd /usr/local/lib/palisade && sha256sum palisade-host sshd.conf charon.conf ./*.sh >manifest)
# A connection: a process of this name above palisade-host, as old as itself.
printf '#!/bin/sh\ndash /usr/local/lib/palisade/palisade-host "$@"\n' >/mnt/sshd
chmod 0755 /mnt/sshd
ip link set lo up
