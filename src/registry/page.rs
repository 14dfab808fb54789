//! Pages of a sorted list: `n`, `last` and the `Link` to the next page. Pure.

use std::cmp::Ordering;
use std::sync::Arc;

use super::query::{Query, encode};
use super::refusal::Refusal;

/// A name in the specification's order: alphanumeric without regard to case; equal ones by their bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered(Arc<str>);

/// Which part of a list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub limit: Option<usize>,
    /// What comes after this name, which need not be in the list.
    pub after: Option<String>,
}

/// One page of a list.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub entries: Vec<String>,
    /// Whether there is another page after this one.
    pub more: bool,
}

impl Wanted {
    pub fn read(query: &Query) -> Result<Self, Refusal> {
        let limit = match query.value("n") {
            None => None,
            Some(text) => Some(text.parse::<usize>().map_err(|_| Refusal::BadPageSize { text: text.to_string() })?),
        };
        let after = query.value("last").filter(|last| !last.is_empty()).map(str::to_string);
        Ok(Self { limit, after })
    }

    /// The page out of what comes after `after`.
    pub fn cut<'a>(&self, mut entries: impl Iterator<Item = &'a str>) -> Page {
        let limit = self.limit.unwrap_or(usize::MAX);
        let page = entries.by_ref().take(limit).map(str::to_string).collect();
        // No page follows an empty one, or a client would ask for ever.
        Page { entries: page, more: limit > 0 && entries.next().is_some() }
    }

    /// The page of names that are in no order yet.
    pub fn sort_and_cut(&self, entries: &[String]) -> Page {
        let mut entries: Vec<Ordered> = entries.iter().map(|entry| Ordered::from(entry.as_str())).collect();
        entries.sort();
        let after = self.after.as_deref().map(Ordered::from);
        let start = after.map_or(0, |after| entries.partition_point(|entry| *entry <= after));
        self.cut(entries.iter().skip(start).map(Ordered::as_str))
    }
}

impl Page {
    /// The value of the `Link` header, when there is more.
    pub fn link(&self, path: &str) -> Option<String> {
        let last = self.entries.last().filter(|_| self.more)?;
        Some(format!("<{path}?n={}&last={}>; rel=\"next\"", self.entries.len(), encode(last)))
    }
}

impl Ordered {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Ordered {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        let folded = |text: &Self| text.0.bytes().map(|byte| byte.to_ascii_lowercase()).collect::<Vec<u8>>();
        // Nearly all names are lower case and differ.
        if self.0.bytes().chain(other.0.bytes()).any(|byte| byte.is_ascii_uppercase()) {
            return folded(self).cmp(&folded(other)).then_with(|| self.0.cmp(&other.0));
        }
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_pages() {
        let rows = [
            ("", "A b C d", None),
            ("n=2", "A b", Some("</t?n=2&last=b>; rel=\"next\"")),
            ("n=2&last=b", "C d", None),
            ("n=1&last=b", "C", Some("</t?n=1&last=C>; rel=\"next\"")),
            ("n=4", "A b C d", None),
            ("n=9", "A b C d", None),
            ("n=0", "", None),
            ("last=bb", "C d", None),
            ("last=z", "", None),
            ("last=", "A b C d", None),
        ];
        let entries: Vec<String> = ["b", "d", "A", "C"].map(String::from).to_vec();
        for (query, want, link) in rows {
            let wanted = Wanted::read(&Query::parse(Some(query))).unwrap();
            let page = wanted.sort_and_cut(&entries);
            assert_eq!((page.entries.join(" ").as_str(), page.link("/t").as_deref()), (want, link), "{query}");
        }
        for query in ["n=x", "n=-1", "n="] {
            assert!(Wanted::read(&Query::parse(Some(query))).is_err(), "{query}");
        }
    }

    #[test]
    fn case_decides_last() {
        let mut names: Vec<Ordered> = ["b", "B", "a", "C", "ab"].map(Ordered::from).to_vec();
        names.sort();
        let sorted: Vec<&str> = names.iter().map(Ordered::as_str).collect();
        assert_eq!(sorted, ["a", "ab", "B", "b", "C"]);
    }
}
