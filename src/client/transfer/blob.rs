//! One blob: is it there, can it be taken over from another repository, else it is sent; and where a line was cut, the
//! upload goes on from what the registry has.

use reqwest::header::RANGE;
use reqwest::{Method, Response, Url};

use super::retry::Attempts;
use super::{Event, How, Job, TransferError};
use crate::client::answer::header;
use crate::client::error::{ClientError, Verb};
use crate::client::exchange::{Call, Payload};
use crate::client::portion::{Meter, Portion, Tell};
use crate::client::source::Piece;
use std::sync::Arc;
use std::time::Duration;

/// Below it, a blob goes with the request that ends its upload: one answer less to wait for.
const SMALL: u64 = 256 * 1024;
/// Some registries move all bytes before they answer the last request.
const FINISH_LIMIT: Duration = Duration::from_secs(900);
/// What must be gained so that a failure counts as the first one again.
const GAIN: u64 = 1024 * 1024;

/// An upload that was begun.
struct Upload<'a> {
    job: &'a Job,
    piece: &'a Piece,
    meter: Meter,
    /// Where it goes on; `None` when it has to begin again.
    session: Option<Url>,
    /// How much of it the registry has.
    has: u64,
    /// The chunk that the registry wants at least.
    least: Option<u64>,
    /// Repositories that were not asked yet.
    others: Vec<String>,
}

/// What came of the start of an upload.
enum Started {
    Mounted,
    Begun,
}

impl Job {
    pub(super) async fn has(&self, at: usize) -> Result<bool, TransferError> {
        let piece = self.piece(at)?;
        let path = format!("blobs/{}", piece.digest);
        let mut attempts = Attempts::of(self);
        loop {
            match self.ask(Method::HEAD, Verb::FindLayer, &path, &[200, 404]).await {
                Ok(answer) if answer.status() == 404 => return Ok(false),
                Ok(_) => {
                    self.tell(Event::Ends(at, How::Present));
                    return Ok(true);
                }
                Err(error) => attempts.after(error).await?,
            }
        }
    }

    pub(super) async fn bring(self: Arc<Self>, at: usize) -> Result<How, TransferError> {
        let piece = self.piece(at)?;
        let listener = Arc::clone(&self.listener);
        let tell = Tell(Arc::new(move |sent| listener(Event::Sent(at, sent))));
        self.tell(Event::Begins(at));
        let mut others = self.order.others.clone();
        others.reverse();
        let mut upload =
            Upload { job: &self, piece, meter: Meter::new(tell), session: None, has: 0, least: None, others };
        let (mut attempts, mut best) = (Attempts::of(&self), 0);
        loop {
            match upload.attempt().await {
                Ok(how) => {
                    self.tell(Event::Ends(at, how));
                    return Ok(how);
                }
                Err(error) => {
                    upload.doubt(&error);
                    attempts.after(error).await?;
                    if upload.ask_how_far().await >= best + GAIN {
                        best = upload.has;
                        attempts.gained();
                    }
                }
            }
        }
    }

    /// A request below the repository, without a body.
    async fn ask(&self, method: Method, verb: Verb, path: &str, wanted: &[u16]) -> Result<Response, ClientError> {
        let call = self.exchange.call(method, verb, &self.order.repository, path)?;
        self.exchange.send(call, wanted).await
    }
}

