//! One request from its arrival to its answer: faults, access, route, handler, log.

use std::time::Instant;

use hyper::header::{HOST, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode, Uri};
use thiserror::Error;

use super::access::{Admitted, Mount, TOKEN_PATH, Wish};
use super::answer::{self, Answer};
use super::call::Call;
use super::connection::Client;
use super::fault::outgoing::{Outgoing, Tamper};
use super::fault::reply::{Here, Reply};
use super::fault::{Acting, Asked, TokenFault};
use super::incoming::Incoming;
use super::log::{Entry, Record};
use super::query::Query;
use super::refusal::Refusal;
use super::route::{Route, route};
use super::seats::Busy;
use super::state::State;
use super::{blob, manifest, receive, referrer, tag, upload};
use crate::model::printable::chain;

/// The connection is to be closed without an answer, because a fault says so.
#[derive(Debug, Error)]
#[error("closed by a fault")]
pub struct ClosedByFault;

/// `busy` holds the connection until the answer is sent.
pub async fn serve(
    state: &State,
    client: &Client,
    busy: Busy,
    request: Request<impl Into<Incoming>>,
) -> Result<Response<Outgoing>, ClosedByFault> {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let (method, query) = (parts.method, Query::parse(parts.uri.query()));
    let path = parts.uri.path().to_string();
    let head = method == Method::HEAD;
    let mut call = Call { headers: parts.headers, query, path, body: body.into(), head, mount: Mount::Nowhere };
    let here = here(state, client, &call, &parts.uri);
    let served = answer_call(state, client, &here, &method, &mut call).await;
    let entry = Entry {
        user: served.user.or_else(|| client.name.clone()),
        method: method.to_string(),
        agent: call.header(&USER_AGENT).unwrap_or_default().to_string(),
        path: call.path,
        outcome: served.outcome,
        faults: served.faults,
        received: call.body.received(),
        ..Entry::of_connection(client.peer)
    };
    let length = served.answer.as_ref().filter(|_| !call.head).and_then(answer::announced_length);
    let record = Record::begin(&state.log, entry, started, length);
    let answer = served.answer.ok_or(ClosedByFault)?;
    let (answer, tamper) =
        if call.head { (answer::without_body(answer), served.tamper.without_body()) } else { (answer, served.tamper) };
    Ok(answer.map(|body| Outgoing::new(body, tamper, record, busy)))
}

#[derive(Default)]
struct Served {
    user: Option<String>,
    answer: Option<Answer>,
    tamper: Tamper,
    /// What the log says about it.
    outcome: String,
    faults: Vec<&'static str>,
}

async fn answer_call(state: &State, client: &Client, here: &Here, method: &Method, call: &mut Call) -> Served {
    let route = route(method, &call.path);
    let (headers, query, path) = (&call.headers, &call.query, call.path.as_str());
    let asked = Asked { method, path, route: route.as_ref().ok(), headers, query };
    let mut acting = Acting::new(state.faults.on_request(&asked));
    let mut served = if let Some(reply) = acting.reply(call).await {
        replied(reply, here, call).await
    } else {
        let asking = Asking { state, client, here, method, tokens: acting.tokens() };
        match asking.admitted(route, call).await {
            (_, Err(Refusal::CutByFault)) => match acting.reply_late().await {
                Some(reply) => replied(reply, here, call).await,
                None => Served::default(),
            },
            (user, result) => answered(user, result, call).await,
        }
    };
    if let Some(answer) = &mut served.answer {
        let tamper = acting.bend(answer, here, client.wire.as_ref());
        if !matches!(tamper, Tamper::None) {
            served.tamper = tamper;
        }
    }
    Served { faults: acting.into_names(), ..served }
}

/// A request that no fault answered.
struct Asking<'a> {
    state: &'a State,
    client: &'a Client,
    here: &'a Here,
    method: &'a Method,
    tokens: Option<&'a TokenFault>,
}

