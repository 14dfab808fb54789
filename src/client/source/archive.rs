//! A tar archive that is read where it lies: a list of its members with their places in the file. Nothing is unpacked.
//!
//! POSIX ustar with the extensions of pax and GNU for long names and large files, as Go and tar write them.
#![expect(clippy::disallowed_methods, reason = "an image lies where the person says")]

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::SourceError;
use super::extent::Extent;

const BLOCK: u64 = 512;
/// More members than this no image has.
const MOST: usize = 200_000;
/// Of what stands in front of a member about it.
const EXTENSION_BYTES: u64 = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Archive {
    path: PathBuf,
    file: Arc<File>,
    members: HashMap<String, Member>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Member {
    File {
        from: u64,
        length: u64,
    },
    /// Another member, by its name from the root.
    Link(String),
}

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let read = |source| SourceError::Read { place: path.to_path_buf(), source };
        let file = File::open(path).map_err(read)?;
        let length = file.metadata().map_err(read)?.len();
        let members = Reader { file: &file, length, at: 0 }.members().map_err(|failed| match failed {
            Failed::Io(source) => read(source),
            Failed::Format(reason) => SourceError::Unusable { place: path.to_path_buf(), reason: reason.into() },
        })?;
        Ok(Self { path: path.to_path_buf(), file: Arc::new(file), members })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of a member; links are followed.
    pub(super) fn find(&self, name: &str) -> Option<Extent> {
        let mut name = name;
        // Old `docker save` links a layer that it wrote already; a chain of links is nobody's.
        for _ in 0..4 {
            match self.members.get(name)? {
                Member::File { from, length } => return Some(Extent::within(&self.file, *from, *length)),
                Member::Link(target) => name = target,
            }
        }
        None
    }
}

enum Failed {
    Io(io::Error),
    Format(&'static str),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What extensions said about the next member.
#[derive(Debug, Default)]
struct Next {
    name: Option<String>,
    link: Option<String>,
    size: Option<u64>,
}

struct Reader<'a> {
    file: &'a File,
    length: u64,
    at: u64,
}

impl Reader<'_> {
    fn members(mut self) -> Result<HashMap<String, Member>, Failed> {
        let mut members = HashMap::new();
        let mut next = Next::default();
        while let Some(header) = self.header()? {
            let size = number(field(&header, 124, 12)).ok_or(Failed::Format("a size in the archive is no number"))?;
            match header[156] {
                b'x' => next.take_pax(&self.content(size)?),
                b'L' => next.name = Some(text(&self.content(size)?)),
                b'K' => next.link = Some(text(&self.content(size)?)),
                b'g' => self.pass(size)?,
                kind => {
                    let told = std::mem::take(&mut next);
                    let size = told.size.unwrap_or(size);
                    let name = clean(&told.name.unwrap_or_else(|| own_name(&header)));
                    let link = told.link.unwrap_or_else(|| text(field(&header, 157, 100)));
                    match kind {
                        b'0' | 0 | b'7' => {
                            members.insert(name, Member::File { from: self.at, length: size });
                            self.pass(size)?;
                        }
                        b'1' => drop(members.insert(name, Member::Link(clean(&link)))),
                        b'2' => {
                            let target = beside(&name, &link);
                            members.insert(name, Member::Link(target));
                        }
                        b'5' => {}
                        _ => self.pass(size)?,
                    }
                }
            }
            if members.len() > MOST {
                return Err(Failed::Format("it has too many members for an image"));
            }
        }
        Ok(members)
    }

