//! `regdoctor generate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub struct GenerateOptions {
    /// The manual's pages, or the completions of a shell
    #[arg(value_enum, value_name = "WHAT")]
    pub what: Generated,
    /// Write files into this folder, named as `man` and the shells look for them
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Generated {
    Man,
    Bash,
    Zsh,
    Fish,
}
