//! Arguments → calls → report → print: one file a command. The only folder that prints.

mod apply_plan;
mod arguments;
mod authority_folder;
mod carry_out;
mod change;
mod check;
mod choose;
mod demo;
mod deploy;
mod explain;
mod failure;
mod faults;
mod generate;
mod history;
mod issue_cert;
mod list;
mod login;
mod look;
mod machine;
mod manual;
mod many;
mod new_files;
mod password;
mod prove;
mod push;
mod screen;
mod serve;
mod show_plan;
mod trust;
mod undo;
mod untrust;
mod verify;
mod waiting;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use failure::Failure;
use screen::Screen;

/// How a command ended, as the exit code says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// 0: healthy, or done.
    Well,
    /// 1: it worked and found problems, or something is pending.
    WithProblems,
    /// 3: a change failed, and everything was put back.
    PutBack,
    /// 4: a change failed, and something is not put back.
    Stuck,
    /// 130: interrupted, and put back.
    Interrupted,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to stdout with 0, mistakes to stderr with 2; a closed pipe is no fault.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let screen = Screen::new(&arguments.common);
    match run(&arguments, &screen) {
        Ok(ended) => ExitCode::from(match ended {
            Ended::Well => 0,
            Ended::WithProblems => 1,
            Ended::PutBack => 3,
            Ended::Stuck => 4,
            Ended::Interrupted => 130,
        }),
        Err(failure) => {
            screen.failure(&failure);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

fn run(arguments: &Arguments, screen: &Screen) -> Result<Ended, Failure> {
    match &arguments.command {
        Command::Check(options) => check::run(options, screen),
        Command::Trust(options) => trust::run(options, screen),
        Command::Untrust(options) => untrust::run(options, screen),
        Command::Push(options) => push::run(options, screen),
        Command::Apply(options) => apply_plan::run(options, screen),
        Command::Undo(options) => undo::run(options, screen),
        Command::History(options) => history::run(options, screen),
        Command::List(options) => list::run(options, screen),
        Command::Explain(options) => explain::run(options, screen),
        Command::IssueCert(options) => issue_cert::run(options, screen),
        Command::Deploy(options) => deploy::run(options, screen),
        Command::ServeTestRegistry(options) => serve::run(options, screen),
        Command::Demo(options) => demo::run(options, screen),
        Command::Generate(options) => generate::run(options, screen),
    }
}