impl Upload<'_> {
    async fn attempt(&mut self) -> Result<How, ClientError> {
        if self.session.is_none()
            && let Started::Mounted = self.start().await?
        {
            return Ok(How::Mounted);
        }
        let size = self.piece.extent.length();
        if self.has > 0 || size > SMALL {
            while self.has < size {
                self.patch().await?;
            }
        }
        self.finish().await?;
        Ok(How::Sent)
    }

    /// `POST`; a mount that is not possible begins an upload instead.
    async fn start(&mut self) -> Result<Started, ClientError> {
        self.has = 0;
        while let Some(other) = self.others.pop() {
            let query = [("mount", self.piece.digest.as_str()), ("from", &other)];
            match self.begin(Verb::TakeLayer, &query).await {
                Ok(answer) if answer.status() == 201 => return Ok(Started::Mounted),
                Ok(answer) => {
                    self.follow(&answer, Verb::TakeLayer)?;
                    return Ok(Started::Begun);
                }
                // Whoever refuses a mount may still take the bytes.
                Err(ClientError::Refused { .. } | ClientError::SignInNeeded { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let answer = self.begin(Verb::StartUpload, &[]).await?;
        self.least = header(answer.headers(), "oci-chunk-min-length").and_then(|text| text.parse().ok());
        self.follow(&answer, Verb::StartUpload)?;
        Ok(Started::Begun)
    }

    async fn begin(&self, verb: Verb, query: &[(&str, &str)]) -> Result<Response, ClientError> {
        let exchange = &self.job.exchange;
        let mut call = exchange.call(Method::POST, verb, &self.job.order.repository, "blobs/uploads/")?;
        if !query.is_empty() {
            call.url.query_pairs_mut().extend_pairs(query);
        }
        exchange.send(call, if query.is_empty() { &[202] } else { &[201, 202] }).await
    }

    /// Everything that is left, or one chunk of it.
    async fn patch(&mut self) -> Result<(), ClientError> {
        let left = self.piece.extent.length() - self.has;
        let chunk = self.job.order.chunk.map(|chunk| chunk.max(self.least.unwrap_or(0)).max(1));
        let length = chunk.map_or(left, |chunk| chunk.min(left));
        let announced = self.has > 0 || length < left;
        let call = self.call(Method::PATCH, Payload::Portion(self.portion(length, announced)))?;
        let answer = self.job.exchange.send(call, &[202, 204]).await?;
        self.follow(&answer, Verb::PushLayer)?;
        // A registry that says how far it is knows better.
        let sent = self.has + length;
        self.has = received(&answer).filter(|has| *has <= sent && *has > self.has).unwrap_or(sent);
        Ok(())
    }

    /// `PUT` with the digest, and with all bytes of a small blob.
    async fn finish(&mut self) -> Result<(), ClientError> {
        let left = self.piece.extent.length() - self.has;
        let body = if left > 0 { Payload::Portion(self.portion(left, false)) } else { Payload::Nothing };
        let mut call = self.call(Method::PUT, body)?;
        call.url.query_pairs_mut().append_pair("digest", self.piece.digest.as_str());
        call.limit = FINISH_LIMIT;
        self.job.exchange.send(call, &[201, 204]).await.map(|_| ())
    }

    fn portion(&self, length: u64, announced: bool) -> Portion {
        Portion {
            extent: self.piece.extent.clone(),
            from: self.has,
            length,
            announced,
            meter: self.meter.clone(),
            patience: self.job.order.patience.stall,
        }
    }

    fn call(&self, method: Method, body: Payload) -> Result<Call, ClientError> {
        let doing = self.job.exchange.doing(Verb::PushLayer, &self.job.order.repository);
        let reason = "the upload has no address";
        let url = self.session.clone();
        let url = url.ok_or_else(|| ClientError::Malformed { doing: doing.clone(), reason })?;
        Ok(Call { method, body, ..Call::get(doing, url) })
    }

    fn follow(&mut self, answer: &Response, verb: Verb) -> Result<(), ClientError> {
        let doing = self.job.exchange.doing(verb, &self.job.order.repository);
        self.session = Some(self.job.exchange.location(answer, &doing)?);
        Ok(())
    }

    /// What the registry said no to begins again; what broke off may go on.
    fn doubt(&mut self, error: &ClientError) {
        if matches!(error, ClientError::Refused { status: 400..=499, .. }) {
            self.session = None;
        }
    }

    /// Asks the registry how much of an upload that broke off it has. Without an answer it begins again: that always works.
    async fn ask_how_far(&mut self) -> u64 {
        let asked = match self.call(Method::GET, Payload::Nothing) {
            Ok(call) => self.job.exchange.send(call, &[204]).await,
            Err(error) => Err(error),
        };
        let size = self.piece.extent.length();
        // One byte and none are told in the same way, so a single one is not relied on.
        let has = asked.as_ref().ok().and_then(received).filter(|has| *has > 1 && *has <= size);
        if let (Some(has), Ok(answer)) = (has, asked) {
            self.has = has;
            // Not every registry moves the address.
            let moved = self.job.exchange.location(&answer, &self.job.exchange.doing(Verb::PushLayer, ""));
            self.session = moved.ok().or(self.session.take());
        } else {
            (self.session, self.has) = (None, 0);
        }
        self.has
    }
}

/// `Range: 0-499` for 500 bytes.
fn received(answer: &Response) -> Option<u64> {
    let range = header(answer.headers(), RANGE.as_str())?;
    let (first, last) = range.trim_start_matches("bytes").trim_start_matches(['=', ' ']).split_once('-')?;
    let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first == 0).then_some(last.checked_add(1)?)
}
