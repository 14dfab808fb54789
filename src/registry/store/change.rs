//! What can happen to the index of a repository, and the log of it: one line of JSON for each. Pure.
//!
//! The lines stand in front of `index.json`. Played again over an index that has them already, they change nothing:
//! for every tag and every manifest the last line decides.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The manifest is there, and the tags point at it.
    Put { media_type: String, digest: String, size: u64, tags: Vec<String> },
    /// The tag is gone; its manifest stays.
    Untag { tag: String },
    /// The manifest is gone, and every tag of it.
    Remove { digest: String },
}

impl Change {
    /// Its line in the log.
    pub fn line(&self) -> serde_json::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

/// The changes of a log, and how many bytes of it are whole: a write that was cut off leaves half a line at the end.
pub fn read(log: &[u8]) -> (Vec<Change>, usize) {
    let mut changes = Vec::new();
    let mut whole = 0;
    for line in log.split_inclusive(|byte| *byte == b'\n') {
        match serde_json::from_slice(line) {
            Ok(change) if line.ends_with(b"\n") => changes.push(change),
            _ => break,
        }
        whole += line.len();
    }
    (changes, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_line_is_none() {
        let changes = [
            Change::Put { media_type: "m".into(), digest: "d".into(), size: 1, tags: vec!["x\ny".into()] },
            Change::Untag { tag: "x".into() },
            Change::Remove { digest: "d".into() },
        ];
        let log: Vec<u8> = changes.iter().flat_map(|change| change.line().unwrap()).collect();
        let ends: Vec<usize> = (0..log.len()).filter(|at| log[*at] == b'\n').map(|at| at + 1).collect();
        assert_eq!(ends.len(), 3);
        for cut in 0..=log.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count();
            let kept = whole.checked_sub(1).map_or(0, |last| ends[last]);
            assert_eq!(read(&log[..cut]), (changes[..whole].to_vec(), kept), "{cut}");
        }
    }
}
