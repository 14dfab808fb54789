//! Makes the Debian roots that the lab machines boot from, once each, and keeps
//! them in a cache folder; and builds the program in the oldest of them.
//!
//! A root is named after its machine and a stamp of all that went into it, so a
//! changed recipe makes a new root and an unchanged one is never made twice. It
//! is built under a temporary name and renamed when complete.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::specs::{COMMON_PACKAGES, Init, Spec};

/// What apt must have installed on the host before the lab can run.
pub const HOST_PACKAGES: &[&str] = &[
    "debootstrap",
    "debian-archive-keyring",
    "systemd-container",
    "iproute2",
    "util-linux",
    "mount",
    "openssl",
    "socat",
];

/// Commands of those packages that the lab calls.
const HOST_COMMANDS: &[&str] = &[
    "debootstrap",
    "systemd-nspawn",
    "ip",
    "unshare",
    "nsenter",
    "pivot_root",
    "mount",
    "umount",
    "chroot",
    "apt-get",
    "openssl",
    "socat",
];

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
const SETUP: &str = include_str!("root_setup.sh");

/// The oldest suite: a program built on its C library runs on all machines.
const BUILDER_SUITE: &str = "bullseye";
const BUILDER_PACKAGES: &[&str] = &["gcc", "libc6-dev", "make", "perl"];

/// Says in one sentence why the lab cannot run here, if it cannot.
pub fn can_run() -> Result<(), String> {
    if !nix::unistd::geteuid().is_root() {
        return Err("the lab makes roots, mounts and namespaces, so it has to run as root".into());
    }
    for command in HOST_COMMANDS {
        let found = std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(command).is_file()));
        if !found {
            return Err(format!("the command {command} is missing; apt-get install {}", HOST_PACKAGES.join(" ")));
        }
    }
    if !Path::new(KEYRING).is_file() {
        return Err(format!("{KEYRING} is missing; install debian-archive-keyring"));
    }
    let probe = "mount -t tmpfs probe /sys/fs/cgroup && cd /sys/fs/cgroup \
                 && mkdir lower upper work root && ip link add type veth \
                 && mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work probe root";
    run_script(
        Command::new("unshare")
            .args(["--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup", "--fork"])
            .args(["sh", "-c", probe]),
    )
    .map_err(|error| format!("namespaces with an overlay and a veth in them cannot be had: {error}"))
}

/// The folder that keeps roots and build output from one run to the next.
pub fn cache() -> PathBuf {
    let chosen = std::env::var_os("REGDOCTOR_LAB_CACHE").map(PathBuf::from);
    let chosen = chosen.unwrap_or_else(|| "/var/cache/regdoctor-lab".into());
    // The keeper changes its folder, so a relative one would lead elsewhere there.
    std::path::absolute(&chosen).unwrap_or(chosen)
}

/// The root of a machine, made now if there is none yet.
pub fn root(spec: &Spec) -> Result<PathBuf, String> {
    let packages: Vec<&str> = [spec.init.packages(), COMMON_PACKAGES, spec.packages].concat();
    make_root(spec.name, spec.suite, Some(spec.init), &packages)
}

/// A root that is never booted: commands run in it by `chroot`.
pub fn without_init(name: &str, suite: &str, packages: &[&str]) -> Result<PathBuf, String> {
    make_root(name, suite, None, packages)
}

/// A root without an init is for building in, never booted.
fn make_root(name: &str, suite: &str, init: Option<Init>, packages: &[&str]) -> Result<PathBuf, String> {
    let init = init.map_or("", Init::name);
    let packages = packages.join(" ");
    let stamp = stamp(&[suite, init, &packages, SETUP]);
    let roots = cache().join("roots");
    fs::create_dir_all(&roots).map_err(|error| format!("{}: {error}", roots.display()))?;
    let finished = roots.join(format!("{name}-{stamp:016x}"));
    // Whoever else wants this root waits here and then finds it.
    let _own = lock(&roots.join(format!("{name}.lock")))?;
    if finished.is_dir() {
        return Ok(finished);
    }
    let _slot = build_slot(&roots)?;
    let started = std::time::Instant::now();
    let unfinished = roots.join(format!("{name}.unfinished"));
    let log_path = roots.join(format!("{name}.log"));
    remove_tree(&unfinished)?;
    let log = File::create(&log_path).map_err(|error| format!("{}: {error}", log_path.display()))?;

    // A debootstrap older than the suite has no script for it; sid's does.
    let script = Path::new("/usr/share/debootstrap/scripts").join(suite);
    let script = if script.exists() { suite } else { "sid" };
    let recipe = "debootstrap --variant=minbase --keyring=\"$KEYRING\" \
                      \"$SUITE\" \"$ROOT\" \"$MIRROR\" \"$SCRIPT\" \
                  && mount -t proc proc \"$ROOT/proc\" && mount --rbind /dev \"$ROOT/dev\" \
                  && exec env -i PATH=\"$PATH\" LC_ALL=C DEBIAN_FRONTEND=noninteractive \
                      chroot \"$ROOT\" sh -c \"$SETUP\" setup \"$INIT\" \"$PACKAGES\" \"$VALID\"";
    let done = Command::new("unshare")
        .args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", recipe])
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .env("KEYRING", KEYRING)
        .env("SUITE", suite)
        .env("ROOT", &unfinished)
        .env("MIRROR", mirror()?)
        .env("SCRIPT", script)
        .env("SETUP", SETUP)
        .env("INIT", init)
        .env("PACKAGES", &packages)
        .env("VALID", valid_until())
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(|error| error.to_string())?)
        .stderr(log)
        .status()
        .map_err(|error| format!("unshare: {error}"))?;
    if !done.success() {
        return Err(format!("the root {name} was not made, see {}", log_path.display()));
    }
    fs::rename(&unfinished, &finished).map_err(|error| format!("{}: {error}", finished.display()))?;
    eprintln!("lab: made the root {name} in {} s", started.elapsed().as_secs());
    remove_older(&roots, name, &finished)?;
    Ok(finished)
}

