//! `regdoctor serve-test-registry` and `regdoctor demo`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Format;
use crate::registry::{Fault, FaultError};

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
