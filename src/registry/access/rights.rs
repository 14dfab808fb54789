//! The file of rights: who may do what in which repositories. Pure but for the reading.
//!
//! ```text
//! # who      where          what
//! *          public/**      pull
//! alice      team/*         pull,push
//! @          **             pull
//! admin      **             *
//! ```
//! `*` is everybody, signed in or not, `@` everybody who signed in. In a pattern `*` stands for anything within one part
//! of a name, `**` for anything. What no line allows is not allowed.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::super::tls::TlsError;
use super::scope::{Action, Scope};
use crate::registry::file;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights(Vec<Rule>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    who: Who,
    pattern: String,
    actions: Vec<Action>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Who {
    Everybody,
    SignedIn,
    User(String),
}

#[derive(Debug, Error)]
pub enum RightsError {
    #[error(transparent)]
    Read(#[from] TlsError),
    #[error("{} line {line}: {problem}", path.display())]
    Line { path: PathBuf, line: usize, problem: String },
}

impl Rights {
    pub fn read(path: &Path) -> Result<Self, RightsError> {
        let text = file::read(path)?;
        Self::parse(&text).map_err(|(line, problem)| RightsError::Line { path: path.to_path_buf(), line, problem })
    }

    /// Or the line that is wrong, counted from 1, and why.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut rules = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                rules.push(Rule::parse(line).map_err(|problem| (index + 1, problem))?);
            }
        }
        Ok(Self(rules))
    }

    pub fn allow(&self, user: Option<&str>, scope: &Scope) -> bool {
        self.0.iter().any(|rule| rule.allows(user, scope))
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [who, pattern, actions] = words.as_slice() else {
            return Err("a line has three words: who, where, what".into());
        };
        let who = match *who {
            "*" => Who::Everybody,
            "@" => Who::SignedIn,
            user => Who::User(user.to_string()),
        };
        let action = |word: &str| Action::parse(word).ok_or(format!("`{word}` is none of pull, push, delete and *"));
        let actions = actions.split(',').map(action).collect::<Result<_, _>>()?;
        Ok(Self { who, pattern: (*pattern).to_string(), actions })
    }

    fn allows(&self, user: Option<&str>, scope: &Scope) -> bool {
        let who = match &self.who {
            Who::Everybody => true,
            Who::SignedIn => user.is_some(),
            Who::User(name) => user == Some(name),
        };
        if scope.kind != "repository" {
            // The list of all names is for those who may read them all.
            return who && self.pattern == "**" && self.actions.iter().any(|action| action.covers(Action::Pull));
        }
        who && matches(&self.pattern, &scope.name) && self.actions.iter().any(|action| action.covers(scope.action))
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    let Some(at) = pattern.find('*') else { return pattern == name };
    let (front, rest) = pattern.split_at(at);
    let Some(name) = name.strip_prefix(front) else { return false };
    let (rest, far) = match rest.strip_prefix("**") {
        Some(rest) => (rest, name.len()),
        None => (rest.get(1..).unwrap_or_default(), name.find('/').unwrap_or(name.len())),
    };
    // Names are ASCII.
    (0..=far).any(|at| name.get(at..).is_some_and(|name| matches(rest, name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# who      where          what
*          public/**      pull
alice      team/*         pull,push   # and no delete
@          shared         pull
admin      **             *
";

    #[test]
    fn lines_give_rights() {
        let rights = Rights::parse(FILE).unwrap();
        let rows = [
            (None, "public/a/b", Action::Pull, true),
            (None, "public/a", Action::Push, false),
            (None, "team/a", Action::Pull, false),
            (Some("alice"), "team/a", Action::Push, true),
            (Some("alice"), "team/a", Action::Delete, false),
            (Some("alice"), "team/a/b", Action::Pull, false),
            (Some("bob"), "team/a", Action::Pull, false),
            (Some("bob"), "shared", Action::Pull, true),
            (None, "shared", Action::Pull, false),
            (Some("admin"), "any/thing", Action::Delete, true),
        ];
        for (user, name, action, want) in rows {
            assert_eq!(rights.allow(user, &Scope::repository(name, action)), want, "{user:?} {name} {action:?}");
        }
        assert!(rights.allow(Some("admin"), &Scope::catalog()) && !rights.allow(Some("alice"), &Scope::catalog()));
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert_eq!(Rights::parse("\nalice team\n").unwrap_err().0, 2);
        assert_eq!(Rights::parse("a b fly").unwrap_err(), (1, "`fly` is none of pull, push, delete and *".into()));
    }

    #[test]
    fn patterns() {
        let rows = [
            ("a", "a", true),
            ("*", "a", true),
            ("*", "a/b", false),
            ("**", "a/b", true),
            ("a/**/z", "a/b/c/z", true),
            ("a*", "ab", true),
            ("a*c/d", "abc/d", true),
        ];
        for (pattern, name, want) in rows {
            assert_eq!(matches(pattern, name), want, "{pattern} {name}");
        }
    }
}
