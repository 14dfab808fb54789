//! What is known of each container engine, one folder an engine: pure functions from observations and traces.
//!
//! Nothing here looks at a machine or changes one. If the pipeline needs to know which engine it has before it, this
//! trait is wrong.

pub mod docker;
mod forecast;

pub use forecast::{Access, Blocked, Forecast, Unusable};

use std::path::PathBuf;

use crate::cert::Clearance;
use crate::model::act::HttpRequest;
use crate::model::ask::{Ask, HttpAnswer, Identity};
use crate::model::facts::{Distro, Effective, EngineFacts, Facts, Init};
use crate::model::observations::Observations;
use crate::model::plan::Plan;
use crate::model::trace::{Trace, Visit};
use crate::model::way::Way;
use crate::model::wish::Wish;

/// What an engine may know about the host it stands on.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    pub identity: &'a Identity,
    pub distro: &'a Distro,
    pub init: Init,
    /// A folder that is being prepared (`--root`): an engine may come later.
    pub prepared: bool,
}

/// A server that a login is meant for.
#[derive(Debug, Clone, Copy)]
pub enum Whom<'a> {
    Registry,
    /// The one that the registry's challenge names.
    TokenServer(&'a Visit),
}

/// One container engine.
pub trait Engine: Sync {
    /// The name in reports and JSON.
    fn name(&self) -> &'static str;

    /// What to look at next, given the answers so far.
    fn asks(&self, seen: &Observations, ground: Ground<'_>) -> Vec<Ask>;

    /// The engine's facts, when there is any trace of it.
    fn detect(&self, seen: &Observations, ground: Ground<'_>) -> Option<EngineFacts>;

    /// The steps that fulfil a wish, what makes them effective and what must hold then.
    ///
    /// # Errors
    /// The wish cannot be fulfilled safely; the refusal says why and what to do instead.
    fn plan(&self, facts: &Facts, engine: &EngineFacts, wish: &Wish) -> Result<Plan, Refusal>;

    /// What makes a plan's steps effective and what must hold then, where the steps are changes of this engine's files
    /// that come from elsewhere than a wish.
    fn settle(&self, engine: &EngineFacts, plan: Plan) -> Plan;

    /// What to ask to hear from the engine itself what is in effect now.
    fn asks_in_effect(&self, engine: &EngineFacts) -> Vec<Ask>;

    /// What the engine says is in effect; `None` when it does not answer.
    fn in_effect(&self, engine: &EngineFacts, seen: &Observations) -> Option<Effective>;

    /// A request to the engine's own API that makes it connect to the registry.
    fn reach(&self, engine: &EngineFacts, registry: &str) -> HttpRequest;

    /// Whether the engine got an answer from the registry.
    ///
    /// # Errors
    /// The engine's own message.
    fn reached(&self, answer: &HttpAnswer) -> Result<(), String>;

    /// How this engine goes to a registry, as far as a look at one must do it in the same way.
    fn way(&self, engine: &EngineFacts) -> Way;

    /// Leave to send a login, as far as this engine would trust the server that was seen.
    fn clearance(&self, facts: &Facts, engine: &EngineFacts, trace: &Trace, whom: Whom<'_>) -> Option<Clearance>;

    /// The client certificate and key that this engine has for a registry, and the server that it would show them to: one
    /// that it trusts.
    fn client_pair(&self, facts: &Facts, engine: &EngineFacts, trace: &Trace) -> Option<PairFiles>;

    /// What this engine, as it is configured and built, would do with this registry.
    fn foresee(&self, facts: &Facts, engine: &EngineFacts, trace: &Trace) -> Forecast;
}

/// Where a client certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// The server's own certificate, where the engine trusts it: without it, the pair is not shown to anybody.
    pub server: Option<Vec<u8>>,
}

/// Every engine, most used first.
pub const ALL: &[&dyn Engine] = &[&docker::Docker];

/// The engine with this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static dyn Engine> {
    ALL.iter().copied().find(|engine| engine.name() == name)
}

/// Why a wish is not fulfilled, for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Refusal {
    pub what: String,
    /// What was seen and where, one line each.
    pub because: Vec<String>,
    /// What to type or do next.
    pub next: Vec<String>,
}

impl Refusal {
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), because: Vec::new(), next: Vec::new() }
    }

    #[must_use]
    pub fn because(mut self, line: impl Into<String>) -> Self {
        self.because.push(line.into());
        self
    }

    #[must_use]
    pub fn next(mut self, line: impl Into<String>) -> Self {
        self.next.push(line.into());
        self
    }
}
