//! The seconds as they pass, while a person waits for Docker: one line that replaces itself and goes away.

use std::io::{self, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Shorter waits are not worth a line.
const QUIET: Duration = Duration::from_millis(300);
const STEP: Duration = Duration::from_millis(250);

/// Shown until it is dropped.
#[derive(Debug)]
pub struct Waiting {
    end: Sender<()>,
    shows: Option<JoinHandle<()>>,
}

impl Waiting {
    /// `None` when there is no thread to be had: nobody needs the line.
    pub fn begin(limit: Duration) -> Option<Self> {
        let (end, ended) = mpsc::channel();
        let show = move || {
            let began = Instant::now();
            let mut pause = QUIET;
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                write(&format!("waiting for Docker: {} of {} s", began.elapsed().as_secs(), limit.as_secs()));
                pause = STEP;
            }
            if pause == STEP {
                write("");
            }
        };
        Some(Self { end, shows: Some(thread::Builder::new().spawn(show).ok()?) })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // The thread has ended already when nobody listens.
        let _ = self.end.send(());
        if let Some(shows) = self.shows.take() {
            let _ = shows.join();
        }
    }
}

/// In the place of what stands in this line.
fn write(line: &str) {
    let mut out = io::stderr().lock();
    // A terminal that went away takes no progress.
    let _ = write!(out, "\r\x1b[K{line}").and_then(|()| out.flush());
}
