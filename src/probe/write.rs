//! An image that is really pushed, in both ways in which Docker sends layers, and removed again.
//!
//! Its layers are larger than the 1 MiB that nginx lets through by default and the 2 MiB of other front ends.

use aws_lc_rs::rand;
use bytes::Bytes;
use hyper::Method;
use reqwest::Url;

use super::auth::Asker;
use super::deadline::Deadline;
use super::http::{Question, Sent};
use super::journey::Journey;
use super::manifest::digest_of;
use super::sign_in::{Permit, proof};
use super::talk::Talk;
use super::tls::Proof;
use super::token::basic;
use super::visit::{is_same_server, path_of, shown, to_keep};
use super::{Limits, Target};
use crate::cert::Clearance;
use crate::model::secret::Secret;
use crate::model::trace::{Http, Layer, Trace, Write, WriteStep};

const LAYER: usize = 2_621_440;
const SCHEMA_2: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// What may be pushed, and where to.
#[derive(Debug)]
pub struct Push<'a> {
    pub tag: &'a str,
    pub registry: &'a Clearance,
    /// The login, where there is one.
    pub permit: Option<&'a Permit<'a>>,
}

/// Pushes, looks, and removes; what came of it is added to the trace.
pub async fn push(target: &Target, limits: &Limits, trace: &mut Trace, push: &Push<'_>) {
    let journey = Journey { target, limits, deadline: Deadline::start(limits.total) };
    let Some(repository) = target.repository.as_deref() else { return };
    let Some((route, _)) = Box::pin(journey.again(trace, push.registry)).await else {
        trace.write = Layer::skipped("there was no answer from the registry");
        return;
    };
    let talk = Talk { journey: &journey, route: &route };
    let writing = async {
        let key = Box::pin(talk.key_to_push(repository, trace, push)).await;
        let mut pen = Pen { talk, repository, key, write: Write::begin(repository, push.tag), next: None };
        Box::pin(pen.run()).await;
        pen.write
    };
    let write = journey.deadline.layer(writing).await;
    trace.write = write;
    trace.took_ms += journey.deadline.elapsed_ms();
}

impl Talk<'_> {
    async fn key_to_push(&self, repository: &str, trace: &Trace, push: &Push<'_>) -> Option<Secret> {
        let auth = trace.auth.seen()?;
        let Some(bearer) = auth.challenge("bearer") else { return basic(push.permit?.credential) };
        let permit = push.permit.and_then(|permit| Some((permit.credential, permit.token_server?)));
        let (login, proof) = match permit {
            Some((credential, clearance)) => (Some(credential), proof(clearance)),
            None => (None, Proof::Nothing),
        };
        Asker { journey: self.journey, bearer, login, proof }.ask(repository, &["push", "pull"]).await.key
    }
}

impl Write {
    fn begin(repository: &str, tag: &str) -> Self {
        Self { repository: repository.into(), tag: tag.into(), steps: Vec::new(), left_behind: None }
    }
}

/// One push, step by step; the first step that fails ends it.
struct Pen<'a> {
    talk: Talk<'a>,
    repository: &'a str,
    key: Option<Secret>,
    write: Write,
    /// The address that the last answer gave, whole.
    next: Option<String>,
}

