#!/bin/sh
# First process of a lab host. Puts the host's private, lasting disk over the shared read-only root, writes
# what the lab decided about this host (name, addresses, keys, user data) into it, and starts systemd.
#
# The kernel's command line says lab.meta=FOLDER, a folder of the machine that runs the lab:
#   hostname  addresses  login  authorized_keys  user-data  ssh_host_ed25519_key  ssh_host_ed25519_key.pub
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

parameter() {
    tr ' ' '\n' </proc/cmdline | sed -n "s/^$1=//p"
}

mount_root() {
    mount -t tmpfs -o mode=0755 tmpfs /mnt
    mkdir /mnt/disk /mnt/meta /mnt/root
    modprobe -q ext4 || true
    modprobe -q overlay || true
    mount -t ext4 /dev/ubda /mnt/disk
    mkdir -p /mnt/disk/upper /mnt/disk/work
    mount -t overlay -o lowerdir=/,upperdir=/mnt/disk/upper,workdir=/mnt/disk/work overlay /mnt/root
}

write_hostname() {
    cp "$meta/hostname" "$root/etc/hostname"
    read -r name <"$meta/hostname"
    printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.1.1 %s\n' "$name" >"$root/etc/hosts"
}

# A link that comes up at once: static addresses, no duplicate address detection, all of the lab on-link.
write_network() {
    {
        printf '[Match]\nName=eth0\n\n[Network]\nIPv6AcceptRA=no\nIPv6DuplicateAddressDetection=0\n'
        while read -r address; do
            printf '\n[Address]\nAddress=%s\nDuplicateAddressDetection=none\n' "$address"
        done <"$meta/addresses"
        for route in 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32; do
            printf '\n[Route]\nDestination=%s\nScope=link\n' "$route"
        done
    } >"$root/etc/systemd/network/10-lab.network"
}

write_machine_id() {
    [ -s "$root/etc/machine-id" ] || tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
}

write_ssh_host_key() {
    [ -f "$meta/ssh_host_ed25519_key" ] || return 0
    install -m 0600 "$meta/ssh_host_ed25519_key" "$root/etc/ssh/ssh_host_ed25519_key"
    install -m 0644 "$meta/ssh_host_ed25519_key.pub" "$root/etc/ssh/ssh_host_ed25519_key.pub"
}

# The account that the owner of the host logs in with: root, or one with sudo as cloud images make it.
write_login() {
    [ -f "$meta/authorized_keys" ] || return 0
    read -r login <"$meta/login"
    if [ "$login" != root ] && ! chroot "$root" id "$login" >/dev/null 2>&1; then
        chroot "$root" useradd --create-home --shell /bin/bash "$login"
        install -m 0440 /dev/null "$root/etc/sudoers.d/90-lab-login"
        printf '%s ALL=(ALL) NOPASSWD:ALL\n' "$login" >"$root/etc/sudoers.d/90-lab-login"
    fi
    home=$(chroot "$root" getent passwd "$login" | cut -d: -f6)
    install -d -m 0700 "$root$home/.ssh"
    install -m 0600 "$meta/authorized_keys" "$root$home/.ssh/authorized_keys"
    chroot "$root" chown -R "$login:" "$home/.ssh"
}

write_user_data() {
    [ -f "$meta/user-data" ] || return 0
    install -d -m 0700 "$root/var/lib/lab"
    install -m 0700 "$meta/user-data" "$root/var/lib/lab/user-data"
}

mount -t proc proc /proc
mount_root
meta=/mnt/meta
root=/mnt/root
mount -t hostfs -o "$(parameter lab.meta)" lab-meta "$meta"
write_hostname
write_network
write_machine_id
if [ ! -e /mnt/disk/provisioned ]; then
    write_ssh_host_key
    write_login
    write_user_data
    : >/mnt/disk/provisioned
fi
umount "$meta"
exec switch_root "$root" /sbin/init
