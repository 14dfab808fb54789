//! The table of cases. A case is one line here and one function; each runs on a machine of its own, freshly booted.

mod access;
mod certificates;
mod clients;
mod collecting;
mod configuration;
mod crash;
mod deployed;
mod disks;
mod failures;
mod guide;
mod insecure;
mod issued;
mod many;
mod packaged;
mod posing;
mod proving;
mod pushing;
mod readers;
mod restarts;
mod users;
mod validate;

pub use crash::sweep;

use crate::bench::Bench;
use crate::oracle::{self, Store};
use crate::specs::{Init, Spec};

/// One claim about regdoctor and a real Docker.
pub struct Case {
    pub name: &'static str,
    /// The machines that it is for.
    pub on: fn(&Spec) -> bool,
    pub run: fn(&mut Bench) -> Result<(), String>,
}

fn everywhere(_: &Spec) -> bool {
    true
}

fn systemd(spec: &Spec) -> bool {
    spec.init == Init::Systemd
}

/// `dockerd --validate` came with 23.0.
fn validates(spec: &Spec) -> bool {
    matches!(spec.suite, "trixie" | "forky")
}

/// One of each init is enough where the engine's version does not matter.
fn one_of_each_init(spec: &Spec) -> bool {
    matches!(spec.name, "bookworm-sysvinit" | "bookworm-openrc" | "forky-systemd")
}

/// The machine of everything that is about files and system calls, with `dockerd --validate` and a docker command.
pub fn is_swept(spec: &Spec) -> bool {
    spec.name == "forky-systemd"
}

/// The oldest Docker and the newest; of the oracle, whose whole is `--oracle`, one classic image store and one of
/// containerd.
fn oldest_and_newest(spec: &Spec) -> bool {
    matches!(spec.suite, "bullseye" | "forky")
}

fn oldest(spec: &Spec) -> bool {
    spec.suite == "bullseye"
}

fn oracle(bench: &mut Bench) -> Result<(), String> {
    oracle::case(bench, if bench.machine.spec.suite == "forky" { Store::Containerd } else { Store::Classic })
}

/// Both generations of systemd's parser that there are, and OpenRC.
fn one_of_each_reader(spec: &Spec) -> bool {
    matches!(spec.name, "bullseye-systemd" | "forky-systemd" | "bookworm-openrc")
}

/// One of each engine that validates.
fn one_of_each_validator(spec: &Spec) -> bool {
    matches!(spec.name, "trixie-systemd" | "forky-systemd")
}

/// Where Debian has podman-docker beside the clients.
fn has_podman_docker(spec: &Spec) -> bool {
    matches!(spec.name, "trixie-systemd-cli" | "forky-systemd")
}

/// Where the root of clients has a podman with a service worth the name.
fn has_podman(spec: &Spec) -> bool {
    matches!(spec.name, "trixie-systemd-cli" | "forky-systemd")
}

/// Every version of Docker that there is, once.
fn with_clients(spec: &Spec) -> bool {
    matches!(spec.name, "bullseye-systemd" | "bookworm-sysvinit" | "trixie-systemd-cli" | "forky-systemd")
}

