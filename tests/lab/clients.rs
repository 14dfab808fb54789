//! Roots with clients of registries that have no daemon: podman, skopeo, buildah, and oras and crane where Debian has
//! them. Commands run in one by `chroot`, in namespaces and on an overlay of their own, on the registry's side.

use std::path::{Path, PathBuf};

use crate::machine::{Machine, Ran};
use crate::roots;

/// The packages of a suite's root, beside the certificates.
fn packages(suite: &str) -> &'static [&'static str] {
    match suite {
        "forky" => &["podman", "podman-docker", "skopeo", "buildah", "oras", "crane"],
        "trixie" => &["podman", "podman-docker", "skopeo", "buildah", "oras"],
        // podman-docker came with bookworm.
        _ => &["podman", "skopeo", "buildah"],
    }
}

/// A suite's clients, ready to run.
pub struct Clients {
    suite: &'static str,
    root: PathBuf,
    /// regdoctor, where a script calls it.
    program: Option<PathBuf>,
}

impl Clients {
    pub fn of(suite: &'static str) -> Result<Self, String> {
        Ok(Self {
            suite,
            root: roots::without_init(&format!("clients-{suite}"), suite, packages(suite))?,
            program: None,
        })
    }

    /// With regdoctor beside them.
    pub fn with(self, program: &Path) -> Self {
        Self { program: Some(program.to_path_buf()), ..self }
    }

    pub fn have(&self, client: &str) -> bool {
        packages(self.suite).contains(&client)
    }

    /// Runs a script that has to succeed.
    pub fn must(
        &self,
        machine: &Machine,
        registry: &str,
        authority: Option<&Path>,
        script: &str,
    ) -> Result<Ran, String> {
        let ran = self.run(machine, registry, authority, script)?;
        if ran.ok() {
            return Ok(ran);
        }
        Err(format!("clients at {registry}, status {}:\n{}{}", ran.status, ran.stdout, ran.stderr))
    }

    /// Runs a script beside `machine`, against `registry`, over TLS with this authority or over plain HTTP. The script
    /// finds the registry in `$R`, and in `$V` whether to verify.
    pub fn run(
        &self,
        machine: &Machine,
        registry: &str,
        authority: Option<&Path>,
        script: &str,
    ) -> Result<Ran, String> {
        let recipe = "mount -t tmpfs lab /mnt && mkdir /mnt/upper /mnt/work /mnt/root \
                      && mount -t overlay -o \"lowerdir=$ROOT,upperdir=/mnt/upper,workdir=/mnt/work\" lab /mnt/root \
                      && mount -t proc proc /mnt/root/proc && mount --rbind /dev /mnt/root/dev \
                      && mount --rbind /sys /mnt/root/sys \
                      && mkdir -p /mnt/root/var/lib/containers && mount -t tmpfs lab /mnt/root/var/lib/containers \
                      && mount -t tmpfs lab /mnt/root/tmp && echo \"$IP reg.lab\" >> /mnt/root/etc/hosts \
                      && mkdir -p \"/mnt/root/etc/containers/certs.d/$R\" \
                      && { [ -z \"$CA\" ] || printf '%s' \"$CA\" | tee \"/mnt/root/etc/containers/certs.d/$R/ca.crt\" \
                           > /mnt/root/tmp/ca.crt; } \
                      && { [ -z \"$PROGRAM\" ] || cp \"$PROGRAM\" /mnt/root/usr/local/bin/regdoctor; } \
                      && exec env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TMPDIR=/tmp LC_ALL=C.UTF-8 \
                         BUILDAH_ISOLATION=chroot R=\"$R\" V=\"$V\" \
                         timeout -k 5 400 chroot /mnt/root sh -euxc \"$SCRIPT\"";
        // The file may lie in a machine, out of reach once /proc is another one.
        let certificate =
            authority.map_or(Ok(String::new()), std::fs::read_to_string).map_err(|error| error.to_string())?;
        let output = machine
            .outside("unshare")
            .args([
                "--mount",
                "--pid",
                "--ipc",
                "--uts",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "sh",
                "-euc",
                recipe,
            ])
            .env("ROOT", &self.root)
            .env("IP", machine.registry_ip())
            .env("R", registry)
            .env("V", if authority.is_some() { "true" } else { "false" })
            .env("CA", certificate)
            .env("PROGRAM", self.program.as_deref().unwrap_or(Path::new("")))
            .env("SCRIPT", script)
            .output()
            .map_err(|error| format!("unshare: {error}"))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Ran {
            status: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        })
    }
}
