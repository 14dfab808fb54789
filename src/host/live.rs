//! The machine that regdoctor runs on, or a folder that stands for one (`--root`).
#![expect(clippy::disallowed_methods, reason = "this folder is the door itself")]

use std::fs::{File, TryLockError};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use std::{env, thread};

use nix::fcntl::{OFlag, openat};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Group, Pid, Uid, User, getgroups};

use super::http::{self, NoAnswer};
use super::rooted::{self, Last, Place};
use super::{HelperSaid, Host, Lock, commit, helper, process, read};
use crate::model::act::{Act, ActError, Done, HttpRequest};
use crate::model::ask::{Answer, Ask, Caller, Identity};

/// How long one question may take.
const ASK_LIMIT: Duration = Duration::from_secs(8);
/// Where engines are installed, also when an ordinary user's search path leaves it out.
const SYSTEM_FOLDERS: &str = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

/// This machine.
#[derive(Debug, Clone, Default)]
pub struct Live {
    root: Option<PathBuf>,
}

impl Live {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A folder that stands for `/`.
    #[must_use]
    pub fn under(root: PathBuf) -> Self {
        Self { root: Some(root) }
    }

    fn place(&self, path: &Path, last: Last) -> io::Result<Place> {
        rooted::reach(self.root.as_deref(), path, last)
    }
}

fn answer_of(error: &io::Error) -> Answer {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Answer::Missing,
        io::ErrorKind::PermissionDenied => Answer::Denied,
        _ => Answer::Failed(reason(error)),
    }
}

/// The system's words without Rust's number behind them.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_string()
}

fn identity() -> Identity {
    let uid = Uid::effective();
    let user = User::from_uid(uid).ok().flatten();
    let home = env::var_os("HOME").map(PathBuf::from);
    let groups = getgroups().unwrap_or_default();
    Identity {
        uid: uid.as_raw(),
        user: user.as_ref().map_or_else(|| uid.to_string(), |user| user.name.clone()),
        home: home.or_else(|| user.map(|user| user.dir)).unwrap_or_else(|| PathBuf::from("/")),
        groups: groups
            .into_iter()
            .filter_map(|id| Group::from_gid(id).ok().flatten())
            .map(|group| group.name)
            .collect(),
        sudo: uid.is_root().then(sudo_caller).flatten(),
    }
}

fn sudo_caller() -> Option<Caller> {
    let name = env::var("SUDO_USER").ok()?;
    let user = User::from_name(&name).ok().flatten()?;
    (!user.uid.is_root()).then(|| Caller { uid: user.uid.as_raw(), user: user.name, home: user.dir })
}

fn program(name: &str) -> Answer {
    let own = env::var("PATH").unwrap_or_default();
    match which::which_in(name, Some(format!("{own}:{SYSTEM_FOLDERS}")), "/") {
        Ok(path) => Answer::Text(path.to_string_lossy().into_owned()),
        Err(_) => Answer::Missing,
    }
}

fn unix_http(socket: &Path, path: &str) -> Answer {
    match http::get(socket, path, ASK_LIMIT) {
        Ok(answer) => Answer::Http(answer),
        Err(NoAnswer::Io(error)) => answer_of(&error),
        Err(NoAnswer::Protocol(text)) => Answer::Failed(text),
        Err(NoAnswer::TimedOut) => Answer::TimedOut,
    }
}

fn command(words: &[String]) -> Answer {
    match process::run(words, ASK_LIMIT) {
        Ok(Some(output)) => Answer::Output(output),
        Ok(None) => Answer::TimedOut,
        Err(error) => answer_of(&error),
    }
}

fn now() -> Answer {
    let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Answer::Clock(i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX))
}

impl Host for Live {
    fn ask(&self, ask: &Ask) -> Answer {
        let root = self.root.as_deref();
        let found = match ask {
            Ask::File(path) => read::file(root, path),
            Ask::Dir(path) => read::dir(root, path),
            Ask::Path(path) => read::path(root, path),
            Ask::Attributes(path) => read::attributes(root, path),
            Ask::Locked(path) => read::locked(root, path),
            Ask::Identity => return Answer::Identity(identity()),
            Ask::Clock => return now(),
            // A folder has no processes, programs or sockets: those of this machine say nothing about it.
            _ if self.root.is_some() => return Answer::Missing,
            Ask::Program(name) => return program(name),
            Ask::Command(words) => return command(words),
            Ask::UnixHttp { socket, path } => return unix_http(socket, path),
            Ask::Env(name) => return env::var(name).map_or(Answer::Missing, Answer::Text),
            Ask::Processes(names) => return process::named(names),
        };
        found.unwrap_or_else(|error| answer_of(&error))
    }