    /// `None` at the end: an empty block, or nothing more.
    fn header(&mut self) -> Result<Option<[u8; 512]>, Failed> {
        let mut block = [0; 512];
        if self.at + BLOCK > self.length {
            let begins = self.at == 0;
            return if begins { Err(Failed::Format("it is too short for a tar archive")) } else { Ok(None) };
        }
        self.file.read_exact_at(&mut block, self.at)?;
        if self.at == 0 {
            not_compressed(&block)?;
        }
        self.at += BLOCK;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        // The checksum takes its own eight bytes as blanks.
        let others = block.iter().enumerate().filter(|(at, _)| !(148..156).contains(at));
        let sum: u64 = others.map(|(_, byte)| u64::from(*byte)).sum::<u64>() + 8 * u64::from(b' ');
        if number(field(&block, 148, 8)) == Some(sum) {
            Ok(Some(block))
        } else {
            Err(Failed::Format("it is no tar archive, or a damaged one"))
        }
    }

    fn content(&mut self, size: u64) -> Result<Vec<u8>, Failed> {
        if size > EXTENSION_BYTES {
            return Err(Failed::Format("it has a name that is too long"));
        }
        let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
        let from = self.at;
        self.pass(size)?;
        self.file.read_exact_at(&mut bytes, from)?;
        Ok(bytes)
    }

    /// Over the content of a member, which must be there.
    fn pass(&mut self, size: u64) -> Result<(), Failed> {
        let end = self.at.checked_add(size).filter(|end| *end <= self.length);
        let end = end.ok_or(Failed::Format("it ends in the middle: it was cut, or is still being written"))?;
        self.at = end.next_multiple_of(BLOCK);
        Ok(())
    }
}

fn not_compressed(block: &[u8; 512]) -> Result<(), Failed> {
    Err(Failed::Format(match block {
        [0x1f, 0x8b, ..] => "it is compressed: gunzip it first",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "it is compressed: unzstd it first",
        [0xfd, b'7', b'z', ..] => "it is compressed: unxz it first",
        [b'B', b'Z', b'h', ..] => "it is compressed: bunzip2 it first",
        _ => return Ok(()),
    }))
}

impl Next {
    /// Lines of `LENGTH KEY=VALUE`.
    fn take_pax(&mut self, mut records: &[u8]) {
        while let Some(space) = records.iter().position(|byte| *byte == b' ') {
            let length = text(records.get(..space).unwrap_or_default()).parse::<usize>().ok();
            let Some(record) = length.and_then(|length| records.get(space + 1..length)) else { return };
            let line = text(record);
            if let Some((key, value)) = line.trim_end_matches('\n').split_once('=') {
                match key {
                    "path" => self.name = Some(value.to_string()),
                    "linkpath" => self.link = Some(value.to_string()),
                    "size" => self.size = value.parse().ok(),
                    _ => {}
                }
            }
            records = records.get(space + 1 + record.len()..).unwrap_or_default();
        }
    }
}

fn field(header: &[u8; 512], from: usize, length: usize) -> &[u8] {
    header.get(from..from + length).unwrap_or_default()
}

/// Up to the first NUL.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

/// Octal digits, or, with the first bit set, GNU's binary.
fn number(bytes: &[u8]) -> Option<u64> {
    match bytes.split_first() {
        Some((first, rest)) if first & 0x80 != 0 => {
            let start = u64::from(first & 0x7f);
            rest.iter().try_fold(start, |sum, byte| sum.checked_mul(256)?.checked_add(u64::from(*byte)))
        }
        _ => {
            let text = text(bytes);
            let digits = text.trim();
            if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
        }
    }
}

fn own_name(header: &[u8; 512]) -> String {
    let (name, prefix) = (text(field(header, 0, 100)), text(field(header, 345, 155)));
    let posix = field(header, 257, 6) == b"ustar\0";
    if posix && !prefix.is_empty() { format!("{prefix}/{name}") } else { name }
}

/// Without `./` in front and `/` at both ends.
fn clean(name: &str) -> String {
    let name = name.trim_start_matches("./");
    name.trim_matches('/').to_string()
}

/// What a link leads to, from the folder that it lies in.
fn beside(name: &str, target: &str) -> String {
    let mut steps: Vec<&str> = if target.starts_with('/') { Vec::new() } else { name.split('/').collect() };
    steps.pop();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;
