//! What people type, as the names of a certificate.

use thiserror::Error;

use super::Served;
use crate::model::entry_point::{self, EntryPoint, EntryPointError};

/// The names of a certificate, in the order in which they were typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    served: Vec<Served>,
    /// As typed, with their ports: what clients name the registry by. None for a wildcard.
    pub entry_points: Vec<EntryPoint>,
    /// What was typed with more than a name in it, and the name that is left.
    pub shortened: Vec<(String, Served)>,
}

/// Why a text is no name for a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    #[error("no name was given")]
    Nothing,
    #[error("{source}")]
    EntryPoint { text: String, source: EntryPointError },
    #[error("`{text}` is a range, and a certificate is for single addresses")]
    Range { text: String },
    #[error("`{text}` is neither an address nor a host name: no host name ends in digits alone")]
    Digits { text: String },
}

impl Names {
    /// Reads entry points, and `*.lan`. A name that is there already, in whatever case, is not added.
    pub fn parse(texts: &[String]) -> Result<Self, NameError> {
        let mut names = Self { served: Vec::new(), entry_points: Vec::new(), shortened: Vec::new() };
        for text in texts {
            names.add(text.trim())?;
        }
        if names.served.is_empty() { Err(NameError::Nothing) } else { Ok(names) }
    }

    /// What a certificate says already, and these.
    #[must_use]
    pub fn after(mut self, earlier: Vec<Served>) -> Self {
        let typed = std::mem::replace(&mut self.served, earlier);
        for one in typed {
            self.insert(one);
        }
        self
    }

    #[must_use]
    pub fn served(&self) -> &[Served] {
        &self.served
    }

    fn add(&mut self, text: &str) -> Result<(), NameError> {
        let (star, rest) = match text.strip_prefix("*.") {
            Some(rest) => ("*.", rest),
            None => ("", text),
        };
        let pasted =
            entry_point::parse(rest).map_err(|source| NameError::EntryPoint { text: text.to_string(), source })?;
        let host = pasted.entry_point.host();
        let is_range = pasted.entry_point.address().is_some()
            && pasted.repository.as_ref().is_some_and(|bits| bits.bytes().all(|byte| byte.is_ascii_digit()));
        if is_range {
            return Err(NameError::Range { text: text.to_string() });
        }
        let served = match Served::read(&host.to_ascii_lowercase()) {
            Served::Address(address) if star.is_empty() => Served::Address(address.to_canonical()),
            Served::Name(name) if !ends_in_digits(&name) => Served::Name(format!("{star}{name}")),
            _ => return Err(NameError::Digits { text: text.to_string() }),
        };
        let is_whole = pasted.entry_point.port().is_none() && pasted.dropped.is_empty() && pasted.repository.is_none();
        if !is_whole {
            self.shortened.push((text.to_string(), served.clone()));
        }
        if star.is_empty() && !self.entry_points.contains(&pasted.entry_point) {
            self.entry_points.push(pasted.entry_point);
        }
        self.insert(served);
        Ok(())
    }

    fn insert(&mut self, served: Served) {
        if !self.served.contains(&served) {
            self.served.push(served);
        }
    }
}

/// Clients take such a host for an address that is written wrongly (WHATWG URL, "ends in a number").
fn ends_in_digits(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(texts: &[&str]) -> Result<Names, NameError> {
        Names::parse(&texts.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn reads_what_people_type() {
        let rows: &[(&[&str], &str, usize)] = &[
            (&["registry.lan"], "registry.lan", 0),
            (&["registry.lan:5000", "REGISTRY.lan", "10.0.0.7"], "registry.lan 10.0.0.7", 1),
            (&["https://registry.lan/v2/"], "registry.lan", 1),
            (&["registry.lan:5000/team/app:v1"], "registry.lan", 1),
            (&["[fd00::7]:5000", "fd00:0::7"], "fd00::7", 1),
            (&["::ffff:10.0.0.7"], "10.0.0.7", 0),
            (&["*.Lan", "registry"], "*.lan registry", 0),
            (&["*.lan:5000"], "*.lan", 1),
        ];
        for (texts, want, shortened) in rows {
            let names = parse(texts).unwrap();
            let shown: Vec<String> = names.served().iter().map(ToString::to_string).collect();
            assert_eq!(shown.join(" "), *want, "{texts:?}");
            assert_eq!(names.shortened.len(), *shortened, "{texts:?}");
        }
        let names = parse(&["Registry.lan:5000", "registry.lan:5001", "*.lan"]).unwrap();
        let entry_points: Vec<String> = names.entry_points.iter().map(ToString::to_string).collect();
        assert_eq!(entry_points, ["Registry.lan:5000", "registry.lan:5001"]);
    }

    #[test]
    fn refuses_what_no_client_would_take() {
        let refused = |text: &str| parse(&[text]).unwrap_err();
        for text in ["my_registry:5000", "*", "*.*.lan", "a.*.lan", "registry.lan.", "régistry.lan", "fe80::1%eth0", ""]
        {
            assert!(matches!(refused(text), NameError::EntryPoint { .. }), "{text}");
        }
        assert!(matches!(refused("10.0.0.0/8"), NameError::Range { .. }));
        for text in ["10.0.0.300", "10.0.0", "*.10.0.0.1", "7"] {
            assert!(matches!(refused(text), NameError::Digits { .. }), "{text}");
        }
        assert_eq!(parse(&[]), Err(NameError::Nothing));
    }
}