impl Pen<'_> {
    async fn run(&mut self) {
        let mut noise = vec![0; LAYER];
        // What cannot be compressed is pushed as large as it is; without randomness it is only less unique.
        let _ = rand::fill(&mut noise);
        let first = Bytes::from(noise);
        let second = Bytes::from([self.write.tag.as_bytes(), &first].concat());
        let config = Bytes::from(format!(r#"{{"architecture":"amd64","os":"linux","comment":"{}"}}"#, self.write.tag));
        let blobs = [first.clone(), second.clone(), config.clone()].map(|bytes| digest_of(&bytes));
        // The classic store sends pieces of unknown number, containerd the whole at once.
        let pushed = self.in_pieces(&first).await && self.at_once(&second).await && self.at_once(&config).await;
        let manifest = pushed.then(|| manifest(&blobs, &[first.len(), second.len(), config.len()]));
        let mut kept = None;
        if let Some(manifest) = manifest {
            let path = format!("manifests/{}", self.write.tag);
            let put = self.question(Method::PUT, &path, Sent::Whole(manifest.clone()), SCHEMA_2);
            if self.step("the manifest", manifest.len(), put).await.is_some_and(|status| status == 201) {
                let mut head = self.question(Method::HEAD, &path, Sent::Nothing, "");
                // Without it distribution 2.8 makes schema 1 of the image, and 400 where it cannot.
                head.headers.push(("accept", SCHEMA_2.into()));
                self.step("asking for it again", 0, head).await;
                kept = Some(digest_of(&manifest));
            }
        }
        self.remove(kept, &blobs).await;
    }

    async fn in_pieces(&mut self, bytes: &Bytes) -> bool {
        let Some(url) = self.start().await else { return false };
        let patch = Question {
            headers: vec![("content-type", "application/octet-stream".into())],
            body: Sent::Chunked(bytes.clone()),
            ..Question::new(Method::PATCH, path_of(&url)).with(self.key.clone())
        };
        let Some(202) = self.step("a layer in pieces, without its length (PATCH)", bytes.len(), patch).await else {
            return false;
        };
        let next = self.location().unwrap_or(url);
        let put = Question::new(Method::PUT, with_digest(&next, &digest_of(bytes)));
        let put = Question { body: Sent::Whole(Bytes::new()), ..put.with(self.key.clone()) };
        self.step("the end of that layer (PUT)", 0, put).await == Some(201)
    }

    async fn at_once(&mut self, bytes: &Bytes) -> bool {
        let Some(url) = self.start().await else { return false };
        let put = Question {
            headers: vec![("content-type", "application/octet-stream".into())],
            body: Sent::Whole(bytes.clone()),
            ..Question::new(Method::PUT, with_digest(&url, &digest_of(bytes))).with(self.key.clone())
        };
        self.step("a layer at once (PUT)", bytes.len(), put).await == Some(201)
    }

    /// Begins an upload; where its address is another server, nothing is sent there.
    async fn start(&mut self) -> Option<Url> {
        let post = self.question(Method::POST, "blobs/uploads/", Sent::Nothing, "");
        let status = self.step("the start of an upload (POST)", 0, post).await?;
        let url = self.location().filter(|_| status == 202)?;
        let own = self.talk.url("/")?;
        if is_same_server(&own, &url) {
            return Some(url);
        }
        self.write.left_behind = Some(format!("an upload that leads to {} was not followed", shown(&url)));
        None
    }

    /// The address that the last answer gave.
    fn location(&self) -> Option<Url> {
        let base = self.talk.url(&format!("/v2/{}/blobs/uploads/", self.repository))?;
        base.join(self.next.as_deref()?).ok()
    }

    fn question(&self, method: Method, rest: &str, body: Sent, media: &str) -> Question {
        let path = format!("/v2/{}/{rest}", self.repository);
        let headers = if media.is_empty() { Vec::new() } else { vec![("content-type", media.to_string())] };
        Question { headers, body, ..Question::new(method, path).with(self.key.clone()) }
    }

    async fn step(&mut self, what: &str, bytes: usize, question: Question) -> Option<u16> {
        let asked = async { self.talk.ask(&question).await.http };
        let mut http = self.talk.journey.deadline.layer(asked).await;
        let status = http.status();
        self.next = http.answer().and_then(|(_, answer)| answer.header("location")).map(str::to_string);
        if let Layer::Reached { seen, .. } = &mut http {
            *seen = to_keep(seen.clone());
        }
        self.write.steps.push(WriteStep { what: what.into(), bytes: bytes as u64, http });
        status
    }

    /// The manifest first; many registries remove blobs by themselves, and some remove nothing.
    async fn remove(&mut self, manifest: Option<String>, blobs: &[String]) {
        let Some(manifest) = manifest else { return };
        let removed = |http: &Http| http.status().is_some_and(|status| (200..300).contains(&status) || status == 404);
        let question = self.question(Method::DELETE, &format!("manifests/{manifest}"), Sent::Nothing, "");
        let answer = self.talk.ask(&question).await.http;
        if !removed(&answer) {
            let status = answer.status().map_or_else(|| "no answer".to_string(), |status| status.to_string());
            let place = format!("{}:{}", self.repository, self.write.tag);
            self.write.left_behind = Some(format!("{place}, because the registry answers its removal with {status}"));
            return;
        }
        for blob in blobs {
            let question = self.question(Method::DELETE, &format!("blobs/{blob}"), Sent::Nothing, "");
            self.talk.ask(&question).await;
        }
    }
}

fn manifest(blobs: &[String; 3], sizes: &[usize; 3]) -> Bytes {
    let layer = |at: usize| {
        let (digest, size) = (&blobs.get(at), sizes.get(at).copied().unwrap_or_default());
        serde_json::json!({"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": size, "digest": digest})
    };
    let config = serde_json::json!({
        "mediaType": "application/vnd.docker.container.image.v1+json", "size": sizes[2], "digest": blobs[2]
    });
    let layers = [layer(0), layer(1)];
    let all = serde_json::json!({"schemaVersion": 2, "mediaType": SCHEMA_2, "config": config, "layers": layers});
    Bytes::from(all.to_string())
}

fn with_digest(url: &Url, digest: &str) -> String {
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("digest", digest);
    path_of(&url)
}
