#!/bin/sh
# Installs the Debian packages that the lab and its tests use and that are not here yet.
# Run twice, it does nothing the second time and needs no network.
set -eu

# The lab: kernels, the hosts' root image, their network, their disks; perl-base and util-linux are essential.
# Its commands and tests: ssh, captures, and the real tools that rendered files are checked with.
PACKAGES="
user-mode-linux mmdebstrap debian-archive-keyring iproute2 e2fsprogs
openssh-client openssl tcpdump iptables ipset conntrack sudo procps shellcheck
"

# Where the processor has AMX, the hosts' kernel needs a library that is compiled here (lab/machine/whole-xstate.c).
if grep -qw amx_tile /proc/cpuinfo; then
    PACKAGES="$PACKAGES gcc libc6-dev"
fi

# Without pulumi its engine is compiled, by a Go that comes from PyPI where there is none that is new enough
# (lab/pulumi/go.ts).
compiles_engine() {
    for go in go /usr/local/go/bin/go; do
        case "$(GOTOOLCHAIN=local "$go" env GOVERSION 2>/dev/null)" in
            go1.2[6-9]* | go1.[3-9][0-9]* | go[2-9]*) return ;;
        esac
    done
    return 1
}
if ! command -v pulumi >/dev/null && ! compiles_engine; then
    PACKAGES="$PACKAGES python3-venv"
fi

fail() {
    printf 'lab/install.sh: %s\n' "$*" >&2
    exit 1
}

say() {
    printf 'lab: %s\n' "$*" >&2
}

is_installed() {
    dpkg-query --show --showformat='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

missing_packages() {
    for package in $PACKAGES; do
        is_installed "$package" || printf '%s ' "$package"
    done
}

check_machine() {
    if ! command -v apt-get || ! command -v dpkg-query; then
        fail "the lab needs Debian or Ubuntu (apt), x86-64, and root. Elsewhere: run it in a virtual machine with Debian 12."
    fi >/dev/null
    [ "$(dpkg --print-architecture)" = amd64 ] ||
        fail "the lab needs x86-64 (amd64): its hosts' kernel, user-mode-linux, exists for nothing else. This is $(dpkg --print-architecture)."
    [ "$(id -u)" -eq 0 ] ||
        fail "the lab needs root, for network namespaces and the hosts' root image. Run it with sudo."
    [ -c /dev/net/tun ] ||
        fail "the lab needs /dev/net/tun (modprobe tun; in a container: --device /dev/net/tun --cap-add NET_ADMIN,SYS_ADMIN)."
}

# Installed daemons are of no use to the lab, so none is started; apt's own output is shown only if it fails.
apt() {
    output=$(DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq "$@" 2>&1) || {
        printf '%s\n' "$output" >&2
        fail "apt-get $1 failed; see above"
    }
}

check_machine
wanted=$(missing_packages)
[ -n "$wanted" ] || exit 0
say "installing $wanted"
say "fetching the lists of packages"
apt update
say "fetching and unpacking"
# shellcheck disable=SC2086 # a list of package names
apt install --yes --no-install-recommends $wanted
[ -z "$(missing_packages)" ] || fail "still missing after the installation: $(missing_packages)"
say "packages installed"
