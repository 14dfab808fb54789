# Keeps one lab machine: everything of the machine hangs on this process, and
# this process hangs on its standard input. When the test closes that pipe, or
# dies, the PID namespace, the mounts and both network namespaces go with it.
#
# Run as `unshare --mount --net sh -c keeper.sh`, so that what is mounted here is
# seen by nobody else, and so that this network namespace is the registry's side.
# Takes LAB_NAME, LAB_ADDRESS (of the registry), LAB_INIT, LAB_ROOT,
# LAB_SCRATCH (an empty folder), LAB_CONSOLE, LAB_INNER and LAB_PLAIN (scripts).
set -eu

# The upper layer is on a tmpfs: nothing is left on the disk, and Docker's own
# overlay cannot lie on another overlay anyway.
mount -t tmpfs -o mode=0755 lab "$LAB_SCRATCH"
cd "$LAB_SCRATCH"
mkdir upper work root docker containerd
mount -t overlay -o "lowerdir=$LAB_ROOT,upperdir=upper,workdir=work" lab root
printf '%s\n' "$LAB_NAME" > root/etc/hostname
printf '127.0.0.1 localhost %s\n%s reg.lab\n' "$LAB_NAME" "$LAB_ADDRESS" > root/etc/hosts

# A control group tree of our own making. Every systemd of the lab boots on a
# cgroup2; new ones refuse v1, and nspawn would hand a v1 tree in read-only, on
# which no container starts. The other inits get what the host has.
umount -l -R /sys/fs/cgroup
hierarchies=$(cut -d: -f2 /proc/self/cgroup | grep . || true)
if [ "$LAB_INIT" = systemd ] || [ -z "$hierarchies" ]; then
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    LAB_GROUPS=/sys/fs/cgroup
else
    mount -t tmpfs cgroup /sys/fs/cgroup
    # Beside those of v1 there is always a cgroup2, which OpenRC mounts for itself.
    mkdir /sys/fs/cgroup/unified
    mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
    LAB_GROUPS=/sys/fs/cgroup/unified
    for hierarchy in $hierarchies; do
        at=/sys/fs/cgroup/${hierarchy#name=}
        mkdir "$at"
        mount -t cgroup -o "$hierarchy" cgroup "$at"
        LAB_GROUPS="$LAB_GROUPS $at"
    done
fi
for at in $LAB_GROUPS; do
    mkdir "$at/$LAB_NAME"
    # A cpuset of v1 takes no process before it has processors and memory nodes.
    for setting in cpuset.cpus cpuset.mems; do
        [ ! -e "$at/$setting" ] || cat "$at/$setting" > "$at/$LAB_NAME/$setting"
    done
done
export LAB_GROUPS

ip link set lo up
unshare --pid --fork --kill-child --mount-proc sh -c "$LAB_INNER" || true

# Only empty groups can be removed, and the kernel may take a moment to empty them.
for at in $LAB_GROUPS; do
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        find "$at/$LAB_NAME" -depth -type d -exec rmdir {} + 2>/dev/null || true
        [ -d "$at/$LAB_NAME" ] || break
        sleep 0.1
    done
done
