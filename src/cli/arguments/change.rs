//! The commands that change a machine: `trust`, `untrust`, `apply`, `undo`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Format;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(clippy::enum_variant_names, reason = "a drop-in is called so")]
pub enum In {
    DaemonJson,
    EnvFile,
    DropIn,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct TrustOptions {
    /// The registry's address as people paste it: HOST, HOST:PORT, https://HOST:PORT/v2/; or a range, 10.0.0.0/8
    pub entry_point: String,
    /// Trust the certificate authority in this PEM file
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub ca: Option<PathBuf>,
    /// Trust the certificate with this fingerprint from those that the registry shows: sha256:HEX
    #[arg(long, value_name = "FINGERPRINT", value_parser = fingerprint, conflicts_with_all = ["ca", "insecure"])]
    pub fingerprint: Option<String>,
    /// Do not verify this registry at all: plain HTTP, or TLS that is not checked
    #[arg(long)]
    pub insecure: bool,
    /// Offer this client certificate (PEM) to the registry
    #[arg(
        long,
        value_name = "FILE",
        requires = "client_key",
        conflicts_with_all = ["ca", "fingerprint", "insecure", "system_store", "place"]
    )]
    pub client_cert: Option<PathBuf>,
    /// The client certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    pub client_key: Option<PathBuf>,
    /// Put the authority into the system's store, for every program on this machine; restarts Docker
    #[arg(long, conflicts_with = "insecure")]
    pub system_store: bool,
    /// Where to write an insecure entry, instead of the place where the setting lives
    #[arg(long = "in", value_enum, value_name = "PLACE", conflicts_with_all = ["ca", "fingerprint", "system_store"])]
    pub place: Option<In>,
    /// Change files, but neither reload nor restart Docker
    #[arg(long)]
    pub no_reload: bool,
    /// Plan also for a registry that cannot be reached now
    #[arg(long)]
    pub force: bool,
    /// Afterwards push and pull a tiny image through Docker, and remove it on both sides
    #[arg(long, conflicts_with_all = ["no_reload", "root"])]
    pub prove: bool,
    #[command(flatten)]
    pub change: ChangeOptions,
}

/// What every command that changes a machine has.
#[derive(Debug, Args)]
pub struct ChangeOptions {
    /// Show the changes and commands, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do nothing; exit with 1 if there is something to do
    #[arg(long, conflicts_with = "dry_run")]
    pub check: bool,
    /// How to print the plan
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// A folder that stands for a machine: its files are changed, nothing runs
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// The most that Docker may take to come back and reach the registry, in seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,
}

#[derive(Debug, Args)]
pub struct UntrustOptions {
    /// The registry, or a range of addresses
    pub entry_point: String,
    /// Change files, but neither reload nor restart Docker
    #[arg(long)]
    pub no_reload: bool,
    #[command(flatten)]
    pub change: ChangeOptions,
}

#[derive(Debug, Args)]
pub struct ApplyOptions {
    /// The file with the plan
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    #[command(flatten)]
    pub change: ChangeOptions,
}

#[derive(Debug, Args)]
pub struct UndoOptions {
    /// The change's number, as `regdoctor history` shows it; left out: the last one
    #[arg(value_name = "NUMBER")]
    pub number: Option<u64>,
    /// Put back what a change left that was cut short by a crash
    #[arg(long, conflicts_with = "number")]
    pub recover: bool,
    /// Change files, but neither reload nor restart Docker
    #[arg(long)]
    pub no_reload: bool,
    #[command(flatten)]
    pub change: ChangeOptions,
}

/// As 64 small hexadecimal digits, however it is written.
fn fingerprint(text: &str) -> Result<String, &'static str> {
    let bare = text.trim().to_ascii_lowercase().trim_start_matches("sha256:").replace(':', "");
    let right = bare.len() == 64 && bare.bytes().all(|b| b.is_ascii_hexdigit());
    if right { Ok(bare) } else { Err("a fingerprint is sha256: and 64 hexadecimal digits") }
}
