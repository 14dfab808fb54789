//! Wrong on purpose: what a started registry does wrong, so that a check can be shown to recognise it.
//!
//! Wrong certificates are not here: they are issued wrong (`cert::issue`) and served as they are.

use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderName, LOCATION};

use super::answer::{self, Answer};
use super::route::Route;

/// One thing to do wrong, for as long as the registry runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// `/v2/` answers this, whoever asks; without a challenge, also when the status is 401.
    BaseStatus { status: u16, body: String },
    /// `/v2/` answers with this header as well: a challenge that leads nowhere, a redirect.
    BaseHeader { name: String, value: String },
    /// Every request is read, and then the connection is closed.
    CloseBeforeAnswer,
    /// The address of an upload gets this in front: `http://other:1`, `/prefix`.
    UploadLocation { prefix: String },
}

/// What is left of a request after the faults have had their say.
#[derive(Debug)]
pub enum Before {
    Serve,
    Answer(Answer),
    Close,
}

/// What happens instead of serving the route, if anything.
pub fn before(faults: &[Fault], route: Option<&Route>) -> Before {
    if faults.contains(&Fault::CloseBeforeAnswer) {
        return Before::Close;
    }
    let status = faults.iter().find_map(|fault| match fault {
        Fault::BaseStatus { status, body } if route == Some(&Route::Base) => Some((*status, body)),
        _ => None,
    });
    let Some((status, body)) = status else { return Before::Serve };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut wrong = answer::with_body(status, body.clone());
    answer::set(&mut wrong, CONTENT_TYPE, media_type(body));
    Before::Answer(wrong)
}

/// Bends the answer that is about to be sent.
pub fn after(faults: &[Fault], route: Option<&Route>, answer: &mut Answer) {
    for fault in faults {
        match fault {
            Fault::BaseHeader { name, value } if route == Some(&Route::Base) => {
                if let Ok(name) = HeaderName::try_from(name) {
                    answer::set(answer, name, value);
                }
            }
            Fault::UploadLocation { prefix } => move_upload(prefix, answer),
            _ => {}
        }
    }
}

fn move_upload(prefix: &str, answer: &mut Answer) {
    let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    if let Some(moved) = location.filter(|path| path.contains("/blobs/uploads/")).map(|path| format!("{prefix}{path}"))
    {
        answer::set(answer, LOCATION, &moved);
    }
}

fn media_type(body: &str) -> &'static str {
    match body.trim_start().bytes().next() {
        Some(b'<') => "text/html",
        Some(b'{') => "application/json",
        _ => "text/plain; charset=utf-8",
    }
}
