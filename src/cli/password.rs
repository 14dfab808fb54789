//! A password that is typed, and not seen.

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

use crate::host::Interrupts;
use crate::model::secret::Secret;

/// What came of a question.
#[derive(Debug)]
pub enum Typed {
    Line(Secret),
    /// Ctrl-C, or the terminal went away.
    Interrupted,
}

/// How long a signal may wait to be noticed.
const SOON: Duration = Duration::from_millis(50);

/// Asks on the terminal. Whatever happens, it shows again what is typed.
pub fn ask(question: &str) -> Typed {
    let interrupts = Interrupts::listen();
    let Some(_unseen) = Unseen::begin() else { return Typed::Interrupted };
    let mut err = io::stderr();
    let _ = write!(err, "{question} ").and_then(|()| err.flush());
    let (send, lines) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        let _ = send.send(read.is_ok_and(|count| count > 0).then(|| Secret::new(line.trim_end_matches(['\r', '\n']))));
    });
    loop {
        match lines.recv_timeout(SOON) {
            Ok(Some(line)) => return Typed::Line(line),
            Ok(None) | Err(RecvTimeoutError::Disconnected) => return Typed::Interrupted,
            Err(RecvTimeoutError::Timeout) if interrupts.happened() => return Typed::Interrupted,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// The terminal shows nothing of what is typed, but the line's end, until this is dropped.
struct Unseen(Termios);

impl Unseen {
    fn begin() -> Option<Self> {
        let before = tcgetattr(io::stdin()).ok()?;
        let mut unseen = before.clone();
        unseen.local_flags.remove(LocalFlags::ECHO);
        unseen.local_flags.insert(LocalFlags::ECHONL);
        tcsetattr(io::stdin(), SetArg::TCSAFLUSH, &unseen).ok()?;
        Some(Self(before))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &self.0);
    }
}
