//! Questions about facts, one folder each, every one with one verdict and its own root causes.
//!
//! A check sees facts, a trace and an engine's forecast; it looks at nothing itself and prints nothing. One question owns
//! a whole differential diagnosis, so that no two checks blame different things for one failure.

mod answer;
mod blob;
mod catalogue;
mod certificate;
mod certs_folders;
mod collision;
mod config;
mod daemon;
mod dead;
mod elsewhere;
mod engine;
mod entries;
mod follow;
mod in_effect;
mod leftover;
mod login;
pub mod message;
mod mirror;
mod name;
mod port;
mod proxy;
mod reach;
mod reference;
mod repository;
mod route;
mod sign_in;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tls;
mod trust;
mod upload;
mod words;

pub use catalogue::causes;
pub use certificate::ends as certificate_ends;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::engine::Forecast;
use crate::model::facts::{EngineFacts, Facts};
use crate::model::finding::{Cause, Verdict};
use crate::model::trace::Trace;

/// One question.
#[derive(Debug)]
pub struct Check {
    /// Stable, for JSON: "config-readable".
    pub id: &'static str,
    /// The sentence of a line that passed: "daemon.json can be read".
    pub passed: &'static str,
    /// The noun of a line that was skipped: "daemon.json".
    pub topic: &'static str,
    pub causes: &'static [&'static Cause],
    pub run: Run,
}

/// What a question is about.
#[derive(Debug, Clone, Copy)]
pub enum Run {
    /// The host; asked once, with the engine that the person means.
    Host(fn(&Facts, Option<&EngineFacts>) -> Verdict),
    /// One registry, as one engine would meet it; without an engine, as this host meets it.
    Registry(fn(&Meeting<'_>) -> Verdict),
}

/// One engine and one registry.
#[derive(Debug, Clone, Copy)]
pub struct Meeting<'a> {
    pub facts: &'a Facts,
    pub engine: Option<&'a EngineFacts>,
    pub trace: &'a Trace,
    pub forecast: Option<&'a Forecast>,
}

/// One question with its answer.
#[derive(Debug, Clone)]
pub struct Answered {
    pub check: &'static Check,
    pub verdict: Verdict,
}

/// Every question about a host, in the order of the report.
pub const HOST: &[&Check] = &[
    &engine::CHECK,
    &daemon::CHECK,
    &config::CHECK,
    &collision::CHECK,
    &entries::CHECK,
    &in_effect::CHECK,
    &dead::CHECK,
    &certs_folders::CHECK,
    &elsewhere::CHECK,
    &proxy::CHECK,
    &leftover::CHECK,
];

/// Every question about a registry, in the order of the layers.
pub const REGISTRY: &[&Check] = &[
    &name::CHECK,
    &port::CHECK,
    &route::CHECK,
    &tls::CHECK,
    &certificate::CHECK,
    &answer::CHECK,
    &sign_in::CHECK,
    &login::CHECK,
    &repository::CHECK,
    &blob::CHECK,
    &upload::CHECK,
    &mirror::CHECK,
];

/// Asks everything about the host.
#[must_use]
pub fn diagnose_host(facts: &Facts) -> Vec<Answered> {
    let engine = facts.engines.first();
    let run = |check: &'static Check| match check.run {
        Run::Host(run) => answered(check, || run(facts, engine)),
        Run::Registry(_) => None,
    };
    HOST.iter().filter_map(|check| run(check)).collect()
}

/// Asks everything about one registry.
#[must_use]
pub fn diagnose_registry(meeting: &Meeting<'_>) -> Vec<Answered> {
    let run = |check: &'static Check| match check.run {
        Run::Registry(run) => answered(check, || run(meeting)),
        Run::Host(_) => None,
    };
    let mut all: Vec<Answered> = REGISTRY.iter().filter_map(|check| run(check)).collect();
    follow::mark(&mut all);
    all
}

/// A check that panics is our fault: its line says so, and the report goes on.
fn answered(check: &'static Check, run: impl FnOnce() -> Verdict) -> Option<Answered> {
    let verdict =
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Verdict::Broken("the check itself failed".into()));
    (verdict != Verdict::NotApplicable).then_some(Answered { check, verdict })
}
