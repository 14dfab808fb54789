//! The manifests of a repository that refer to another one, found by reading them once.

use std::sync::Arc;

use bytes::Bytes;

use super::contents::{Contents, Subject};
use super::{Referrer, StoreError};
use crate::registry::outline::Outline;

/// Asks every manifest that was not asked yet for its subject, and gives those whose subject this is.
pub fn find(
    contents: &mut Contents,
    subject: &str,
    read: impl Fn(&Arc<str>) -> Result<Option<Bytes>, StoreError>,
) -> Result<Vec<Referrer>, StoreError> {
    let unread = contents.manifests().filter(|(_, known)| known.subject == Subject::Unread);
    let unread: Vec<Arc<str>> = unread.map(|(digest, _)| Arc::clone(digest)).collect();
    for digest in unread {
        let outline = outline(read(&digest)?);
        let found = outline.subject.map_or(Subject::None, |subject| Subject::Of(subject.digest.into()));
        contents.set_subject(&digest, found);
    }
    let refers = |of: &Subject| matches!(of, Subject::Of(digest) if **digest == *subject);
    let mut referrers = Vec::new();
    for (digest, known) in contents.manifests().filter(|(_, known)| refers(&known.subject)) {
        let outline = outline(read(digest)?);
        referrers.push(Referrer {
            media_type: known.media_type.to_string(),
            digest: digest.to_string(),
            size: known.size,
            artifact_type: outline.referrer_type().map(str::to_string),
            annotations: outline.annotations.unwrap_or_default(),
        });
    }
    Ok(referrers)
}

/// A manifest that is missing, as in a sparse copy, refers to nothing.
fn outline(bytes: Option<Bytes>) -> Outline {
    bytes.and_then(|bytes| Outline::read(&bytes).ok()).unwrap_or_default()
}
