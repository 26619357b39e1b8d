#!/bin/sh
# Installs the browser in which the tests open the map of flows, a font for it, and the sshd that the lab's command
# provider is tried with, where they are not here yet. Where they can't be had, those tests are skipped and say so.
set -eu

PACKAGES="chromium fonts-dejavu-core openssh-server"

warn() {
    printf 'test/support/install.sh: %s; the tests that open a page or an SSH connection here will be skipped\n' "$*" >&2
    exit 0
}

is_installed() {
    dpkg-query --show --showformat='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

apt() {
    output=$(DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq "$@" 2>&1) || {
        printf '%s\n' "$output" >&2
        warn "apt-get $1 failed"
    }
}

wanted=""
for package in $PACKAGES; do
    is_installed "$package" || wanted="$wanted $package"
done
[ -n "$wanted" ] || exit 0
command -v apt-get >/dev/null || warn "there is no apt-get to install$wanted with"
[ "$(id -u)" -eq 0 ] || warn "installing$wanted needs root"
printf 'tests: installing%s\n' "$wanted" >&2
apt update
# shellcheck disable=SC2086 # a list of package names
apt install --yes --no-install-recommends $wanted