impl Asking<'_> {
    /// The user, and what the registry itself says.
    async fn admitted(
        &self,
        route: Result<Route, Refusal>,
        call: &mut Call,
    ) -> (Option<String>, Result<Answer, Refusal>) {
        let gate = &self.state.access;
        if call.path == TOKEN_PATH && gate.has_tokens() {
            return match gate.token(self.method, call, self.tokens).await {
                Ok((user, answer)) => (user, Ok(answer)),
                Err(refusal) => (None, Err(refusal)),
            };
        }
        let mount_from = call.query.value("mount").and(call.query.value("from"));
        let wish = Wish { method: self.method, headers: &call.headers, route: route.as_ref().ok(), mount_from };
        match gate.admit(&wish, self.here, self.client.name.as_deref(), self.tokens).await {
            Err(refusal) => (None, Err(refusal)),
            Ok(Admitted { user, mount }) => {
                call.mount = mount;
                match route {
                    Err(refusal) => (user, Err(refusal)),
                    Ok(route) => (user, handle(self.state, route, call).await),
                }
            }
        }
    }
}

async fn answered(user: Option<String>, result: Result<Answer, Refusal>, call: &mut Call) -> Served {
    match result {
        Ok(answer) => {
            let outcome = answer.status().as_u16().to_string();
            Served { user, answer: Some(answer), outcome, ..Served::default() }
        }
        Err(refusal) => {
            receive::drain(&mut call.body).await;
            let (answer, outcome) = (answer::refused(&refusal), refusal_outcome(&refusal));
            Served { user, answer: Some(answer), outcome, ..Served::default() }
        }
    }
}

async fn replied(reply: &Reply, here: &Here, call: &mut Call) -> Served {
    match reply.answer(here) {
        None => Served { outcome: "closed".into(), ..Served::default() },
        Some((answer, tamper)) => {
            receive::drain(&mut call.body).await;
            let outcome = answer.status().as_u16().to_string();
            Served { answer: Some(answer), tamper, outcome, ..Served::default() }
        }
    }
}

/// How the client addresses this registry.
fn here(state: &State, client: &Client, call: &Call, uri: &Uri) -> Here {
    let authority = uri.authority().map(ToString::to_string);
    let authority = authority.or_else(|| call.header(&HOST).map(str::to_string)).unwrap_or_default();
    Here { tls: client.tls, authority, path: call.path.clone(), elsewhere: state.elsewhere.clone() }
}

async fn handle(state: &State, route: Route, call: &mut Call) -> Result<Answer, Refusal> {
    match route {
        Route::Base => Ok(answer::json(StatusCode::OK, "{}".into())),
        Route::Catalog => tag::catalog(state, call).await,
        Route::ListTags { repository } => tag::list(state, &repository, call),
        Route::ListReferrers { repository, subject } => referrer::list(state, repository, subject, call).await,
        Route::ReadManifest { repository, reference } => manifest::read(state, &repository, &reference, call),
        Route::PutManifest { repository, reference } => manifest::put(state, repository, reference, call).await,
        Route::DeleteManifest { repository, reference } => manifest::delete(state, repository, reference).await,
        Route::ReadBlob { repository, digest } => blob::read(state, &repository, digest, call),
        Route::DeleteBlob { repository, digest } => blob::delete(state, repository, digest).await,
        Route::StartUpload { repository } => upload::start(state, repository, call).await,
        Route::UploadStatus { repository, id } => upload::status(state, &repository, &id).await,
        Route::AppendUpload { repository, id } => upload::append(state, &repository, &id, call).await,
        Route::FinishUpload { repository, id } => upload::finish(state, repository, &id, call).await,
        Route::CancelUpload { repository, id } => upload::cancel(state, &repository, &id).await,
    }
}

fn refusal_outcome(refusal: &Refusal) -> String {
    let (status, code) = (refusal.status(), refusal.code());
    // Of a full disk or a folder that cannot be written, whoever runs the registry must hear as well.
    if status.is_server_error() || matches!(refusal, Refusal::Store(_)) {
        return format!("{} {code} ({})", status.as_u16(), chain(refusal));
    }
    format!("{} {code}", status.as_u16())
}
