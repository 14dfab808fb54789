//! How far a push is: one bar a layer on a terminal, a line for every retry elsewhere.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::screen;
use crate::client::source::Graph;
use crate::client::{Event, How};
use crate::report::sanitize;

const STYLE: &str = "{prefix} {bar:30} {bytes:>11} of {total_bytes:>11} {msg}";
/// No eye reads faster, and drawing costs time.
const DRAWS_A_SECOND: u8 = 8;

/// Hears what happens, from any thread.
pub(super) struct Board {
    /// Digest and size of every blob.
    blobs: Vec<(String, u64)>,
    /// Bars of those that are on their way; nobody sees them where there is no terminal.
    bars: Mutex<HashMap<usize, ProgressBar>>,
    screen: MultiProgress,
    watched: bool,
}

impl Board {
    pub(super) fn new(graph: &Graph, watched: bool) -> Self {
        let blobs = graph.blobs.iter().map(|piece| {
            let name = piece.digest.as_str().trim_start_matches("sha256:").chars().take(12).collect();
            (name, piece.extent.length())
        });
        let target = ProgressDrawTarget::stderr_with_hz(DRAWS_A_SECOND);
        let screen = MultiProgress::with_draw_target(if watched { target } else { ProgressDrawTarget::hidden() });
        Self { blobs: blobs.collect(), bars: Mutex::default(), screen, watched }
    }

    pub(super) fn hear(&self, event: &Event<'_>) {
        match event {
            Event::Again { why, pause, .. } => self.say(&again(&why.to_string(), *pause)),
            _ if !self.watched => {}
            Event::Begins(at) => self.begin(*at),
            Event::Sent(at, bytes) => {
                if let Some(bar) = self.bars().get(at) {
                    bar.set_position(*bytes);
                }
            }
            Event::Ends(at, how) => {
                if let Some(bar) = self.bars().get(at) {
                    bar.set_position(bar.length().unwrap_or_default());
                    bar.finish_with_message(if *how == How::Mounted { "taken over" } else { "done" });
                }
            }
        }
    }

    /// The bars are gone when the answer comes.
    pub(super) fn clear(&self) {
        // Without a terminal there is nothing to clear.
        let _ = self.screen.clear();
    }

    fn begin(&self, at: usize) {
        let Some((name, length)) = self.blobs.get(at) else { return };
        // The pattern is constant.
        let style = ProgressStyle::with_template(STYLE).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(*length).with_style(style.progress_chars("## ")).with_prefix(name.clone());
        self.bars().insert(at, self.screen.add(bar));
    }

    fn bars(&self) -> std::sync::MutexGuard<'_, HashMap<usize, ProgressBar>> {
        self.bars.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, line: &str) {
        self.screen.suspend(|| screen::log_line(line));
    }
}

fn again(why: &str, pause: Duration) -> String {
    format!("{}; again in {:.1} s", sanitize(why), pause.as_secs_f64())
}

/// For people: `1.5 GiB`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => {
            let tenths = bytes / (unit / 10).max(1);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_for_people() {
        let rows =
            [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (1 << 20, "1.0 MiB"), (3 << 29, "1.5 GiB")];
        for (bytes, want) in rows {
            assert_eq!(size(bytes), want);
        }
    }
}
