//! Pages of a sorted list: `n`, `last` and the `Link` to the next page. Pure.

use super::query::Query;
use super::refusal::Refusal;

/// One page of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    pub entries: Vec<String>,
    /// The value of the `Link` header, when there is more.
    pub link: Option<String>,
}

/// The specification's order: alphanumeric without regard to case; equal ones by their bytes.
pub fn sort(entries: &mut [String]) {
    entries.sort_by_cached_key(|entry| order(entry));
}

/// The page of `entries` (sorted by [`sort`]) that `query` asks for.
pub fn page(path: &str, entries: Vec<String>, query: &Query) -> Result<Page, Refusal> {
    let limit = match query.value("n") {
        None => None,
        Some(text) => Some(text.parse::<usize>().map_err(|_| Refusal::BadPageSize { text: text.to_string() })?),
    };
    let start = match query.value("last") {
        None | Some("") => 0,
        Some(last) => {
            let last = order(last);
            entries.partition_point(|entry| order(entry) <= last)
        }
    };
    let left = entries.len() - start;
    let taken = limit.unwrap_or(left).min(left);
    let page: Vec<String> = entries.into_iter().skip(start).take(taken).collect();
    let link = page.last().filter(|_| taken < left).map(|last| format!("<{path}?n={taken}&last={last}>; rel=\"next\""));
    Ok(Page { entries: page, link })
}

fn order(entry: &str) -> (String, String) {
    (entry.to_ascii_lowercase(), entry.to_string())
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
            ("n=9", "A b C d", None),
            ("n=0", "", None),
            ("last=bb", "C d", None),
            ("last=z", "", None),
            ("last=", "A b C d", None),
        ];
        let mut entries: Vec<String> = ["b", "d", "A", "C"].map(String::from).to_vec();
        sort(&mut entries);
        for (query, want, link) in rows {
            let page = page("/t", entries.clone(), &Query::parse(Some(query))).unwrap();
            assert_eq!((page.entries.join(" ").as_str(), page.link.as_deref()), (want, link), "{query}");
        }
        for query in ["n=x", "n=-1", "n="] {
            assert!(page("/t", entries.clone(), &Query::parse(Some(query))).is_err(), "{query}");
        }
    }
}
