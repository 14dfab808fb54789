//! Root causes, findings and verdicts.

use serde::{Deserialize, Serialize};

/// A root cause. Its slug is public and stable: it appears in reports, in scripts and in people's notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    pub slug: &'static str,
    /// One plain sentence, lower case, no period.
    pub summary: &'static str,
    pub severity: Severity,
    /// From where it can be seen, the surest place first.
    pub seen_from: &'static [Sight],
    /// The explanation page: Markdown with the sections of every page.
    pub page: &'static str,
    /// What betrays it in other programs' messages, one rule a line, and what tells it apart: see `check::message`.
    pub signs: &'static str,
}

impl Cause {
    /// What would show that it is this one and no other: the first line of its signs.
    #[must_use]
    pub fn tell_apart(&self) -> &'static str {
        self.signs.lines().find_map(|line| line.strip_prefix("tell: ")).unwrap_or_default()
    }
}

/// From where a cause can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// In the files, processes and programs of the machine that connects.
    Host,
    /// In what the registry, or something on the way to it, answers on the network.
    Wire,
    /// In the words of another program.
    Message,
    /// Only with a login that is sent.
    Credentials,
    /// Only on the registry's own machine.
    Server,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Warning,
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Read from the message of another program, or from one of several possible reasons.
    Likely,
    /// Seen.
    Certain,
}

/// One cause, seen on this machine or with this registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub cause: &'static Cause,
    pub severity: Severity,
    pub confidence: Confidence,
    /// The file, registry or engine that it is about.
    pub subject: String,
    /// What was seen and where, one sentence a line.
    pub evidence: Vec<String>,
    /// What it leads to, in the engine's words where it has words for it.
    pub consequence: Option<String>,
    pub remedy: Remedy,
    /// The finding that this one only follows from.
    pub follows_from: Option<&'static str>,
}

/// What to do: a sentence, and commands that can be pasted as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remedy {
    pub text: String,
    pub commands: Vec<String>,
}

impl Finding {
    /// A finding with the cause's own severity, seen with certainty.
    #[must_use]
    pub fn new(cause: &'static Cause, subject: impl Into<String>) -> Self {
        Self {
            cause,
            severity: cause.severity,
            confidence: Confidence::Certain,
            subject: subject.into(),
            evidence: Vec::new(),
            consequence: None,
            remedy: Remedy::default(),
            follows_from: None,
        }
    }

    #[must_use]
    pub fn evidence(mut self, line: impl Into<String>) -> Self {
        self.evidence.push(line.into());
        self
    }

    #[must_use]
    pub fn leads_to(mut self, text: impl Into<String>) -> Self {
        self.consequence = Some(text.into());
        self
    }

    /// A sentence that says what to do.
    #[must_use]
    pub fn advice(mut self, text: impl Into<String>) -> Self {
        self.remedy.text = text.into();
        self
    }

    /// A command that can be pasted.
    #[must_use]
    pub fn fix(mut self, command: impl Into<String>) -> Self {
        self.remedy.commands.push(command.into());
        self
    }

    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    #[must_use]
    pub fn likely(mut self) -> Self {
        self.confidence = Confidence::Likely;
        self
    }
}

/// The answer of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// What was seen, for the line's right side.
    Passed(String),
    Found(Vec<Finding>),
    /// Why it could not be answered.
    Skipped(String),
    /// The question does not arise on this host; nothing is printed.
    NotApplicable,
    /// The check itself failed: our fault.
    Broken(String),
}

/// What one engine would do with one registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Works,
    Fails,
    Unknown,
}
