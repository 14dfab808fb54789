# Turns a bare debootstrap root into a lab machine's root. Runs inside it by chroot,
# in a mount and PID namespace of its own. $1 is the init, $2 the packages, $3 how
# apt is to treat an archive whose date is over, as on the host; an empty $1 is a
# root that is never booted.
set -eu
init=$1
packages=$2
valid_until=$3

# No service is to start while packages are installed; nothing runs here yet.
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
printf 'path-exclude /usr/share/man/*\npath-exclude /usr/share/doc/*\npath-exclude /usr/share/locale/*\n' \
    > /etc/dpkg/dpkg.cfg.d/lab-small
apt-get -q -o "Acquire::Check-Valid-Until=$valid_until" update
# The packages are words on purpose: one argument each.
apt-get -q -y --no-install-recommends install $packages
apt-get clean
rm -rf /var/lib/apt/lists/* /usr/sbin/policy-rc.d /etc/dpkg/dpkg.cfg.d/lab-small
# The host's name servers are nothing to a machine that has no way out.
rm -f /etc/resolv.conf
: > /etc/resolv.conf
[ -n "$init" ] || exit 0

useradd --create-home --uid 1000 --shell /bin/bash alice
printf 'alice ALL=(ALL:ALL) NOPASSWD: ALL\n' > /etc/sudoers.d/alice
chmod 440 /etc/sudoers.d/alice
mkdir -p /var/lib/docker /var/lib/containerd

if [ "$init" != systemd ]; then
    # There is no terminal to log in at.
    sed -i '/getty/d' /etc/inittab
    # Raising a hard limit needs CAP_SYS_RESOURCE, which a sandbox may not have;
    # the scripts would stop there.
    for script in /etc/init.d/docker /etc/init.d/containerd; do
        [ ! -e "$script" ] || sed -i 's/^\([[:space:]]*\)ulimit .*/\1: # ulimit taken out for the lab/' "$script"
    done
    # The start script mounts the control groups that it misses unless this table
    # names some. They are there; the rest can only be had from the host's own
    # group namespace, and each start would complain of them.
    printf 'cgroup /sys/fs/cgroup cgroup noauto 0 0\n' >> /etc/fstab
fi
