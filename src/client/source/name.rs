//! Where an image is, as it is typed: `oci:DIR[:TAG]`, `oci-archive:FILE`, `docker-archive:FILE`, or a name for a daemon.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::client::digest::Digest;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageName {
    File {
        kind: FileKind,
        path: PathBuf,
        pick: Pick,
    },
    /// What a container engine calls so.
    Engine(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    OciFolder,
    OciArchive,
    DockerArchive,
}

/// Which of several images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// The only one.
    Only,
    Named(String),
    Digest(Digest),
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImageNameError {
    #[error("`{0}` names no image")]
    Empty(String),
    #[error("`{0}:` is not a place that images are pushed from")]
    Transport(String),
}

const KINDS: [(&str, FileKind); 3] =
    [("oci", FileKind::OciFolder), ("oci-archive", FileKind::OciArchive), ("docker-archive", FileKind::DockerArchive)];
/// Other places that skopeo knows.
const FOREIGN: [&str; 5] = ["docker", "dir", "containers-storage", "ostree", "tarball"];

impl ImageName {
    /// `exists` decides where a path with colons ends: the longest beginning that is there.
    ///
    /// # Errors
    /// It is a place of another kind, or none at all.
    pub fn parse(text: &str, exists: &dyn Fn(&Path) -> bool) -> Result<Self, ImageNameError> {
        let (transport, rest) = text.split_once(':').unwrap_or(("", text));
        if let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == transport) {
            if rest.is_empty() {
                return Err(ImageNameError::Empty(text.to_string()));
            }
            let (path, pick) = split(rest, exists);
            return Ok(Self::File { kind: *kind, path: PathBuf::from(path), pick });
        }
        if FOREIGN.contains(&transport) {
            return Err(ImageNameError::Transport(transport.to_string()));
        }
        let name = text.strip_prefix("docker-daemon:").unwrap_or(text);
        if name.is_empty() { Err(ImageNameError::Empty(text.to_string())) } else { Ok(Self::Engine(name.to_string())) }
    }
}

fn split<'a>(rest: &'a str, exists: &dyn Fn(&Path) -> bool) -> (&'a str, Pick) {
    if exists(Path::new(rest)) {
        return (rest, Pick::Only);
    }
    let ends = rest.char_indices().filter(|(at, c)| *at > 0 && matches!(c, ':' | '@')).map(|(at, _)| at);
    let ends: Vec<usize> = ends.collect();
    let there = ends.iter().rev().find(|at| rest.get(..**at).is_some_and(|path| exists(Path::new(path))));
    let Some(at) = there.or(ends.first()) else { return (rest, Pick::Only) };
    let (path, wanted) = rest.split_at(*at);
    let pick = match (wanted.strip_prefix('@').and_then(Digest::parse), wanted.get(1..)) {
        (Some(digest), _) => Pick::Digest(digest),
        (None, Some(name)) if !name.is_empty() => Pick::Named(name.to_string()),
        _ => Pick::Only,
    };
    (path, pick)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_skopeo_reads() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let file = |kind, path: &str, pick| Ok(ImageName::File { kind, path: path.into(), pick });
        let named = |name: &str| Pick::Named(name.into());
        let rows = [
            ("oci:/d/there", file(FileKind::OciFolder, "/d/there", Pick::Only)),
            ("oci:/d/there:v1", file(FileKind::OciFolder, "/d/there", named("v1"))),
            ("oci:/d/there:with:colons", file(FileKind::OciFolder, "/d/there:with", named("colons"))),
            ("oci:/d/missing:v1", file(FileKind::OciFolder, "/d/missing", named("v1"))),
            ("oci-archive:x.tar", file(FileKind::OciArchive, "x.tar", Pick::Only)),
            ("docker-archive:x.tar:reg:5000/app:v1", file(FileKind::DockerArchive, "x.tar", named("reg:5000/app:v1"))),
            ("busybox:1.36", Ok(ImageName::Engine("busybox:1.36".into()))),
            ("docker-daemon:a/b:c", Ok(ImageName::Engine("a/b:c".into()))),
            ("reg:5000/oci:v1", Ok(ImageName::Engine("reg:5000/oci:v1".into()))),
            ("oci:", Err(ImageNameError::Empty("oci:".into()))),
            ("docker://busybox", Err(ImageNameError::Transport("docker".into()))),
        ];
        let exists = |path: &Path| ["/d/there", "/d/there:with", "x.tar"].iter().any(|one| Path::new(one) == path);
        for (text, want) in rows {
            assert_eq!(ImageName::parse(text, &exists), want, "{text}");
        }
        let by_digest = ImageName::parse(&format!("oci:/d/there@{digest}"), &exists);
        assert!(matches!(by_digest, Ok(ImageName::File { pick: Pick::Digest(_), .. })), "{by_digest:?}");
    }
}
