//! `regdoctor push`: an image goes to a registry, and is asked for again; a failure is named by its cause.

mod diagnosis;
mod engine;
mod progress;
mod socket;
mod told;
mod way;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::arguments::{ChangeOptions, Format, PushOptions, TrustOptions};
use super::check::OfHost;
use super::failure::{Failure, Kind};
use super::screen::Screen;
use super::{Ended, machine, trust};
use crate::client::source::{self, Graph, ImageName, ImageNameError, SourceError};
use crate::client::{Delivered, Digest, How, Order, Patience, TransferError};
use crate::host::Live;
use crate::model::entry_point::{self, EntryPoint};
use crate::model::facts::Facts;
use crate::model::observations::Observations;
use crate::report::{self, BlobView, PUSH_SCHEMA, PushReport, Report, sanitize};
use progress::Board;
use socket::Socket;

/// Where an image goes.
#[derive(Debug, Clone)]
struct Target {
    registry: EntryPoint,
    repository: String,
    tag: String,
}

/// A push on its way.
struct Push<'a> {
    options: &'a PushOptions,
    screen: &'a Screen,
    target: Target,
    host: Live,
    seen: Observations,
    facts: Facts,
    began: Instant,
}

pub fn run(options: &PushOptions, screen: &Screen) -> Result<Ended, Failure> {
    let began = Instant::now();
    let target = target(options, screen)?;
    let image = ImageName::parse(&options.image, &Path::exists)?;
    let ended = if options.trust { trusted(options, &target, screen)? } else { Ended::Well };
    if ended != Ended::Well {
        return Ok(ended);
    }
    let host = machine::live(None)?;
    let (seen, facts) = machine::look(&host);
    let push = Push { options, screen, target, host, seen, facts, began };
    match image {
        ImageName::File { kind, path, pick } => push.deliver(&source::read(kind, &path, &pick)?),
        ImageName::Engine(name) => push.through_engine(&name),
    }
}

/// `trust` first, with what was said here.
fn trusted(options: &PushOptions, target: &Target, screen: &Screen) -> Result<Ended, Failure> {
    if options.format == Format::Json {
        return Err(Failure::new(Kind::Usage, "--trust answers in words, and --format json is for a push alone")
            .hint(format!("regdoctor trust {} --yes, then this without --trust", target.registry)));
    }
    let change = ChangeOptions {
        dry_run: false,
        check: false,
        format: Format::Human,
        yes: options.yes,
        root: None,
        timeout: 60,
    };
    let trust = TrustOptions {
        entry_point: target.registry.to_string(),
        ca: options.ca.clone(),
        fingerprint: None,
        insecure: options.insecure,
        client_cert: None,
        client_key: None,
        system_store: false,
        place: None,
        no_reload: false,
        force: false,
        prove: false,
        change,
    };
    trust::run(&trust, screen)
}

fn target(options: &PushOptions, screen: &Screen) -> Result<Target, Failure> {
    let pasted = entry_point::parse(&options.target)?;
    for dropped in &pasted.dropped {
        screen.say(&format!("left out `{dropped}`: not part of an entry point"));
    }
    let without = || {
        Failure::new(Kind::Usage, format!("`{}` names no repository", options.target))
            .hint(format!("regdoctor push {} {}/REPOSITORY", options.image, pasted.entry_point))
    };
    let repository = pasted.repository.clone().ok_or_else(without)?;
    let tag = pasted.reference.unwrap_or_else(|| "latest".into());
    if tag.contains(':') {
        return Err(Failure::new(Kind::Usage, format!("`{tag}` is no tag: the digest is that of the image"))
            .hint(format!("regdoctor push {} {}/{repository}:TAG", options.image, pasted.entry_point)));
    }
    Ok(Target { registry: pasted.entry_point, repository, tag })
}

impl Target {
    fn shown(&self) -> String {
        format!("{}/{}:{}", self.registry, self.repository, self.tag)
    }
}

