# Makes the surroundings that an init other than systemd expects from a kernel and
# an initrd, and becomes that init. Runs as the first process of the machine's own
# PID namespace; nspawn does the same for the systemd machines.
set -eu
hostname "$LAB_NAME"
ip link set lo up
cd "$LAB_SCRATCH/root"

mount -t proc proc proc
# As nspawn has it: what is not the machine's own (all but the network) is read-only,
# so that no start script of the machine sets a kernel option of the host.
mount --bind proc/sys proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,ro proc/sys

mount -t sysfs sysfs sys
if [ "$LAB_GROUPS" = /sys/fs/cgroup ]; then
    mount -t cgroup2 cgroup2 sys/fs/cgroup
else
    mount -t tmpfs cgroup sys/fs/cgroup
    for hierarchy in $(cut -d: -f2 /proc/self/cgroup | grep .); do
        mkdir "sys/fs/cgroup/${hierarchy#name=}"
        mount -t cgroup -o "$hierarchy" cgroup "sys/fs/cgroup/${hierarchy#name=}"
    done
fi

mount -t tmpfs -o mode=0755 dev dev
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/tty c 5 0
mkdir dev/pts dev/shm dev/mqueue
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
# What the start scripts print ends up in the test's console file.
touch dev/console
mount --bind "$LAB_CONSOLE" dev/console

mount -t tmpfs -o mode=0755 run run
mount --bind "$LAB_SCRATCH/docker" var/lib/docker
mount --bind "$LAB_SCRATCH/containerd" var/lib/containerd

pivot_root . .
umount -l .
cd /
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /sbin/init
