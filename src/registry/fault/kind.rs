//! One word of the vocabulary.

use super::act::Act;
use super::given::Given;

/// A fault that can be asked for.
#[derive(Debug)]
pub struct Kind {
    pub name: &'static str,
    /// What it does, one plain sentence, lower case, no period.
    pub summary: &'static str,
    /// Reads its parameters, with what it takes where one is left out.
    pub(super) make: fn(&mut Given<'_>) -> Vec<Act>,
}

/// Where a fault shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    Tcp,
    Tls,
    Http,
    Protocol,
}

impl Layer {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Http => "http",
            Self::Protocol => "protocol",
        }
    }
}

impl Kind {
    /// Its parameters with their defaults, limits apart.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut given = Given::new(&[]);
        (self.make)(&mut given);
        given.known()
    }

    /// The lowest layer that it shows at.
    #[must_use]
    pub fn layer(&self) -> Layer {
        (self.make)(&mut Given::new(&[])).iter().map(Act::layer).min().unwrap_or(Layer::Http)
    }
}
