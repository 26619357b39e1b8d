#!/bin/sh
# First and only process of the machine that joins the lab's two networks: a bridge between its two cards, each of
# which holds back what it sends (netem, tc-netem(8)) for the milliseconds that the kernel's command line says in
# lab.delay.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

mount -t proc proc /proc
delay=$(tr ' ' '\n' </proc/cmdline | sed -n 's/^lab.delay=//p')
modprobe bridge
modprobe sch_netem
ip link add wan type bridge stp_state 0 mcast_snooping 0
for card in eth0 eth1; do
    tc qdisc add dev "$card" root netem delay "${delay}ms" limit 10000
    ip link set "$card" master wan up
done
ip link set wan up
echo "lab-wan: ${delay} ms each way"
exec sleep infinity
