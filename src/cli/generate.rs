//! `regdoctor generate`: what comes with a program beside the program, made from what clap knows of its commands.
#![expect(clippy::disallowed_methods, reason = "the folder that the person names is made here")]

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::{Generator, aot};

use super::arguments::{Arguments, GenerateOptions, Generated};
use super::failure::Failure;
use super::screen::Screen;
use super::{Ended, machine, manual};

/// A name in the folder that `man` or the shell looks into, and what is in the file.
type Named = (String, String);

pub fn run(options: &GenerateOptions, screen: &Screen) -> Result<Ended, Failure> {
    let files = files(options.what);
    let Some(folder) = &options.out else {
        screen.answer(&files.into_iter().map(|(_, text)| text).collect::<String>());
        return Ok(Ended::Well);
    };
    write(folder, &files)?;
    let (count, s) = (files.len(), if files.len() == 1 { "" } else { "s" });
    screen.say(&format!("wrote {count} file{s} to {}", folder.display()));
    Ok(Ended::Well)
}

fn files(what: Generated) -> Vec<Named> {
    match what {
        Generated::Man => manual::pages(Arguments::command()),
        Generated::Bash => vec![completions(aot::Bash)],
        Generated::Zsh => vec![completions(aot::Zsh)],
        Generated::Fish => vec![completions(aot::Fish)],
    }
}

fn completions(shell: impl Generator) -> Named {
    let (mut command, mut script) = (Arguments::command(), Vec::new());
    let program = command.get_name().to_string();
    // Shells that load completions on demand look for the program's name alone.
    let name = shell.file_name(&program).trim_end_matches(".bash").to_string();
    clap_complete::generate(shell, &mut command, program, &mut script);
    (name, String::from_utf8_lossy(&script).into_owned())
}

fn write(folder: &Path, files: &[Named]) -> Result<(), Failure> {
    let hint = "--out takes a folder that may be written";
    fs::create_dir_all(folder).map_err(|error| Failure::file("make", folder, error.to_string()).hint(hint))?;
    files.iter().try_for_each(|(name, text)| machine::write_text(&folder.join(name), text))
}
