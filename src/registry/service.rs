//! One request from its arrival to its answer: faults, access, route, handler, log.

use std::net::SocketAddr;
use std::time::Instant;

use hyper::body::Incoming;
use hyper::header::USER_AGENT;
use hyper::{Method, Request, StatusCode};
use thiserror::Error;

use super::answer::{self, Answer};
use super::call::Call;
use super::fault::{self, Before};
use super::log::{self, Entry};
use super::query::Query;
use super::refusal::Refusal;
use super::route::{Route, route};
use super::state::State;
use super::{blob, manifest, receive, referrer, tag, upload};

/// The connection is to be closed without an answer, because a fault says so.
#[derive(Debug, Error)]
#[error("closed by a fault")]
pub struct ClosedByFault;

pub async fn serve(state: &State, peer: SocketAddr, request: Request<Incoming>) -> Result<Answer, ClosedByFault> {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let method = parts.method;
    let query = Query::parse(parts.uri.query());
    let path = parts.uri.path().to_string();
    let mut call = Call { headers: parts.headers, query, path, body: body.into(), head: method == Method::HEAD };
    let served = answer_call(state, &method, &mut call).await;
    state.log.write(&Entry {
        peer,
        user: served.user.as_deref(),
        method: method.as_str(),
        path: &call.path,
        agent: call.header(&USER_AGENT).unwrap_or_default(),
        outcome: served.outcome,
        took: started.elapsed(),
    });
    served.answer.ok_or(ClosedByFault)
}

struct Served {
    user: Option<String>,
    answer: Option<Answer>,
    /// What the log says about it.
    outcome: String,
}

async fn answer_call(state: &State, method: &Method, call: &mut Call) -> Served {
    let route = route(method, &call.path);
    match fault::before(&state.faults, route.as_ref().ok()) {
        Before::Close => return Served { user: None, answer: None, outcome: "closed (fault)".into() },
        Before::Answer(mut answer) => {
            fault::after(&state.faults, route.as_ref().ok(), &mut answer);
            let outcome = format!("{} (fault)", answer.status().as_u16());
            return Served { user: None, answer: Some(answer), outcome };
        }
        Before::Serve => {}
    }
    let asked = route.as_ref().ok().cloned();
    let (user, result) = match state.access.admit(&call.headers) {
        Err(refusal) => (None, Err(refusal)),
        Ok(user) => match route {
            Err(refusal) => (user, Err(refusal)),
            Ok(route) => (user, handle(state, route, call).await),
        },
    };
    let (mut answer, outcome) = match result {
        Ok(answer) => {
            let status = answer.status().as_u16().to_string();
            (answer, status)
        }
        Err(refusal) => {
            receive::drain(&mut call.body).await;
            (answer::refused(&refusal), refusal_outcome(&refusal))
        }
    };
    fault::after(&state.faults, asked.as_ref(), &mut answer);
    Served { user, answer: Some(answer), outcome }
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
        Route::ReadBlob { repository, digest } => blob::read(state, repository, digest, call).await,
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
        return format!("{} {code} ({})", status.as_u16(), log::chain(refusal));
    }
    format!("{} {code}", status.as_u16())
}
