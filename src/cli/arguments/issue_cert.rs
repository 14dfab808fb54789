//! `regdoctor issue-cert`.

use std::path::PathBuf;

use clap::Args;

use super::Format;

#[derive(Debug, Args)]
pub struct IssueOptions {
    /// A name or address that clients will use, as people type it: HOST, HOST:PORT, an address, *.DOMAIN
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// The folder for the certificate, its key and a copy of ca.crt
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// The folder of the private authority: used again when it is there, else made
    #[arg(long, value_name = "DIR", default_value = "authority", conflicts_with = "ca_cert")]
    pub ca_dir: PathBuf,
    /// Let a new authority sign for any name, not for these alone
    #[arg(long, conflicts_with = "ca_cert")]
    pub any_name: bool,
    /// Sign with an authority of your own: its certificate, and those above it, if there are any (PEM)
    #[arg(long, value_name = "FILE", requires = "ca_key")]
    pub ca_cert: Option<PathBuf>,
    /// The key of that authority (PEM, without passphrase)
    #[arg(long, value_name = "FILE", requires = "ca_cert")]
    pub ca_key: Option<PathBuf>,
    /// Make RSA keys of 3072 bits, instead of ECDSA P-256
    #[arg(long)]
    pub rsa: bool,
    /// How long the certificate is valid, at most 397: more is refused by some clients
    #[arg(long, value_name = "DAYS", default_value_t = Self::DAYS, value_parser = clap::value_parser!(u16).range(1..=397))]
    pub days: u16,
    /// Replace the certificate of the first NAME by a new one for the same names and those given, with a new key
    #[arg(long)]
    pub renew: bool,
    /// How to print what was made
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

impl IssueOptions {
    /// Just below what public clients accept.
    pub const DAYS: u16 = 396;
}
