//! Every command with its options, as clap reads them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::registry::{Fault, FaultError};

/// Makes Docker trust and reach a private image registry, proves that it does, and says exactly why it does not.
#[derive(Debug, Parser)]
#[command(name = "regdoctor", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Args)]
pub struct Common {
    /// Use colour: on a terminal, always, or never
    #[arg(long, value_enum, default_value_t = When::Auto, global = true, value_name = "WHEN")]
    pub color: When,
    /// Say more about what was seen
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Is this host sound; what would Docker do with this registry, and why
    Check(CheckOptions),
    /// Make Docker trust a registry: plan, show, apply, verify, or put everything back
    Trust(TrustOptions),
    /// Take back every trust in a registry, whoever gave it
    Untrust(UntrustOptions),
    /// Carry out a plan that `--dry-run --format json` printed, if nothing changed since
    Apply(ApplyOptions),
    /// Take back one change, the last one or that with this number; finish what a crash left
    Undo(UndoOptions),
    /// Show the changes that regdoctor made on this host: when, who, what, and how they ended
    History(ListOptions),
    /// Show every registry that this host trusts: how, where, and whether it is in effect
    List(ListOptions),
    /// Explain a root cause by its name
    Explain(ExplainOptions),
    /// Serve a real registry for tests
    ServeTestRegistry(ServeOptions),
    /// Show the whole on an embedded registry: check, trust, push, pull, undo
    Demo(DemoOptions),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Never,
}

#[derive(Debug, Args)]
pub struct CheckOptions {
    /// The registry, with a repository and a tag if those are to be checked: HOST[:PORT][/REPOSITORY[:TAG]]
    #[arg(value_name = "REGISTRY")]
    pub registry: Option<String>,
    /// How to print the report
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// What makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "LEVEL")]
    pub fail_on: FailOn,
    /// The most that all looking at the registry may take, in seconds
    #[arg(long, default_value_t = 15, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,
    /// Prove that the registry takes images: push one of 5 MiB into the repository, in every way, and remove it
    #[arg(long, conflicts_with_all = ["from", "root"])]
    pub push: bool,
    /// Also write what was seen to a file, without passwords and keys: for a bug report
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Judge what `--save` wrote instead of this host
    #[arg(long, value_name = "FILE", conflicts_with_all = ["registry", "save", "root"])]
    pub from: Option<PathBuf>,
    /// A folder that stands for a machine: its files are judged, nothing runs
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}

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

#[derive(Debug, Args)]
pub struct ListOptions {
    /// How to print the list
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// A folder that stands for a machine
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ExplainOptions {
    /// The name of a root cause, as reports print it; without one, all names
    #[arg(value_name = "CAUSE")]
    pub cause: Option<String>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(group = clap::ArgGroup::new("users").args(["htpasswd", "rights"]).multiple(true))]
#[command(group = clap::ArgGroup::new("secure").args(["tls", "certificate"]))]
pub struct ServeOptions {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:5000", value_name = "ADDR:PORT")]
    pub listen: SocketAddr,
    /// Serve TLS, with a fresh private CA written to this folder (reused when it is there)
    #[arg(long, value_name = "DIR", conflicts_with_all = ["certificate", "key"])]
    pub tls: Option<PathBuf>,
    /// A name or address for the certificate; may be given again. Left out: localhost and the address
    #[arg(long, value_name = "NAME", requires = "tls")]
    pub name: Vec<String>,
    /// Serve TLS with this certificate chain (PEM)
    #[arg(long, value_name = "FILE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// Keep what is pushed in this folder; left out: a temporary one, gone at the end
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Acknowledge a push when it is on the disk, so that it outlasts a power failure
    #[arg(long)]
    pub durable: bool,
    /// Remove blobs that no manifest has needed for so long, at the start and then again and again
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "3600")]
    pub gc: Option<u64>,
    /// The most that all blobs together may take
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    pub quota: Option<u64>,
    /// Demand that every chunk of an upload but the last has so many bytes
    #[arg(long, value_name = "BYTES")]
    pub chunk_min_length: Option<u64>,
    /// Ask for a name and password of this file, as `htpasswd -B` writes it (bcrypt)
    #[arg(long, value_name = "FILE")]
    pub htpasswd: Option<PathBuf>,
    /// Let clients sign in for tokens (Bearer), with a token endpoint of the registry's own, instead of Basic
    #[arg(long, requires = "users")]
    pub bearer: bool,
    /// Who may do what: lines of `USER REPOSITORY ACTIONS`; * is everybody, @ whoever signed in
    #[arg(long, value_name = "FILE")]
    pub rights: Option<PathBuf>,
    /// Demand a client certificate of an authority in this file (PEM)
    #[arg(long, value_name = "FILE", requires = "secure")]
    pub client_ca: Option<PathBuf>,
    /// Refuse every push and delete
    #[arg(long)]
    pub read_only: bool,
    /// Do something wrong on purpose: NAME[:KEY=VALUE,...]; may be given again
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    pub fault: Vec<Fault>,
    /// List every fault, and do nothing else
    #[arg(long)]
    pub list_faults: bool,
    /// How to print the list of faults
    #[arg(long, value_enum, default_value_t = Format::Human, requires = "list_faults")]
    pub format: Format,
    /// How to print the line of each request; json: one object a line
    #[arg(long, value_enum, default_value_t = LogForm::Human, value_name = "FORM")]
    pub log: LogForm,
    /// Do not print a line for each request
    #[arg(short, long, conflicts_with = "log")]
    pub quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    Human,
    Json,
}

#[derive(Debug, Args)]
pub struct DemoOptions {
    /// Do it to this machine's own Docker, and put everything back
    #[arg(long)]
    pub real: bool,
}

fn fault(text: &str) -> Result<Fault, FaultError> {
    text.parse()
}

/// As 64 small hexadecimal digits, however it is written.
fn fingerprint(text: &str) -> Result<String, &'static str> {
    let bare = text.trim().to_ascii_lowercase().trim_start_matches("sha256:").replace(':', "");
    let right = bare.len() == 64 && bare.bytes().all(|b| b.is_ascii_hexdigit());
    if right { Ok(bare) } else { Err("a fingerprint is sha256: and 64 hexadecimal digits") }
}
