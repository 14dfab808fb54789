//! The machine that regdoctor runs on, or a folder that stands for one (`--root`).
#![expect(clippy::disallowed_methods, reason = "this folder is the door itself")]

use std::fs::{self, File, Metadata, Permissions, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use std::{env, thread};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Group, Pid, Uid, User, getgroups};

use super::http::{self, NoAnswer};
use super::{HelperSaid, Host, Lock, commit, helper, process, rooted};
use crate::model::act::{Act, ActError, Done, HttpRequest};
use crate::model::ask::{Answer, Ask, Caller, DirEntry, FileContent, Identity, Kind, PathStatus};

/// How long one question may take.
const ASK_LIMIT: Duration = Duration::from_secs(8);
/// Files larger than this are not configuration.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// Where engines are installed, also when an ordinary user's search path leaves it out.
const SYSTEM_FOLDERS: &str = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

/// This machine.
#[derive(Debug, Default)]
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

    fn real(&self, path: &Path, follow_last: bool) -> io::Result<PathBuf> {
        rooted::resolve(self.root.as_deref(), path, follow_last)
    }

    /// The path as the machine under the root names it.
    fn inside(&self, real: PathBuf) -> PathBuf {
        match &self.root {
            Some(root) => real.strip_prefix(root).map(|rest| Path::new("/").join(rest)).unwrap_or(real),
            None => real,
        }
    }

    fn file(&self, path: &Path) -> io::Result<Answer> {
        let real = self.real(path, true)?;
        let metadata = fs::metadata(&real)?;
        if !metadata.is_file() {
            return Ok(Answer::Failed("it is not a regular file".into()));
        }
        let mut bytes = Vec::new();
        File::open(&real)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Ok(Answer::Failed(format!("it is larger than {} MiB", MOST_BYTES / 1024 / 1024)));
        }
        let target = fs::canonicalize(&real).ok().map(|found| self.inside(found)).filter(|found| found != path);
        Ok(Answer::File(FileContent {
            bytes,
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
            modified: metadata.mtime(),
            target,
        }))
    }

    fn dir(&self, path: &Path) -> io::Result<Answer> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(self.real(path, true)?)? {
            let entry = entry?;
            let kind = kind_of(&entry.metadata()?);
            entries.push(DirEntry { name: entry.file_name().to_string_lossy().into_owned(), kind });
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Answer::Dir(entries))
    }

    fn path(&self, path: &Path) -> io::Result<Answer> {
        let real = self.real(path, false)?;
        let metadata = fs::symlink_metadata(&real)?;
        Ok(Answer::Path(PathStatus {
            kind: kind_of(&metadata),
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
            modified: metadata.mtime(),
            target: fs::read_link(&real).ok(),
        }))
    }

    fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        let real = self.real(path, true)?;
        let real = match fs::canonicalize(&real) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => real,
            Err(error) => return Err(error),
        };
        commit::replace(&real, bytes, mode)
    }
}

fn kind_of(metadata: &Metadata) -> Kind {
    let kind = metadata.file_type();
    if kind.is_file() {
        Kind::File
    } else if kind.is_dir() {
        Kind::Dir
    } else if kind.is_symlink() {
        Kind::Link
    } else if kind.is_socket() {
        Kind::Socket
    } else {
        Kind::Other
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
        let found = match ask {
            Ask::File(path) => self.file(path),
            Ask::Dir(path) => self.dir(path),
            Ask::Path(path) => self.path(path),
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
            Act::Write { path, bytes, mode } => file("write", path, self.write(path, bytes, *mode)),
            Act::RemoveFile(path) => file("remove", path, self.remove(path, |real| fs::remove_file(real))),
            Act::RemoveFolder(path) => file("remove the folder", path, self.remove(path, |real| fs::remove_dir(real))),
            Act::MakeFolder { path, mode } => file("make the folder", path, self.make_folder(path, *mode)),
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
        let real = self.real(path, true).map_err(|error| failed(reason(&error)))?;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(real).map_err(|error| failed(reason(&error)))?;
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

impl Live {
    fn remove(&self, path: &Path, remove: impl Fn(&Path) -> io::Result<()>) -> io::Result<()> {
        let real = self.real(path, false)?;
        remove(&real)?;
        real.parent().map_or(Ok(()), commit::sync_folder)
    }

    fn make_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        let real = self.real(path, true)?;
        fs::create_dir(&real)?;
        fs::set_permissions(&real, Permissions::from_mode(mode))?;
        real.parent().map_or(Ok(()), commit::sync_folder)
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