/// The program's binary for all machines, built from `repository` in the oldest
/// suite's root with the host's Rust toolchain and nothing from the network.
pub fn build_binary(repository: &Path) -> Result<PathBuf, String> {
    let root = make_root("builder", BUILDER_SUITE, None, BUILDER_PACKAGES)?;
    // Cargo's own folder is filled outside, where there is a network.
    run_script(Command::new("cargo").args(["fetch", "--locked"]).current_dir(repository))?;
    let sysroot = Command::new("rustc")
        .args(["--print", "sysroot"])
        .current_dir(repository)
        .output()
        .map_err(|error| format!("rustc: {error}"))?;
    let sysroot = String::from_utf8_lossy(&sysroot.stdout).trim().to_owned();
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| "/root".into()));
    let cargo_home = std::env::var_os("CARGO_HOME").map_or_else(|| home().join(".cargo"), PathBuf::from);
    let target = cache().join("target");
    fs::create_dir_all(&target).map_err(|error| format!("{}: {error}", target.display()))?;

    // The tmpfs hides the root's own /mnt, so the root itself stays as it is; the
    // toolchain and the source are read-only, cargo writes to its home and target.
    let recipe = "mount -t tmpfs lab \"$ROOT/mnt\" && cd \"$ROOT/mnt\" \
                  && mkdir rust source cargo target \
                  && mount --bind \"$SYSROOT\" rust && mount -o remount,bind,ro rust \
                  && mount --bind \"$REPOSITORY\" source && mount -o remount,bind,ro source \
                  && mount --bind \"$CARGO\" cargo && mount --bind \"$TARGET\" target \
                  && mount -t proc proc \"$ROOT/proc\" && mount --rbind /dev \"$ROOT/dev\" \
                  && exec env -i HOME=/root LC_ALL=C CARGO_HOME=/mnt/cargo \
                      CARGO_TARGET_DIR=/mnt/target \
                      PATH=/mnt/rust/bin:/usr/sbin:/usr/bin:/sbin:/bin \
                      chroot \"$ROOT\" sh -c \
                      'cd /mnt/source && exec cargo build --release --offline --locked'";
    run_script(
        Command::new("unshare")
            .args(["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"])
            .args(["sh", "-c", recipe])
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("ROOT", &root)
            .env("SYSROOT", sysroot)
            .env("REPOSITORY", repository)
            .env("CARGO", cargo_home)
            .env("TARGET", &target),
    )?;
    Ok(target.join("release").join("regdoctor"))
}

/// The archive that the host's own apt takes Debian from; other suites are there too.
fn mirror() -> Result<String, String> {
    let listed = Command::new("apt-get")
        .args(["indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages"])
        .output()
        .map_err(|error| format!("apt-get: {error}"))?;
    String::from_utf8_lossy(&listed.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("Debian|Debian|").map(str::to_owned))
        .ok_or_else(|| "apt knows no Debian archive here; run apt-get update first".into())
}

/// Whether the host's apt minds an archive whose date is over: a mirror that stands
/// still is used on purpose where it is told not to.
fn valid_until() -> String {
    let listed = Command::new("apt-config").args(["dump", "Acquire::Check-Valid-Until"]).output();
    let listed = listed.map(|listed| String::from_utf8_lossy(&listed.stdout).into_owned());
    let value = listed.ok().and_then(|text| text.split('"').nth(1).map(str::to_owned));
    value.filter(|value| !value.is_empty()).unwrap_or_else(|| "true".into())
}

/// FNV-1a: a stamp that stays the same from one compiler to the next.
fn stamp(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |stamp, byte| (stamp ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn lock(path: &Path) -> Result<File, String> {
    let file = File::create(path).map_err(|error| format!("{}: {error}", path.display()))?;
    file.lock().map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(file)
}

/// At most two roots are made at a time, by however many test runs.
fn build_slot(roots: &Path) -> Result<File, String> {
    let first = roots.join("slot-0.lock");
    let file = File::create(&first).map_err(|error| format!("{}: {error}", first.display()))?;
    if file.try_lock().is_ok() {
        return Ok(file);
    }
    lock(&roots.join("slot-1.lock"))
}

/// Roots of the same name made from an older recipe.
fn remove_older(roots: &Path, name: &str, newest: &Path) -> Result<(), String> {
    let entries = fs::read_dir(roots).map_err(|error| format!("{}: {error}", roots.display()))?;
    for entry in entries.flatten() {
        let older = entry.file_name().to_str().is_some_and(|file| {
            file.strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('-'))
                .is_some_and(|rest| rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
        });
        if older && entry.path() != newest {
            remove_tree(&entry.path())?;
        }
    }
    Ok(())
}

fn remove_tree(path: &Path) -> Result<(), String> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {error}", path.display())),
        _ => Ok(()),
    }
}

/// Runs a command to its end; what it said is the error if it failed.
fn run_script(command: &mut Command) -> Result<(), String> {
    let ran = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if ran.status.success() {
        return Ok(());
    }
    Err(format!("{}: {}", ran.status, String::from_utf8_lossy(&ran.stderr).trim()))
}