    fn act(&self, act: &Act) -> Result<Done, ActError> {
        let file = |doing: &'static str, path: &Path, result: io::Result<()>| {
            result.map(|()| Done::Nothing).map_err(|error| ActError::File {
                doing,
                path: path.to_path_buf(),
                reason: reason(&error),
            })
        };
        match act {
            Act::Write { path, bytes, fresh, instead_of } => {
                let write = |place: Place| commit::replace(&place, bytes, fresh, instead_of);
                file("write", path, self.place(path, Last::Follow).and_then(write))
            }
            Act::RemoveFile { path, instead_of } => {
                let remove = |place: Place| commit::remove_file(&place, instead_of);
                file("remove", path, self.place(path, Last::Keep).and_then(remove))
            }
            Act::MakeLink { path, target } => {
                let make = |place: Place| commit::make_link(&place, target.as_os_str());
                file("make the link", path, self.place(path, Last::Keep).and_then(make))
            }
            Act::Sweep { path, known } => {
                let sweep = |place: Place| commit::sweep(&place, known);
                file("clean up beside", path, self.place(path, Last::Follow).and_then(sweep))
            }
            Act::RemoveFolder(path) => {
                let remove = |place: Place| commit::remove_folder(&place);
                file("remove the folder", path, self.place(path, Last::Keep).and_then(remove))
            }
            Act::MakeFolder { path, fresh } => {
                let make = |place: Place| commit::make_folder(&place, fresh);
                file("make the folder", path, self.place(path, Last::Follow).and_then(make))
            }
            Act::Run { words, limit } => run(words, *limit),
            Act::Hangup(pid) => kill(Pid::from_raw(*pid), Signal::SIGHUP)
                .map(|()| Done::Nothing)
                .map_err(|error| ActError::Signal { pid: *pid, reason: error.desc().to_string() }),
            Act::Http(request) => exchange(request),
            Act::Wait(duration) => {
                thread::sleep(*duration);
                Ok(Done::Nothing)
            }
        }
    }

    fn credential(&self, program: &Path, server: &str, person: Option<&Caller>, limit: Duration) -> HelperSaid {
        match &self.root {
            Some(_) => HelperSaid::NotRun("a folder runs nothing".into()),
            None => helper::ask(program, server, person, limit),
        }
    }

    fn lock(&self, path: &Path, limit: Duration) -> Result<Lock, ActError> {
        let failed = |reason: String| ActError::File { doing: "lock", path: path.to_path_buf(), reason };
        let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let open =
            |place: Place| Ok(openat(&place.folder, place.name.as_os_str(), flags, Mode::from_bits_truncate(0o600))?);
        let opened: io::Result<OwnedFd> = self.place(path, Last::Follow).and_then(open);
        let file = File::from(opened.map_err(|error| failed(reason(&error)))?);
        let deadline = Instant::now() + limit;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock(file)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(Duration::from_millis(50)),
                Err(TryLockError::WouldBlock) => {
                    return Err(failed(format!("another regdoctor held it for {} seconds", limit.as_secs())));
                }
                Err(TryLockError::Error(error)) => return Err(failed(reason(&error))),
            }
        }
    }

    fn is_folder(&self) -> bool {
        self.root.is_some()
    }
}

fn run(words: &[String], limit: Duration) -> Result<Done, ActError> {
    let failed = |reason: String| ActError::Run { command: words.join(" "), reason };
    match process::run(words, limit) {
        Ok(Some(output)) => Ok(Done::Output(output)),
        Ok(None) => Err(failed(format!("it did not end within {} seconds", limit.as_secs()))),
        Err(error) => Err(failed(reason(&error))),
    }
}

fn exchange(request: &HttpRequest) -> Result<Done, ActError> {
    let failed = |reason: String| ActError::Http {
        socket: request.socket.clone(),
        request: format!("{} {}", request.method, request.path),
        reason,
    };
    match http::exchange(request) {
        Ok(answer) => Ok(Done::Http(answer)),
        Err(NoAnswer::Io(error)) => Err(failed(reason(&error))),
        Err(NoAnswer::Protocol(text)) => Err(failed(text)),
        Err(NoAnswer::TimedOut) => Err(failed(format!("nothing came within {} seconds", request.limit.as_secs()))),
    }
}
