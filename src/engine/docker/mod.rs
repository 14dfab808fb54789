//! Docker: dockerd and its command line program, in every packaging.

mod api;
mod asks;
mod beyond;
mod certs;
mod clearance;
mod client;
pub mod collision;
mod config;
mod detect;
mod effect;
mod endpoint;
mod fetcher;
pub mod flags;
mod folder;
mod foresee;
pub mod go;
mod hosts_toml;
mod insecure;
mod packaging;
mod place;
mod plan;
mod process;
pub mod proxy;
mod reach;
pub mod rules;
mod script;
mod service;
mod settings;
mod settle;
#[cfg(test)]
mod tests;
mod unit;
mod untrust;
mod way;

use std::path::PathBuf;

pub use beyond::asks_for_tokens_by_system_alone;

use super::{Engine, Forecast, Ground, PairFiles, Refusal, Whom};
use crate::cert::Clearance;
use crate::model::act::HttpRequest;
use crate::model::ask::{Ask, HttpAnswer};
use crate::model::facts::{Effective, EngineFacts, Facts, RegistryCerts};
use crate::model::observations::Observations;
use crate::model::plan::Plan;
use crate::model::trace::Trace;
use crate::model::way::Way;
use crate::model::wish::Wish;

/// The folder of certs.d that this Docker reads for a registry.
#[must_use]
pub fn folder_of<'a>(engine: &'a EngineFacts, registry: &str) -> Option<&'a RegistryCerts> {
    folder::of(engine, registry, fetcher::Fetcher::of(engine))
}

/// The certificates that `hosts.toml` of that folder names as authorities: the others beside it count for nothing then.
/// Nothing where there is none, or this Docker does not read it (before 28.0, and with the classic image store).
#[must_use]
pub fn named_by_hosts_toml(engine: &EngineFacts, registry: &str) -> Option<Vec<PathBuf>> {
    let fetcher = fetcher::Fetcher::of(engine);
    let toml = folder::of(engine, registry, fetcher).filter(|_| fetcher == fetcher::Fetcher::Hosts);
    toml.and_then(hosts_toml::of).map(|toml| toml.authorities)
}

/// The engine itself: a name for the functions of this folder.
#[derive(Debug)]
pub struct Docker;

impl Engine for Docker {
    fn name(&self) -> &'static str {
        "docker"
    }

    fn asks(&self, seen: &Observations, ground: Ground<'_>) -> Vec<Ask> {
        asks::asks(seen, ground)
    }

    fn detect(&self, seen: &Observations, ground: Ground<'_>) -> Option<EngineFacts> {
        detect::detect(seen, ground)
    }

    fn plan(&self, facts: &Facts, engine: &EngineFacts, wish: &Wish) -> Result<Plan, Refusal> {
        plan::plan(facts, engine, wish)
    }

    fn settle(&self, engine: &EngineFacts, plan: Plan) -> Plan {
        settle::settle(engine, plan)
    }

    fn asks_in_effect(&self, engine: &EngineFacts) -> Vec<Ask> {
        api::asks(&engine.endpoint.socket)
    }

    fn in_effect(&self, engine: &EngineFacts, seen: &Observations) -> Option<Effective> {
        api::effective(seen, &engine.endpoint.socket)
    }

    fn reach(&self, engine: &EngineFacts, registry: &str) -> HttpRequest {
        reach::request(engine, registry)
    }

    fn reached(&self, answer: &HttpAnswer) -> Result<(), String> {
        reach::read(answer)
    }

    fn way(&self, engine: &EngineFacts) -> Way {
        way::way(engine)
    }

    fn clearance(&self, facts: &Facts, engine: &EngineFacts, trace: &Trace, whom: Whom<'_>) -> Option<Clearance> {
        clearance::clearance(facts, engine, trace, whom)
    }

    fn client_pair(&self, facts: &Facts, engine: &EngineFacts, trace: &Trace) -> Option<PairFiles> {
        foresee::client_pair(facts, engine, trace)
    }

    fn foresee(&self, facts: &Facts, engine: &EngineFacts, trace: &Trace) -> Forecast {
        foresee::foresee(facts, engine, trace)
    }
}
