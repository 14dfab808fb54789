# The first process of the keeper's PID namespace: starts the machine's init one
# namespace deeper and waits for the end of standard input. When it leaves, the
# kernel ends everything in the namespace, whatever it is called.
set -eu
for at in $LAB_GROUPS; do
    echo 0 > "$at/$LAB_NAME/cgroup.procs"
done

if [ "$LAB_INIT" = systemd ]; then
    # add_key and keyctl are runc's, bpf is the device control of cgroup2.
    env -i PATH="$PATH" SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 \
        systemd-nspawn --quiet --boot --directory="$LAB_SCRATCH/root" --machine="$LAB_NAME" \
        --private-network --keep-unit --register=no --link-journal=no \
        --resolv-conf=off --timezone=off --capability=all \
        --system-call-filter='add_key keyctl bpf' \
        --bind="$LAB_SCRATCH/docker:/var/lib/docker" \
        --bind="$LAB_SCRATCH/containerd:/var/lib/containerd" \
        < /dev/null >> "$LAB_CONSOLE" 2>&1 &
else
    unshare --mount --pid --fork --kill-child --uts --ipc --net --cgroup \
        sh -c "$LAB_PLAIN" < /dev/null >> "$LAB_CONSOLE" 2>&1 &
fi

while read -r line; do :; done