pub const ALL: &[Case] = &[
    Case { name: "push-proved", on: oldest_and_newest, run: proving::by_pushing },
    Case { name: "clients", on: with_clients, run: clients::everybody },
    Case { name: "push-through-docker", on: oldest_and_newest, run: pushing::through_docker },
    Case { name: "push-through-podman", on: has_podman, run: pushing::through_podman },
    Case { name: "clients-access", on: oldest_and_newest, run: access::everybody },
    Case { name: "deployed", on: is_swept, run: deployed::everything },
    Case { name: "issued-certificates", on: with_clients, run: issued::everybody },
    Case { name: "clients-collecting", on: is_swept, run: collecting::while_others_push },
    Case { name: "podman-posing-as-docker", on: has_podman_docker, run: posing::as_docker },
    Case { name: "guide-of-the-readme", on: is_swept, run: guide::typed },
    Case { name: "http-trust-push-pull-untrust", on: everywhere, run: insecure::over_http },
    Case { name: "http-rich-daemon-json", on: everywhere, run: insecure::rich_daemon_json },
    Case { name: "http-two-registries-any-order", on: one_of_each_init, run: insecure::two_registries },
    Case { name: "http-prove", on: everywhere, run: insecure::prove },
    Case { name: "http-range", on: one_of_each_init, run: insecure::range },
    Case { name: "http-foreign-entry", on: one_of_each_init, run: insecure::foreign_entry },
    Case { name: "restart-names-containers", on: one_of_each_init, run: configuration::restart_names_containers },
    Case { name: "dry-run-and-check", on: one_of_each_init, run: configuration::dry_run_and_check },
    Case { name: "no-reload", on: one_of_each_init, run: configuration::no_reload },
    Case { name: "flag-in-default-file", on: everywhere, run: configuration::flag_in_default_file },
    Case { name: "dead-default-file", on: systemd, run: configuration::dead_default_file },
    Case { name: "drop-in", on: systemd, run: configuration::drop_in },
    Case { name: "broken-daemon-json", on: everywhere, run: configuration::broken_daemon_json },
    Case { name: "collision-elsewhere", on: everywhere, run: configuration::collision_elsewhere },
    Case { name: "unknown-key-elsewhere", on: validates, run: configuration::unknown_key_elsewhere },
    Case { name: "malformed-entry", on: everywhere, run: configuration::malformed_entry },
    Case { name: "root-folder", on: everywhere, run: configuration::root_folder },
    Case { name: "save-and-replay", on: one_of_each_init, run: configuration::save_and_replay },
    Case { name: "tls-certs-d-without-restart", on: everywhere, run: certificates::certs_d },
    Case { name: "tls-fingerprint", on: everywhere, run: certificates::fingerprint },
    Case { name: "tls-insecure", on: everywhere, run: certificates::insecure },
    Case { name: "tls-system-store", on: everywhere, run: certificates::system_store },
    Case { name: "tls-client-certificate", on: one_of_each_init, run: certificates::client_certificate },
    Case { name: "tls-wrong-ca-refused", on: one_of_each_init, run: certificates::wrong_authority },
    Case { name: "daemon-cannot-start", on: everywhere, run: failures::daemon_cannot_start },
    Case { name: "registry-goes-away", on: one_of_each_init, run: failures::registry_goes_away },
    Case { name: "interrupted", on: one_of_each_init, run: failures::interrupted },
    Case { name: "ordinary-user", on: everywhere, run: users::ordinary_user },
    Case { name: "two-at-once", on: everywhere, run: users::two_at_once },
    Case { name: "crash-sample", on: is_swept, run: crash::sample },
    Case { name: "fifty-at-once", on: is_swept, run: many::fifty_at_once },
    Case { name: "editor-in-between", on: is_swept, run: many::editor_in_between },
    Case { name: "lost-containers", on: is_swept, run: restarts::lost_containers },
    Case { name: "signals", on: is_swept, run: restarts::signals },
    Case { name: "disk-full", on: is_swept, run: disks::full },
    Case { name: "disk-read-only", on: is_swept, run: disks::read_only },
    Case { name: "disk-elsewhere", on: is_swept, run: disks::elsewhere },
    Case { name: "planted-links", on: is_swept, run: disks::planted_links },
    Case { name: "file-forms", on: is_swept, run: disks::forms },
    Case { name: "env-file-readers", on: one_of_each_reader, run: readers::env_files },
    Case { name: "validate-generated-edits", on: one_of_each_validator, run: validate::generated_edits },
    Case { name: "packaged", on: oldest_and_newest, run: packaged::whole_life },
    Case { name: "packaged-tarball", on: oldest, run: packaged::tarball },
    Case { name: "oracle", on: oldest_and_newest, run: oracle },
    Case { name: "demo-real", on: one_of_each_init, run: users::demo_real },
];
