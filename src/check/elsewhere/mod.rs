//! Settings that are right, in a place where another program does not look.

mod causes;
mod store;

pub use causes::{
    BUILDER_OR_DIND_OWN_CONFIG, CONFIG_REWRITTEN_BY_AUTOMATION, CONTAINERD_REGISTRY_CONFIG_NOT_APPLIED,
    CONTAINERD_STORE_IGNORES_INSECURE, KNOWN_SOFTWARE_BUG, SNAP_DOCKER_PATHS, TOOL_READS_OTHER_TRUST_PATH,
};
pub(super) use store::ignores_insecure;

use std::path::Path;

use super::words;
use super::{Check, Run, engine};
use crate::model::facts::{EngineFacts, Facts, Packaging};
use crate::model::finding::{Finding, Severity, Verdict};

pub const CHECK: Check = Check {
    id: "paths",
    passed: "nothing lies where this Docker does not look",
    topic: "files of another Docker",
    causes: &[&SNAP_DOCKER_PATHS, &TOOL_READS_OTHER_TRUST_PATH],
    run: Run::Host(run),
};

/// Only of a snap and of a rootless Docker, which read nothing below /etc/docker.
fn run(facts: &Facts, engine: Option<&EngineFacts>) -> Verdict {
    let Some(engine) = engine.filter(|engine| engine::is_configured_here(engine)) else {
        return Verdict::NotApplicable;
    };
    let cause = match engine.packaging {
        Packaging::Snap => &SNAP_DOCKER_PATHS,
        Packaging::Rootless => &TOOL_READS_OTHER_TRUST_PATH,
        _ => return Verdict::NotApplicable,
    };
    let found: Vec<Finding> = facts.standard.iter().filter_map(|path| unread(facts, engine, path, cause)).collect();
    if found.is_empty() { Verdict::NotApplicable } else { Verdict::Found(found) }
}

fn unread(
    facts: &Facts,
    engine: &EngineFacts,
    path: &Path,
    cause: &'static crate::model::finding::Cause,
) -> Option<Finding> {
    let own = if path.extension().is_some_and(|extension| extension == "json") {
        engine.config.path.clone()
    } else {
        engine.certs_dir.join(path.file_name()?)
    };
    // The same in its own place is no news.
    let name = path.file_name()?.to_string_lossy();
    if own == path || engine.certs_for(&name).is_some() {
        return None;
    }
    let (from, to) = (path.display().to_string(), own.display().to_string());
    let copy = ["cp", "-r", "--no-clobber", &from, &to];
    Some(
        Finding::new(cause, from.clone())
            .severity(Severity::Warning)
            .likely()
            .evidence(format!("{from} is there, and this Docker ({}) reads {to}", engine.packaging.name()))
            .leads_to("Docker runs as if it were not there")
            .advice("put it where this Docker looks, unless it belongs to another one")
            .fix(words::as_root(facts, Some(engine), &copy)),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, only};
    use super::*;

    #[test]
    fn a_snap_reads_nothing_below_etc() {
        let mut engine = testing::engine();
        engine.packaging = Packaging::Snap;
        engine.config.path = "/var/snap/docker/current/config/daemon.json".into();
        engine.certs_dir = "/var/snap/docker/current/etc/docker/certs.d".into();
        let mut facts = testing::with(engine);
        assert_eq!(run(&facts, facts.engines.first()), Verdict::NotApplicable);
        facts.standard = vec!["/etc/docker/certs.d/reg.lan:5000".into()];
        let finding = only(run(&facts, facts.engines.first()));
        assert_eq!((finding.cause.slug, finding.severity), ("snap-docker-paths", Severity::Warning));
        assert!(finding.remedy.commands[0].ends_with("/var/snap/docker/current/etc/docker/certs.d/reg.lan:5000"));
        facts.engines[0].certs.registries.push(testing::certs("reg.lan:5000", &[("ca.crt", "")]));
        assert_eq!(run(&facts, facts.engines.first()), Verdict::NotApplicable);
        facts.engines[0].packaging = Packaging::Rootless;
        facts.engines[0].certs.registries.clear();
        assert_eq!(only(run(&facts, facts.engines.first())).cause.slug, "tool-reads-other-trust-path");
        facts.engines[0].packaging = Packaging::DockerCe;
        assert_eq!(run(&facts, facts.engines.first()), Verdict::NotApplicable);
    }
}