impl Push<'_> {
    fn deliver(&self, graph: &Graph) -> Result<Ended, Failure> {
        let client = match way::client(self)? {
            Ok(client) => client,
            Err(error) => return self.failed(graph, &TransferError::from(error)),
        };
        let order = Order {
            repository: self.target.repository.clone(),
            tag: self.target.tag.clone(),
            others: self.options.mount_from.clone(),
            jobs: usize::from(self.options.jobs),
            chunk: self.options.chunk.map(|mib| u64::from(mib) * 1024 * 1024),
            patience: Patience::default(),
        };
        let board = Arc::new(Board::new(graph, self.screen.is_watched()));
        let hears = Arc::clone(&board);
        let outcome = client.deliver(graph.clone(), order, Arc::new(move |event| hears.hear(&event)));
        board.clear();
        match outcome {
            Ok(delivered) => Ok(self.delivered(graph, &delivered)),
            Err(error) => self.failed(graph, &error),
        }
    }

    /// The engine pushes, and the registry is asked whether it has what the engine says.
    fn through_engine(&self, image: &str) -> Result<Ended, Failure> {
        let socket = socket::find(&self.host, &self.facts)?;
        let nothing = Graph { manifests: Vec::new(), blobs: Vec::new(), platforms: Vec::new() };
        let digest = match engine::Run::new(self, socket.clone()).go(image) {
            engine::Outcome::Interrupted => return Ok(Ended::Interrupted),
            engine::Outcome::Refused(why) => return Ok(self.refused(&nothing, &socket, &why)),
            engine::Outcome::Pushed(digest) => digest,
        };
        let Target { repository, tag, .. } = &self.target;
        let client = way::client(self)?;
        let found = client.and_then(|client| client.manifest_digest(repository, tag));
        match (found, digest) {
            (Err(error), _) => self.failed(&nothing, &TransferError::from(error)),
            (Ok(Some(found)), said) if said.as_deref().is_none_or(|said| said == found.as_str()) => {
                let delivered = Delivered { digest: found, blobs: Vec::new() };
                Ok(self.delivered(&nothing, &delivered))
            }
            (Ok(found), said) => {
                let sent = said.and_then(|said| Digest::parse(&said));
                let shown = |digest: Option<Digest>| digest.map_or_else(|| "nothing".into(), |one| one.to_string());
                let place = self.target.shown();
                Err(Failure::new(Kind::Environment, format!("the registry has {} under {place}", shown(found)))
                    .because(format!("{} says that it pushed {}", socket.title, shown(sent))))
            }
        }
    }

    /// What the engine said, and what `check` says about it.
    fn refused(&self, graph: &Graph, socket: &Socket, why: &str) -> Ended {
        let failure = Failure::new(Kind::Environment, format!("{} could not: {why}", socket.title));
        let found = diagnosis::look(self, OfHost::Faults, None);
        let cause = diagnosis::root(&found).or_else(|| diagnosis::of_words(why));
        self.tell_failure(graph, failure, found, cause);
        Ended::WithProblems
    }

    fn delivered(&self, graph: &Graph, delivered: &Delivered) -> Ended {
        let report = self.report(graph, Some(delivered));
        self.screen.answer(&match self.options.format {
            Format::Json => report::json(&report),
            Format::Human => told::words(&self.target, &report, &delivered.blobs),
        });
        Ended::Well
    }

    fn failed(&self, graph: &Graph, error: &TransferError) -> Result<Ended, Failure> {
        let failure = described(error);
        if !is_of_registry(error) {
            return Err(failure);
        }
        let found = diagnosis::diagnose(self, graph, error);
        let cause = diagnosis::cause(&found, error, &self.target.registry);
        self.tell_failure(graph, failure, found, cause);
        Ok(Ended::WithProblems)
    }

    fn tell_failure(&self, graph: &Graph, failure: Failure, found: Report, cause: Option<&'static str>) {
        if self.options.format == Format::Json {
            let errors = std::iter::once(&failure.what).chain(&failure.causes).map(|text| sanitize(text)).collect();
            let report = PushReport { errors, cause, report: Some(found), ..self.report(graph, None) };
            self.screen.answer(&report::json(&report));
        } else {
            self.screen.answer(&report::human(&found, self.screen.style()));
        }
        let Target { registry, repository, .. } = &self.target;
        let look = || format!("regdoctor check {registry}/{repository} --push");
        let named = |cause| format!("the cause is {cause}; more: regdoctor explain {cause}");
        let hint = cause.map_or_else(look, named);
        self.screen.failure(&failure.hint(hint));
    }

    fn report(&self, graph: &Graph, delivered: Option<&Delivered>) -> PushReport {
        let hows = delivered.map(|delivered| delivered.blobs.as_slice()).unwrap_or_default();
        let pairs = || graph.blobs.iter().zip(hows);
        let view = |(piece, how): (&source::Piece, &How)| BlobView {
            digest: piece.digest.to_string(),
            size: piece.extent.length(),
            how: told::how(*how),
        };
        let sent = pairs().filter(|(_, how)| **how == How::Sent).map(|(piece, _)| piece.extent.length());
        PushReport {
            schema: PUSH_SCHEMA,
            image: sanitize(&self.options.image),
            registry: self.target.registry.to_string(),
            repository: self.target.repository.clone(),
            tag: self.target.tag.clone(),
            pushed: delivered.is_some(),
            digest: delivered.map(|delivered| delivered.digest.to_string()),
            platforms: graph.platforms.clone(),
            blobs: pairs().map(view).collect(),
            bytes_sent: sent.sum(),
            duration_ms: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            errors: Vec::new(),
            cause: None,
            report: None,
        }
    }
}

/// Whether the registry, or the way there, had a part in it.
fn is_of_registry(error: &TransferError) -> bool {
    matches!(error, TransferError::Failed { .. } | TransferError::NotThere { .. })
}

fn described(error: &TransferError) -> Failure {
    let failure = Failure::new(Kind::Environment, error.to_string());
    let first: &dyn std::error::Error = match error {
        TransferError::Failed { first, .. } => first.as_ref(),
        other => other,
    };
    failure.caused_as(first)
}

impl From<ImageNameError> for Failure {
    fn from(error: ImageNameError) -> Self {
        Self::new(Kind::Usage, error.to_string()).hint("oci:DIR[:TAG], oci-archive:FILE or docker-archive:FILE")
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let failure = Self::new(Kind::Environment, error.to_string()).caused_as(&error);
        match error {
            SourceError::Several { names, .. } => {
                failure.hint(format!("name one behind a colon: …:{}", names.first().map_or("TAG", String::as_str)))
            }
            SourceError::Altered { .. } | SourceError::Size { .. } | SourceError::Lacks { .. } => {
                failure.hint("nothing was sent; make the image again, or copy it again")
            }
            _ => failure,
        }
    }
}
