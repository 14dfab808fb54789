//! Plain layers become compressed ones, in files that have no name and are gone with the program.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use aws_lc_rs::digest::{Context, SHA256};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::error::SourceError;
use super::extent::{Extent, Flow};
use super::graph::Piece;
use crate::client::digest::Digest;

/// Beyond it, more time buys little: a layer is packed once, and sent and kept once.
const LEVEL: u32 = 4;
/// /tmp is often memory.
const FOLDER: &str = "/var/tmp";

pub(super) struct Packed {
    pub piece: Piece,
    /// Of the bytes before.
    pub plain: Digest,
}

/// As many at a time as there are processors, in the order of the layers.
pub(super) fn pack_all(layers: &[&Extent], place: &Path) -> Result<Vec<Packed>, SourceError> {
    let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(layers.len());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(layer) = layers.get(at) else { return done };
            done.push((at, pack(layer)));
        }
    };
    let mut all: Vec<(usize, io::Result<Packed>)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    all.sort_by_key(|(at, _)| *at);
    let failed = |source| SourceError::Pack { place: place.to_path_buf(), folder: FOLDER, source };
    all.into_iter().map(|(_, packed)| packed.map_err(failed)).collect()
}

/// Both digests in one pass.
fn pack(layer: &Extent) -> io::Result<Packed> {
    let file = tempfile::tempfile_in(FOLDER).or_else(|_| tempfile::tempfile())?;
    let sink = Sink { file: BufWriter::with_capacity(256 * 1024, file), context: Context::new(&SHA256), length: 0 };
    let mut encoder = GzEncoder::new(sink, Compression::new(LEVEL));
    let mut plain = Context::new(&SHA256);
    let mut outcome = Ok(());
    layer.read(0, |piece| {
        plain.update(&piece);
        outcome = encoder.write_all(&piece);
        if outcome.is_ok() { Flow::More } else { Flow::Enough }
    })?;
    outcome?;
    let Sink { file, context, length } = encoder.finish()?;
    let file: File = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    let extent = Extent::within(&Arc::new(file), 0, length);
    Ok(Packed { piece: Piece { digest: Digest::finished(context), extent }, plain: Digest::finished(plain) })
}

/// A file that knows its digest.
struct Sink {
    file: BufWriter<File>,
    context: Context,
    length: u64,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.context.update(bytes);
        self.length += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
