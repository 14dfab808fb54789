//! The commands that only look: `history`, `list`, `explain`.

use std::path::PathBuf;

use clap::Args;

use super::Format;

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
    /// The name of a root cause, as reports print it; or the text of an error; or `-` for a log on standard input.
    /// Without any of these, all names
    #[arg(value_name = "CAUSE or TEXT")]
    pub text: Vec<String>,
    /// Also check the registry that the text names, and say which cause it is
    #[arg(long)]
    pub check: bool,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// The most that all looking at the registry may take, in seconds
    #[arg(long, default_value_t = 15, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,
}
