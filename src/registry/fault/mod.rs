//! Wrong on purpose: what a started registry does wrong, so that a check, or any client, can be shown to recognise it.
//!
//! ```text
//! text → parse → Fault { kind, acts, limits }       names/ (the vocabulary, one table a layer)
//! started: Faults (who acts now) → listen, opening, hello (a connection)
//!                                → reply, bend, outgoing, wire             (a request)
//! ```
//! A fault acts on what its limits leave. Where the wire shows a root cause, the fault has the name of the cause.

mod act;
mod acting;
mod active;
pub mod bend;
pub mod certificate;
mod given;
pub mod handshake;
mod hello;
mod kind;
mod limits;
pub mod listen;
mod names;
pub mod opening;
pub mod outgoing;
mod parse;
pub mod reply;
pub mod wire;

use std::str::FromStr;

pub(super) use act::{Act, Certificate, Handshake, Listening, Opening, TokenFault};
pub(super) use acting::Acting;
pub(super) use active::{Active, Asked, Faults};
pub use kind::{Kind, Layer};
pub use limits::KEYS as LIMITS;
use limits::Limits;
pub use names::KINDS;
pub use parse::FaultError;

/// One thing to do wrong, for as long as the registry runs.
///
/// ```
/// use regdoctor::registry::{Fault, Registry};
///
/// let limited: Fault = "rate-limited:method=GET,path=/v2/*/manifests/*,first=3".parse()?;
/// let registry = Registry::builder().fault(limited).fault(Fault::named("upload-location-relative")?);
/// # let _ = registry;
/// # Ok::<(), regdoctor::registry::FaultError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Fault {
    kind: &'static Kind,
    acts: Vec<Act>,
    limits: Limits,
}

impl Fault {
    /// The fault of that name, as it is without parameters.
    pub fn named(name: &str) -> Result<Self, FaultError> {
        parse::parse(name, &[])
    }

    /// The same with parameters, each with its value as it is: here a value may hold anything.
    pub fn with(name: &str, parameters: &[(&str, &str)]) -> Result<Self, FaultError> {
        parse::parse(name, parameters)
    }

    pub(super) fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// Its name in the vocabulary.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.kind.name
    }
}

/// `NAME` or `NAME:key=value,key=value`.
impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        parse::parse(name, &parse::pairs(rest)?)
    }
}
