//! What a repository holds, in memory: its manifests and its tags. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use serde::Serializer as _;
use serde::ser::{SerializeMap, SerializeSeq as _};
use serde_json::{Map, Value};

use super::change::Change;
use super::index::{Extra, Index, Line, TAG_ANNOTATION};
use crate::registry::names::Reference;
use crate::registry::page::{Ordered, Page, Wanted};

#[derive(Debug, Default)]
pub struct Contents {
    /// The lines of `index.json` in their order. A manifest has one for each tag, or one without a tag.
    lines: BTreeMap<u64, Entry>,
    next: u64,
    tags: BTreeMap<Ordered, u64>,
    manifests: HashMap<Arc<str>, Known>,
    rest: Map<String, Value>,
}

#[derive(Debug)]
struct Entry {
    digest: Arc<str>,
    tag: Option<Ordered>,
    extra: Option<Box<Extra>>,
}

/// One manifest.
#[derive(Debug)]
pub struct Known {
    pub media_type: Arc<str>,
    pub size: u64,
    pub subject: Subject,
    /// Empty when it is known from another index alone.
    lines: BTreeSet<u64>,
}

/// What a manifest refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Subject {
    /// Nobody asked yet.
    #[default]
    Unread,
    None,
    Of(Arc<str>),
}

impl Contents {
    pub fn tags(&self, wanted: &Wanted) -> Page {
        let start = wanted.after.as_deref().map_or(Unbounded, |after| Excluded(Ordered::from(after)));
        wanted.cut(self.tags.range((start, Unbounded)).map(|(tag, _)| tag.as_str()))
    }

    pub fn find(&self, reference: &Reference) -> Option<(&Arc<str>, &Known)> {
        match reference {
            Reference::Tag(tag) => {
                let line = self.tags.get(&Ordered::from(tag.as_str()))?;
                self.manifests.get_key_value(&self.lines.get(line)?.digest)
            }
            Reference::Digest(digest) => self.manifests.get_key_value(digest.to_string().as_str()),
        }
    }

    pub fn has(&self, digest: &str) -> bool {
        self.manifests.contains_key(digest)
    }

    pub fn manifests(&self) -> impl Iterator<Item = (&Arc<str>, &Known)> {
        self.manifests.iter()
    }

    pub fn set_subject(&mut self, digest: &str, subject: Subject) {
        if let Some(known) = self.manifests.get_mut(digest) {
            known.subject = subject;
        }
    }

    /// A manifest that another one lists, and that is there though `index.json` does not name it.
    pub fn add_child(&mut self, digest: &str, media_type: &str, size: u64) {
        self.known(&digest.into(), media_type, size);
    }

