//! The manual: one page for each command. Clap knows the synopsis and the options; what is more to say stands in a text
//! beside this file, and a command without one has a page all the same.

mod prose;

use std::io;

use clap::{Arg, Command};
use clap_mangen::Man;

/// The day of this version, as the packages' changelog has it: the same program always makes the same pages.
const RELEASED: &str = "2026-11-26";

/// What there is to say of a command beside its options.
const PROSE: &[(&str, &str)] = &[
    ("regdoctor", include_str!("regdoctor.md")),
    ("regdoctor-apply", include_str!("apply.md")),
    ("regdoctor-check", include_str!("check.md")),
    ("regdoctor-demo", include_str!("demo.md")),
    ("regdoctor-deploy", include_str!("deploy.md")),
    ("regdoctor-explain", include_str!("explain.md")),
    ("regdoctor-generate", include_str!("generate.md")),
    ("regdoctor-history", include_str!("history.md")),
    ("regdoctor-issue-cert", include_str!("issue-cert.md")),
    ("regdoctor-list", include_str!("list.md")),
    ("regdoctor-push", include_str!("push.md")),
    ("regdoctor-serve-test-registry", include_str!("serve-test-registry.md")),
    ("regdoctor-trust", include_str!("trust.md")),
    ("regdoctor-undo", include_str!("undo.md")),
    ("regdoctor-untrust", include_str!("untrust.md")),
];

/// Pages of other programs that the program's own page leads to.
const RELATED: &[&str] = &["docker(1)", "dockerd(8)", "podman(1)", "skopeo(1)"];

/// Every page: the name of its file, and its source for `man`.
#[must_use]
pub fn pages(program: Command) -> Vec<(String, String)> {
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let version = format!("{} {}", program.get_name(), program.get_version().unwrap_or_default());
    let below = below(&program);
    let names = below.iter().map(|command| format!("{}(1)", name(command)));
    let also: Vec<String> = names.chain(RELATED.iter().map(ToString::to_string)).collect();
    let own = page(&program, &version, &also);
    let up = [format!("{}(1)", name(&program))];
    let others = below.iter().map(|command| page(command, &version, &up));
    std::iter::once(own).chain(others).collect()
}

/// All commands below this one that are shown.
fn below(command: &Command) -> Vec<&Command> {
    let shown = command.get_subcommands().filter(|one| !one.is_hide_set());
    shown.flat_map(|one| [vec![one], below(one)].concat()).collect()
}

fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn page(command: &Command, version: &str, also: &[String]) -> (String, String) {
    let name = name(command);
    let text = PROSE.iter().find(|(of, _)| *of == name).map_or("", |(_, text)| text);
    // A Vec takes all that is written to it.
    let source = source(command, (version, text), also).unwrap_or_default();
    (format!("{name}.1"), prose::finished(&String::from_utf8_lossy(&source)))
}

fn source(command: &Command, (version, text): (&str, &str), also: &[String]) -> io::Result<Vec<u8>> {
    let (description, sections) = prose::split(text);
    let man = Man::new(command.clone().subcommand_value_name("command").mut_args(for_reading))
        .title(name(command).to_uppercase())
        .date(RELEASED)
        .source(version)
        .manual("User Commands");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    if description.is_empty() {
        man.render_description_section(&mut page)?;
    } else {
        prose::render(&format!("## Description\n\n{description}")).to_writer(&mut page)?;
    }
    if command.has_subcommands() {
        prose::render(&commands(command)).to_writer(&mut page)?;
    }
    man.render_options_section(&mut page)?;
    prose::render(sections).to_writer(&mut page)?;
    prose::render(&format!("## See also\n\n{}", also.join(", "))).to_writer(&mut page)?;
    Ok(page)
}

/// What may stand for a value, and what is taken without one, are read as a sentence.
fn for_reading(arg: Arg) -> Arg {
    let arg = if arg.is_positional() { arg.help_heading("Arguments") } else { arg };
    if !arg.get_action().takes_values() {
        return arg;
    }
    let values: Vec<String> = arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    let default: Vec<String> =
        arg.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    let more = match (values.as_slice(), default.as_slice()) {
        ([], []) => return arg,
        ([], _) => format!("By default {}", default.join(", ")),
        ([only], _) => format!("Only {only}"),
        (_, []) => format!("One of {}", values.join(", ")),
        _ => format!("One of {}; by default {}", values.join(", "), default.join(", ")),
    };
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    arg.help(format!("{help}. {more}")).hide_possible_values(true).hide_default_value(true)
}

/// The commands as a table, each with the name of its page.
fn commands(command: &Command) -> String {
    let shown = command.get_subcommands().filter(|one| !one.is_hide_set());
    let row = |one: &Command| {
        let about = one.get_about().map(ToString::to_string).unwrap_or_default();
        format!("| `{}` | {} |\n", name(one), about.replace('|', "or"))
    };
    format!("## Commands\n\n{}", shown.map(row).collect::<String>())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::arguments::Arguments;

    fn every() -> Vec<(String, String)> {
        pages(Arguments::command())
    }

    #[test]
    fn every_command_has_a_page() {
        let names: Vec<String> = every().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.first().map(String::as_str), Some("regdoctor.1"));
        for command in Arguments::command().get_subcommands().filter(|one| !one.is_hide_set()) {
            let wanted = format!("regdoctor-{}.1", command.get_name());
            assert!(names.contains(&wanted), "{wanted} is not among {names:?}");
        }
        for (of, _) in PROSE {
            assert!(names.contains(&format!("{of}.1")), "there is prose for {of}, which is no command");
        }
    }

    #[test]
    fn a_page_has_its_sections_in_the_usual_order() {
        for (name, page) in every() {
            let sections: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
            assert!(sections.starts_with(&["NAME", "SYNOPSIS", "DESCRIPTION"]), "{name}: {sections:?}");
            assert_eq!(sections.last(), Some(&"\"SEE ALSO\""), "{name}: {sections:?}");
            assert!(page.starts_with(".ie ") && page.matches("\n.TH ").count() == 1, "{name}: {page}");
            assert!(!page.contains("Possible values") && !page.contains('`'), "{name}: {page}");
        }
    }

    #[test]
    fn values_and_defaults_are_sentences() {
        let (_, page) = every().into_iter().find(|(name, _)| name == "regdoctor-check.1").unwrap();
        assert!(page.contains(r"One of \fBhuman\fR, \fBjson\fR, \fBprometheus\fR; by default \fBhuman\fR"), "{page}");
        assert!(page.contains(r"in seconds. By default \fB15\fR"), "{page}");
    }
}
