//! The faults of a started registry: which of them act on this connection, on this request.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderMap, RANGE};

use super::Fault;
use super::act::{Act, On};
use super::limits::Limits;
use crate::registry::access::TOKEN_PATH;
use crate::registry::query::Query;
use crate::registry::route::Route;

/// All faults, with how often each could have acted.
#[derive(Debug, Default)]
pub struct Faults {
    active: Vec<Active>,
    /// The digests that were pushed since the start, where a fault asks for them.
    pushed: Mutex<HashSet<String>>,
}

/// One act of a fault.
#[derive(Debug)]
pub struct Active {
    act: Act,
    name: &'static str,
    limits: Limits,
    seen: AtomicU64,
}

/// What is known of a request before it is served.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub method: &'a Method,
    pub path: &'a str,
    pub route: Option<&'a Route>,
    pub headers: &'a HeaderMap,
    pub query: &'a Query,
}

impl Faults {
    pub fn new(faults: &[Fault]) -> Self {
        let active = |fault: &Fault| {
            let (name, limits) = (fault.name(), fault.limits.clone());
            let acts = fault.acts().iter().cloned();
            acts.map(|act| Active { act, name, limits: limits.clone(), seen: AtomicU64::new(0) }).collect::<Vec<_>>()
        };
        Self { active: faults.iter().flat_map(active).collect(), pushed: Mutex::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    pub fn acts(&self) -> impl Iterator<Item = &Act> {
        self.active.iter().map(Active::act)
    }

    /// Those that act on a connection that was just opened.
    pub fn on_connection(&self) -> Vec<&Active> {
        self.active.iter().filter(|one| !one.act().is_of_requests() && one.acts()).collect()
    }

    /// Those that act on this request.
    pub fn on_request(&self, asked: &Asked<'_>) -> Vec<&Active> {
        let kept = self.is_pushed(asked);
        let concerned =
            |one: &&Active| one.concerns(asked) && !(kept && one.on() == Some(On::ReadOldBlob)) && one.acts();
        self.active.iter().filter(concerned).collect()
    }

    /// Whether the blob that is asked for was pushed since the start; a blob that is being pushed is remembered.
    fn is_pushed(&self, asked: &Asked<'_>) -> bool {
        if !self.active.iter().any(|one| one.on() == Some(On::ReadOldBlob)) {
            return false;
        }
        let mut pushed = self.pushed.lock().unwrap_or_else(PoisonError::into_inner);
        match asked.route {
            Some(Route::StartUpload { .. } | Route::FinishUpload { .. }) => {
                pushed.extend(asked.query.value("digest").map(str::to_string));
                false
            }
            Some(Route::ReadBlob { digest, .. }) => pushed.contains(&digest.to_string()),
            _ => false,
        }
    }
}

impl Active {
    pub fn act(&self) -> &Act {
        &self.act
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How many bytes of the body pass before it acts.
    pub fn after(&self) -> Option<u64> {
        self.limits.after
    }

    fn on(&self) -> Option<On> {
        match self.act() {
            Act::Reply { on, .. } | Act::Bend { on, .. } | Act::Transfer { on, .. } => Some(*on),
            _ => None,
        }
    }

    fn concerns(&self, asked: &Asked<'_>) -> bool {
        if self.act().is_of_tokens() {
            return self.limits.admit(asked.method, asked.path);
        }
        let Some(on) = self.on() else { return false };
        let prefix = match self.act() {
            Act::Reply { reply, .. } => reply.prefix.as_deref(),
            _ => None,
        };
        let elsewhere = on == On::Everything && asked.path == TOKEN_PATH && self.limits.path.is_none();
        !elsewhere && on.is(asked, prefix) && self.limits.admit(asked.method, asked.path)
    }

    /// Counts one chance to act, and whether it is taken.
    fn acts(&self) -> bool {
        let n = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        self.limits.counts(n)
    }
}

impl Asked<'_> {
    /// What registries of before 2018 did not know.
    fn sends_new_manifest(&self) -> bool {
        let media_type = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        media_type.starts_with("application/vnd.oci.") || media_type.contains("manifest.list")
    }
}

impl On {
    fn is(self, asked: &Asked<'_>, prefix: Option<&str>) -> bool {
        let route = asked.route;
        match self {
            Self::Everything => true,
            Self::BehindBase => !matches!(route, Some(Route::Base)) && asked.path.starts_with("/v2/"),
            Self::ReadManifest => matches!(route, Some(Route::ReadManifest { .. })),
            Self::WriteManifest => matches!(route, Some(Route::PutManifest { .. })),
            Self::ReadBlob | Self::ReadOldBlob => matches!(route, Some(Route::ReadBlob { .. })),
            Self::Reading => matches!(*asked.method, Method::GET | Method::HEAD) && Self::BehindBase.is(asked, prefix),
            Self::StartUpload => matches!(route, Some(Route::StartUpload { .. })),
            Self::UploadBytes => matches!(route, Some(Route::AppendUpload { .. } | Route::FinishUpload { .. })),
            Self::EndOfPush => matches!(route, Some(Route::FinishUpload { .. } | Route::PutManifest { .. })),
            Self::Writing => !matches!(*asked.method, Method::GET | Method::HEAD),
            Self::FinishUpload => matches!(route, Some(Route::FinishUpload { .. })),
            Self::WriteNewManifest => Self::WriteManifest.is(asked, prefix) && asked.sends_new_manifest(),
            Self::Mount => Self::StartUpload.is(asked, prefix) && asked.query.value("mount").is_some(),
            Self::Part => Self::ReadBlob.is(asked, prefix) && asked.headers.contains_key(RANGE),
            Self::Token => asked.path == TOKEN_PATH,
            Self::NotGet => *asked.method != Method::GET,
            Self::FirstProtocol => asked.path.starts_with("/v1/"),
            Self::ListTags => matches!(route, Some(Route::ListTags { .. })),
            Self::OutsidePrefix => {
                let inside = prefix.is_some_and(|prefix| asked.path.starts_with(&format!("/v2/{prefix}/")));
                Self::BehindBase.is(asked, prefix) && !inside
            }
        }
    }
}
