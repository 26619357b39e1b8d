#!/bin/sh
# Turns a fresh Debian root (its folder is the argument) into the image of the lab's hosts.
# Used: customize.sh ROOT IMAGE_FILES KERNEL_MODULES
set -eu
root=$1
files=$2
modules=$3
version=$(basename "$modules")

install -m 0755 "$files/lab-init.sh" "$root/sbin/lab-init"
install -m 0755 "$files/lab-wan.sh" "$root/sbin/lab-wan"
install -m 0644 -t "$root/etc/systemd/system" "$files/lab-ssh-keys.service" "$files/lab-user-data.service"

install -m 0644 "$files/strongswan-lab.conf" "$root/etc/strongswan.d/lab.conf"

mkdir -p "$root/lib/modules"
rm -rf "$root/lib/modules/$version"
cp -a "$modules" "$root/lib/modules/"
chroot "$root" depmod "$version"

# Nothing of the image may be shared as an identity.
rm -f "$root"/etc/ssh/ssh_host_*
: >"$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id"
: >"$root/etc/fstab"
: >"$root/etc/resolv.conf"
: >"$root/etc/hostname"

chroot "$root" systemctl --quiet enable systemd-networkd.service lab-ssh-keys.service lab-user-data.service
# What a server in the lab has no use for; each unit costs half a second of a boot on a kernel in user mode.
chroot "$root" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
    e2scrub_all.timer e2scrub_reap.service fstrim.timer getty.target getty-static.service console-getty.service \
    systemd-networkd-wait-online.service systemd-network-generator.service systemd-pstore.service \
    systemd-random-seed.service systemd-hwdb-update.service systemd-firstboot.service systemd-binfmt.service \
    systemd-remount-fs.service systemd-update-utmp-runlevel.service kmod-static-nodes.service user@.service \
    modprobe@configfs.service modprobe@dm_mod.service modprobe@drm.service modprobe@fuse.service \
    modprobe@loop.service modprobe@efi_pstore.service sys-fs-fuse-connections.mount sys-kernel-config.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount
install -D -m 0644 "$files/udev-network-only.conf" \
    "$root/etc/systemd/system/systemd-udev-trigger.service.d/network-only.conf"
# The lab stops a host by the kernel's ctrl-alt-del.
ln -sf /lib/systemd/system/poweroff.target "$root/etc/systemd/system/ctrl-alt-del.target"
# Nothing was updated since the image was made: systemd need not look at the first boot.
touch "$root/etc/.updated" "$root/var/.updated"