    /// Whether the change would change something.
    pub fn differs(&self, change: &Change) -> bool {
        match change {
            Change::Put { media_type, digest, tags, .. } => {
                let known = self.manifests.get(digest.as_str());
                let same = known.is_some_and(|known| !known.lines.is_empty() && *known.media_type == **media_type);
                let points = |tag: &String| {
                    let line = self.tags.get(&Ordered::from(tag.as_str())).and_then(|line| self.lines.get(line));
                    line.is_some_and(|line| *line.digest == **digest)
                };
                !(same && tags.iter().all(points))
            }
            Change::Untag { tag } => self.tags.contains_key(&Ordered::from(tag.as_str())),
            Change::Remove { digest } => self.manifests.contains_key(digest.as_str()),
        }
    }

    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Put { media_type, digest, size, tags } => {
                self.put(media_type, &digest.as_str().into(), *size, tags);
            }
            Change::Untag { tag } => {
                if let Some(line) = self.tags.remove(&Ordered::from(tag.as_str())) {
                    self.untag(line);
                }
            }
            Change::Remove { digest } => self.remove(digest),
        }
    }

    fn put(&mut self, media_type: &str, digest: &Arc<str>, size: u64, tags: &[String]) {
        let known = self.known(digest, media_type, size);
        if tags.is_empty() && known.lines.is_empty() {
            self.add_line(digest, None, None);
        }
        for tag in tags {
            self.tag(&Ordered::from(tag.as_str()), digest);
        }
    }

    fn known(&mut self, digest: &Arc<str>, media_type: &str, size: u64) -> &mut Known {
        let new = || Known { media_type: media_type.into(), size, subject: Subject::Unread, lines: BTreeSet::new() };
        let known = self.manifests.entry(Arc::clone(digest)).or_insert_with(new);
        if *known.media_type != *media_type {
            known.media_type = media_type.into();
        }
        known
    }

    /// Points the tag at the manifest; what it pointed at before stays without it.
    fn tag(&mut self, tag: &Ordered, digest: &Arc<str>) {
        if let Some(line) = self.tags.get(tag).copied() {
            if self.lines.get(&line).is_some_and(|entry| entry.digest == *digest) {
                return;
            }
            self.tags.remove(tag);
            self.untag(line);
        }
        // A line that had no tag gets this one.
        let only = self.manifests.get(digest).filter(|known| known.lines.len() == 1);
        let only = only.and_then(|known| known.lines.first()).copied();
        match only.and_then(|line| Some((line, self.lines.get_mut(&line)?))) {
            Some((line, entry)) if entry.tag.is_none() => {
                entry.tag = Some(tag.clone());
                self.tags.insert(tag.clone(), line);
            }
            _ => self.add_line(digest, Some(tag.clone()), None),
        }
    }

    /// Takes the tag off the line, and the line away if its manifest has another.
    fn untag(&mut self, line: u64) {
        let Some(entry) = self.lines.get_mut(&line) else { return };
        entry.tag = None;
        let digest = Arc::clone(&entry.digest);
        if let Some(known) = self.manifests.get_mut(&digest).filter(|known| known.lines.len() > 1) {
            known.lines.remove(&line);
            self.lines.remove(&line);
        }
    }

    fn remove(&mut self, digest: &str) {
        let Some(known) = self.manifests.remove(digest) else { return };
        for line in known.lines {
            let Some(tag) = self.lines.remove(&line).and_then(|entry| entry.tag) else { continue };
            if self.tags.get(&tag) == Some(&line) {
                self.tags.remove(&tag);
            }
        }
    }

    fn add_line(&mut self, digest: &Arc<str>, tag: Option<Ordered>, extra: Option<Box<Extra>>) {
        let line = self.next;
        self.next += 1;
        if let Some(tag) = &tag {
            // The first of two lines with one tag counts, as it does for other readers.
            self.tags.entry(tag.clone()).or_insert(line);
        }
        if let Some(known) = self.manifests.get_mut(digest) {
            known.lines.insert(line);
        }
        self.lines.insert(line, Entry { digest: Arc::clone(digest), tag, extra });
    }

    /// The text of `index.json`.
    pub fn write(&self, to: impl std::io::Write) -> serde_json::Result<()> {
        let mut serializer = serde_json::Serializer::new(to);
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in &self.rest {
            map.serialize_entry(key, value)?;
        }
        map.serialize_entry("manifests", &Lines(self))?;
        SerializeMap::end(map)
    }
}

struct Lines<'a>(&'a Contents);

impl serde::Serialize for Lines<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut lines = serializer.serialize_seq(None)?;
        for entry in self.0.lines.values() {
            let Some(known) = self.0.manifests.get(&entry.digest) else { continue };
            lines.serialize_element(&Line {
                media_type: &known.media_type,
                digest: &entry.digest,
                size: known.size,
                tag: entry.tag.as_ref().map(Ordered::as_str),
                extra: entry.extra.as_deref(),
            })?;
        }
        lines.end()
    }
}

impl From<Index> for Contents {
    fn from(index: Index) -> Self {
        let mut contents = Self { rest: index.rest, ..Self::default() };
        for mut one in index.manifests {
            let digest: Arc<str> = one.digest.into();
            let tag = one.annotations.shift_remove(TAG_ANNOTATION);
            let tag = tag.as_ref().and_then(Value::as_str).map(Ordered::from);
            let extra = !one.annotations.is_empty() || !one.rest.is_empty();
            let extra = extra.then(|| Box::new(Extra { annotations: one.annotations, rest: one.rest }));
            contents.known(&digest, &one.media_type, one.size);
            contents.add_line(&digest, tag, extra);
        }
        contents
    }
}

#[cfg(test)]
#[path = "contents_tests.rs"]
mod tests;
