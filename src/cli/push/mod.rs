//! `regdoctor push`: an image goes to a registry, and is asked for again; a failure is named by its cause.

mod diagnosis;
mod progress;
mod way;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::arguments::{Format, PushOptions};
use super::failure::{Failure, Kind};
use super::screen::Screen;
use super::{Ended, machine};
use crate::client::source::{self, Graph, ImageName, ImageNameError, SourceError};
use crate::client::{Delivered, How, Order, Patience, TransferError};
use crate::host::Live;
use crate::model::entry_point::{self, EntryPoint};
use crate::model::facts::Facts;
use crate::model::observations::Observations;
use crate::report::{self, BlobView, PUSH_SCHEMA, PushReport, sanitize};
use progress::{Board, size};

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
    let graph = match ImageName::parse(&options.image, &Path::exists)? {
        ImageName::File { kind, path, pick } => source::read(kind, &path, &pick)?,
        ImageName::Engine(name) => {
            return Err(Failure::new(Kind::Usage, format!("`{name}` does not say where the image is"))
                .hint("oci:DIR[:TAG], oci-archive:FILE or docker-archive:FILE"));
        }
    };
    let host = machine::live(None)?;
    let (seen, facts) = machine::look(&host);
    let push = Push { options, screen, target, host, seen, facts, began };
    push.deliver(&graph)
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

    fn delivered(&self, graph: &Graph, delivered: &Delivered) -> Ended {
        let report = self.report(graph, Some(delivered));
        self.screen.answer(&match self.options.format {
            Format::Json => report::json(&report),
            Format::Human => told(&self.target, &report, &delivered.blobs),
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
        Ok(Ended::WithProblems)
    }

    fn report(&self, graph: &Graph, delivered: Option<&Delivered>) -> PushReport {
        let hows = delivered.map(|delivered| delivered.blobs.as_slice()).unwrap_or_default();
        let pairs = || graph.blobs.iter().zip(hows);
        let view = |(piece, how): (&source::Piece, &How)| BlobView {
            digest: piece.digest.to_string(),
            size: piece.extent.length(),
            how: word(*how),
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

fn word(how: How) -> &'static str {
    match how {
        How::Present => "present",
        How::Mounted => "mounted",
        How::Sent => "sent",
    }
}

/// The answer in words: what is where, and what that took.
fn told(target: &Target, report: &PushReport, hows: &[How]) -> String {
    let count = |how: How| hows.iter().filter(|one| **one == how).count();
    let mut parts = vec![format!("{} blobs sent ({})", count(How::Sent), size(report.bytes_sent))];
    let others = [(count(How::Present), "there already"), (count(How::Mounted), "taken over")];
    parts.extend(others.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")));
    let platforms =
        if report.platforms.is_empty() { String::new() } else { format!("\n{}", report.platforms.join(", ")) };
    let digest = report.digest.as_deref().unwrap_or_default();
    let seconds = Duration::from_millis(report.duration_ms).as_secs_f64();
    format!("pushed {}\n{digest}{platforms}\n{} in {seconds:.1} s\n", target.shown(), parts.join(", "))
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
    with_sources(failure, first)
}

fn with_sources(mut failure: Failure, error: &dyn std::error::Error) -> Failure {
    let mut source = error.source();
    while let Some(inner) = source {
        failure.causes.push(inner.to_string());
        source = inner.source();
    }
    failure
}

impl From<ImageNameError> for Failure {
    fn from(error: ImageNameError) -> Self {
        Self::new(Kind::Usage, error.to_string()).hint("oci:DIR[:TAG], oci-archive:FILE or docker-archive:FILE")
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let failure = with_sources(Self::new(Kind::Environment, error.to_string()), &error);
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
