//! The terminal: what goes where, in which form, decided once.
#![expect(clippy::disallowed_methods, reason = "this is the one place that prints")]

use std::env;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::time::{Duration, Instant};

use colored::{ColoredString, Colorize, control};

use super::arguments::{Common, When};
use super::failure::Failure;
use super::waiting::Waiting;
use crate::report::{Style, ascii, sanitize};

/// Answers go to stdout; progress, questions and errors to stderr.
#[derive(Debug)]
pub struct Screen {
    style: Style,
    asks: bool,
    /// Whether somebody sees progress: stderr is a terminal that can take a line back.
    watched: bool,
    /// Whether errors and warnings may be coloured: their stream has a say of its own.
    colours_errors: bool,
    /// When colour is wanted.
    colour: When,
}

impl Screen {
    pub fn new(common: &Common) -> Self {
        control::set_override(colour(common.color));
        Self {
            style: Style { unicode: unicode(), width: width(), verbose: common.verbose },
            colour: common.color,
            colours_errors: common.color == When::Always || io::stderr().is_terminal(),
            asks: io::stdin().is_terminal() && io::stderr().is_terminal(),
            watched: io::stderr().is_terminal() && !env::var("TERM").is_ok_and(|term| term == "dumb"),
        }
    }

    pub fn style(&self) -> Style {
        self.style
    }

    /// Whether a person is there to answer a question.
    pub fn can_ask(&self) -> bool {
        self.asks
    }

    /// Whether somebody sees progress.
    pub fn is_watched(&self) -> bool {
        self.watched
    }

    /// The answer goes to a file: no colour, unless it was asked for in so many words.
    pub fn plain(&self) {
        if self.colour != When::Always {
            control::set_override(false);
        }
    }

    /// A part of the answer, with its own line ends. A closed pipe is no fault.
    #[expect(clippy::unused_self, reason = "who prints says so by having the screen")]
    pub fn answer(&self, text: &str) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// One line of progress or news.
    pub fn say(&self, line: &str) {
        let _ = if self.style.unicode {
            writeln!(io::stderr(), "{line}")
        } else {
            writeln!(io::stderr(), "{}", ascii(line))
        };
    }

    /// Shows the seconds as they pass, on a terminal, until the value is dropped.
    pub fn waiting(&self, limit: Duration) -> Option<Waiting> {
        if self.watched { Waiting::begin(limit) } else { None }
    }

    /// A yes or no; no when nobody is there.
    pub fn ask(&self, question: &str) -> bool {
        if !self.asks {
            return false;
        }
        let mut err = io::stderr().lock();
        let _ = write!(err, "{question} [y/N] ").and_then(|()| err.flush());
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        read.is_ok() && matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    pub fn failure(&self, failure: &Failure) {
        self.say(&format!("{} {}", self.label("error:".red()), shown(&failure.what)));
        for cause in &failure.causes {
            self.say(&format!("  caused by: {}", shown(cause)));
        }
        for hint in &failure.hints {
            self.say(&format!("{} {}", self.label("hint:".normal()), sanitize(hint)));
        }
    }

    fn label(&self, text: ColoredString) -> ColoredString {
        if self.colours_errors { text.bold() } else { text.clear() }
    }

    pub fn warning(&self, text: &str) {
        self.say(&format!("{} {}", self.label("warning:".yellow()), sanitize(text)));
    }
}

/// A line that counts, on a terminal alone, and only when it takes long enough to be asked about.
#[derive(Debug)]
pub struct Progress {
    of: usize,
    what: &'static str,
    watched: bool,
    next: Instant,
    drawn: bool,
}

/// Before this nobody wonders.
const PATIENCE: Duration = Duration::from_millis(300);
/// No eye reads faster.
const BETWEEN: Duration = Duration::from_millis(100);

impl Progress {
    pub fn of(count: usize, what: &'static str) -> Self {
        let watched = io::stderr().is_terminal() && count > 1;
        Self { of: count, what, watched, next: Instant::now() + PATIENCE, drawn: false }
    }

    pub fn reached(&mut self, count: usize) {
        if self.watched && Instant::now() >= self.next {
            let _ = write!(io::stderr(), "\r{count} of {} {}", self.of, self.what);
            (self.next, self.drawn) = (Instant::now() + BETWEEN, true);
        }
    }
}

/// The line is gone when the answer comes.
impl Drop for Progress {
    fn drop(&mut self) {
        if self.drawn {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// Harmless, and in the system's words without Rust's number behind them: `No such file or directory (os error 2)`.
fn shown(text: &str) -> String {
    let text = sanitize(text);
    match text.split_once(" (os error ") {
        Some((words, rest)) => format!("{words}{}", rest.split_once(')').map_or("", |(_, rest)| rest)),
        None => text,
    }
}

/// `--color`, then a non-empty NO_COLOR, CLICOLOR_FORCE, TERM=dumb, then whether stdout is a terminal.
fn colour(when: When) -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if set("NO_COLOR") => false,
        When::Auto if env::var("CLICOLOR_FORCE").is_ok_and(|value| !value.is_empty() && value != "0") => true,
        When::Auto if env::var("TERM").is_ok_and(|term| term == "dumb") => false,
        When::Auto => io::stdout().is_terminal(),
    }
}

/// The first of these that is set names the character set.
fn unicode() -> bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let locale = names.iter().filter_map(|name| env::var(name).ok()).find(|value| !value.is_empty());
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn width() -> usize {
    let columns = env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    columns.filter(|columns| *columns >= 40).unwrap_or(80)
}

/// More than this of a log is not read.
const MOST: u64 = 64 * 1024 * 1024;

/// What is piped in; nothing from a terminal, where nobody may be typing.
pub fn piped() -> String {
    if io::stdin().is_terminal() { String::new() } else { standard_input() }
}

/// All of standard input; what is no UTF-8 is kept as far as it is. One that cannot be read is an empty one.
pub fn standard_input() -> String {
    let mut bytes = Vec::new();
    let _ = io::stdin().lock().take(MOST).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One line of a log, from any thread.
pub fn log_line(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
