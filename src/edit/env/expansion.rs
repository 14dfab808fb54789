//! What an expansion may do to the shell that reads it, other than to give a value. Only the plain ones are understood.

use super::parse::parse;
use super::systemd::is_name;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    None,
    /// It may assign (`${O:=x}`) or end the shell (`${O:?}`, `${}`).
    Obscuring,
    /// Where it ends, or whether a shell takes it, is not certain.
    Unreadable,
}

pub(super) fn effect(expansion: &str) -> Effect {
    if expansion.starts_with("$((") {
        return Effect::Unreadable;
    }
    let within = |open: &str, close: char| expansion.strip_prefix(open)?.strip_suffix(close);
    if let Some(inner) = within("${", '}') {
        return parameter(inner);
    }
    match within("$(", ')').or_else(|| within("`", '`')) {
        Some(inner) if is_unreadable(inner) => Effect::Unreadable,
        _ => Effect::None,
    }
}

fn parameter(inner: &str) -> Effect {
    if inner.contains(['\'', '"', '\\', '{', '}', '$', '`', '\n']) {
        return Effect::Unreadable;
    }
    let rest = inner.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
    let name = inner.strip_suffix(rest).unwrap_or_default();
    let plain = rest.is_empty() || [":-", ":+", "-", "+"].iter().any(|operator| rest.starts_with(operator));
    if is_name(name) && plain { Effect::None } else { Effect::Obscuring }
}

/// Whether the commands inside are more than a shell, seen from here, surely takes.
fn is_unreadable(commands: &str) -> bool {
    commands.contains(['#', '`', '\\', '\n']) || commands.contains("$(") || parse(commands).unread.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects() {
        for (expansion, expected) in [
            ("$X", Effect::None),
            ("${X}", Effect::None),
            ("${X:-y z}", Effect::None),
            ("$(hostname -I | awk '{print $1}')", Effect::None),
            ("`cat /x`", Effect::None),
            ("${X:=y}", Effect::Obscuring),
            ("${X?}", Effect::Obscuring),
            ("${}", Effect::Obscuring),
            ("${X:-'}'}", Effect::Unreadable),
            ("$((1/0))", Effect::Unreadable),
            ("$(#)", Effect::Unreadable),
            ("$(&&)", Effect::Unreadable),
            ("$($(x))", Effect::Unreadable),
        ] {
            assert_eq!(effect(expansion), expected, "{expansion}");
        }
    }
}
