//! Every command with its options, as clap reads them: one file for commands that share what they do.

mod change;
mod check;
mod deploy;
mod generate;
mod issue_cert;
mod later;
mod look;
mod push;
mod serve;

use clap::{Args, Parser, Subcommand, ValueEnum};

use later::Later;

pub use change::{ApplyOptions, ChangeOptions, In, TrustOptions, UndoOptions, UntrustOptions};
pub use check::{CheckOptions, FailOn, ReportFormat};
pub use deploy::{DeployOptions, FrontEnd, RegistryVersion, RunBy};
pub use generate::{GenerateOptions, Generated};
pub use issue_cert::IssueOptions;
pub use look::{ExplainOptions, ListOptions};
pub use push::PushOptions;
pub use serve::{DemoOptions, LogForm, ServeOptions};

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
    Check(Later<CheckOptions>),
    /// Make Docker trust a registry: plan, show, apply, verify, or put everything back
    Trust(Later<TrustOptions>),
    /// Take back every trust in a registry, whoever gave it
    Untrust(Later<UntrustOptions>),
    /// Push an image to a registry, prove that it is there, or say exactly why not
    Push(Later<PushOptions>),
    /// Carry out a plan that `--dry-run --format json` printed, if nothing changed since
    Apply(Later<ApplyOptions>),
    /// Take back one change, the last one or that with this number; finish what a crash left
    Undo(Later<UndoOptions>),
    /// Show the changes that regdoctor made on this host: when, who, what, and how they ended
    History(Later<ListOptions>),
    /// Show every registry that this host trusts: how, where, and whether it is in effect
    List(Later<ListOptions>),
    /// Explain a root cause, or what an error message can mean
    Explain(Later<ExplainOptions>),
    /// Make a certificate for a registry, from a private authority or one's own
    IssueCert(Later<IssueOptions>),
    /// Write what a private registry needs, as files to read and change
    Deploy(Later<DeployOptions>),
    /// Serve a real registry for tests
    ServeTestRegistry(Later<ServeOptions>),
    /// Show the whole on an embedded registry: check, trust, push, pull, undo
    Demo(Later<DemoOptions>),
    /// Print the manual, or the completions of a shell
    Generate(Later<GenerateOptions>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}
