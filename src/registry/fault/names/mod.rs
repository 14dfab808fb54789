//! The vocabulary: every fault that can be asked for, one table a subject.

mod challenge;
mod connection;
mod content;
mod front;
mod handshake;
mod hostile;
mod upload;

use super::kind::Kind;

/// All of them, by subject.
pub const KINDS: &[&[Kind]] = &[
    connection::KINDS,
    handshake::KINDS,
    front::KINDS,
    challenge::KINDS,
    upload::KINDS,
    content::KINDS,
    hostile::KINDS,
];

#[cfg(test)]
mod tests {
    use super::super::limits;
    use super::*;

    #[test]
    fn every_name_is_one_and_reads_like_the_others() {
        let mut names: Vec<&str> = KINDS.iter().copied().flatten().map(|kind| kind.name).collect();
        let plain =
            |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b));
        for kind in KINDS.iter().copied().flatten() {
            assert!(plain(kind.name), "{}", kind.name);
            let first = kind.summary.chars().next().unwrap();
            let proper = ["TLS", "HTML", "IPv4"].iter().any(|word| kind.summary.starts_with(word));
            assert!(
                (first.is_lowercase() || first.is_numeric() || proper) && !kind.summary.ends_with('.'),
                "{}",
                kind.summary
            );
            for (key, _) in kind.parameters() {
                assert!(plain(key) && !limits::KEYS.iter().any(|(limit, _)| *limit == key), "{}: {key}", kind.name);
            }
            super::super::Fault::named(kind.name).unwrap();
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
