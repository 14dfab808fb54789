//! `regdoctor check`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    Human,
    Json,
    // No help of its own: then `-h` and `--help` would differ.
    Prometheus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Via {
    Docker,
}

#[derive(Debug, Args)]
pub struct CheckOptions {
    /// Registries, with a repository and a tag if those are to be checked: HOST[:PORT][/REPOSITORY[:TAG]]
    #[arg(value_name = "REGISTRY")]
    pub registries: Vec<String>,
    /// Also check the registries in this file, one a line; `#` begins a comment, `-` is standard input
    #[arg(long, value_name = "LIST")]
    pub file: Option<PathBuf>,
    /// How many registries are looked at at the same time
    #[arg(long, default_value_t = 128, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: u16,
    /// How to print the report; `prometheus` is for the textfile folder of node_exporter
    #[arg(long, value_enum, default_value_t = ReportFormat::Human)]
    pub format: ReportFormat,
    /// Write the report to this file instead; who reads it meanwhile sees the old one or the new one, whole
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "LEVEL")]
    pub fail_on: FailOn,
    /// The most that all looking at one registry may take, in seconds
    #[arg(long, default_value_t = 15, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,
    /// Prove that the registry takes images: push one of 5 MiB into the repository, in every way, and remove it
    #[arg(long, conflicts_with_all = ["from", "root"])]
    pub push: bool,
    /// Let Docker itself push it, and pull it back
    #[arg(long, value_enum, requires = "push", value_name = "ENGINE")]
    pub via: Option<Via>,
    /// Also write what was seen to a file, without passwords and keys: for a bug report
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Judge what `--save` wrote instead of this host
    #[arg(long, value_name = "FILE", conflicts_with_all = ["registries", "file", "save", "root"])]
    pub from: Option<PathBuf>,
    /// A folder that stands for a machine: its files are judged, nothing runs
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}
