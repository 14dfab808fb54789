//! `regdoctor deploy`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RunBy {
    Compose,
    Systemd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RegistryVersion {
    #[value(name = "2")]
    Two,
    #[value(name = "3")]
    Three,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FrontEnd {
    Nginx,
    Caddy,
    Traefik,
}

#[derive(Debug, Args)]
pub struct DeployOptions {
    /// Where clients will reach the registry: HOST or HOST:PORT. Without a port it is 443, or 80 with --http
    pub entry_point: String,
    /// The folder for the files
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// What runs it: Docker Compose the official image, or systemd the package docker-registry of Debian and Ubuntu
    #[arg(long, value_enum, default_value_t = RunBy::Compose, value_name = "WHAT")]
    pub run_by: RunBy,
    /// The version of the official image; left out, 3. The package is of version 2
    #[arg(long, value_enum, value_name = "VERSION")]
    pub registry_version: Option<RegistryVersion>,
    /// Put this front end before it, where TLS ends
    #[arg(long, value_enum, value_name = "FRONT-END")]
    pub behind_proxy: Option<FrontEnd>,
    /// The server's certificate with its intermediates (PEM). Left out, one is made with an authority of its own
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// The folder of the private authority that makes one: used again when it is there. Left out, DIR/authority
    #[arg(long, value_name = "DIR", conflicts_with_all = ["cert", "http"])]
    pub ca_dir: Option<PathBuf>,
    /// Plain HTTP: no certificate, and nothing is hidden from whoever listens
    #[arg(long, conflicts_with_all = ["cert", "key"])]
    pub http: bool,
    /// Who may push and pull; left out, admin
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The password is the first line of this file; `-` is standard input. Left out, it is asked for on a terminal, or
    /// made up and shown once
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Let everybody push and pull
    #[arg(long, conflicts_with_all = ["user", "password_file"])]
    pub anonymous: bool,
}
