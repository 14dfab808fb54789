//! Running programs with a time limit, and finding running ones in `/proc`.
#![expect(clippy::disallowed_methods, reason = "this folder is the door itself")]

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::model::ask::{Answer, Output, Process};

/// Variables of a daemon that decide about proxies, certificates and rootless mode.
const TELLING: &[&str] = &[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "ALL_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "ROOTLESSKIT_STATE_DIR",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "HOME",
    "GODEBUG",
    "DOCKER_OPTS",
];

/// Ticks a second in `/proc/PID/stat`: 100 on every Linux (`USER_HZ`).
const TICKS: i64 = 100;

/// Runs a program without input and in the C locale, and collects what it prints.
///
/// # Errors
/// It cannot be started.
pub fn run(words: &[String], limit: Duration) -> io::Result<Option<Output>> {
    let [program, arguments @ ..] = words else { return Err(io::Error::other("no program is named")) };
    let mut child = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        // Ctrl-C is for regdoctor, which puts things back; what it started must not die half way.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (stdout, stderr) = match (collect(child.stdout.take()), collect(child.stderr.take())) {
        (Ok(stdout), Ok(stderr)) => (stdout, stderr),
        // There is no room for another thread: what cannot be listened to is not left running.
        (Err(error), _) | (_, Err(error)) => {
            child.kill()?;
            child.wait()?;
            return Err(error);
        }
    };
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    Ok(Some(Output {
        status: code,
        stdout: stdout.join().unwrap_or_default(),
        stderr: stderr.join().unwrap_or_default(),
    }))
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> io::Result<thread::JoinHandle<String>> {
    thread::Builder::new().spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // What was read before an error is still worth showing.
            let _ = pipe.take(16 * 1024 * 1024).read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Every process whose `comm` is one of `names`, oldest pid first.
pub fn named(names: &[String]) -> Answer {
    let Ok(entries) = fs::read_dir("/proc") else { return Answer::Missing };
    let own_namespace = fs::read_link("/proc/self/ns/pid").ok();
    let booted = boot_time().unwrap_or(0);
    let mut found: Vec<Process> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| {
            fs::read_to_string(format!("/proc/{pid}/comm"))
                .is_ok_and(|comm| names.iter().any(|name| fits(name, comm.trim())))
        })
        .filter_map(|pid| read(pid, booted, own_namespace.as_deref()))
        .collect();
    found.sort_by_key(|process| process.pid);
    Answer::Processes(found)
}

/// The kernel keeps 15 bytes of a name.
fn fits(name: &str, comm: &str) -> bool {
    comm == name.get(..15).unwrap_or(name)
}

fn boot_time() -> Option<i64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

fn read(pid: i32, booted: i64, own_namespace: Option<&Path>) -> Option<Process> {
    let folder = PathBuf::from(format!("/proc/{pid}"));
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // The name stands in parentheses and may hold blanks: count from the last one.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index).and_then(|field| field.parse::<i64>().ok());
    let namespace = fs::read_link(folder.join("ns/pid")).ok();
    Some(Process {
        pid,
        parent: i32::try_from(number(1)?).ok()?,
        uid: fs::metadata(&folder).ok()?.uid(),
        arguments: words(&fs::read(folder.join("cmdline")).ok()?),
        exe: fs::read_link(folder.join("exe")).ok(),
        environment: fs::read(folder.join("environ")).ok().map(|bytes| telling(&bytes)),
        started: booted + number(19)? / TICKS,
        contained: namespace.is_some() && own_namespace.is_some() && namespace.as_deref() != own_namespace,
    })
}

fn words(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end_matches('\0').split('\0').map(str::to_string).collect()
}

fn telling(bytes: &[u8]) -> Vec<(String, String)> {
    words(bytes)
        .iter()
        .filter_map(|word| word.split_once('='))
        .filter(|(name, _)| TELLING.contains(name))
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_with_a_limit_and_keeps_both_streams() {
        let words = |line: &[&str]| line.iter().map(ToString::to_string).collect::<Vec<_>>();
        let output =
            run(&words(&["sh", "-c", "echo out; echo err >&2; exit 3"]), Duration::from_secs(5)).unwrap().unwrap();
        assert_eq!(output, Output { status: 3, stdout: "out\n".into(), stderr: "err\n".into() });
        assert!(run(&words(&["sleep", "5"]), Duration::from_millis(50)).unwrap().is_none());
        assert!(run(&words(&["regdoctor-no-such-program"]), Duration::from_secs(1)).is_err());
    }

    #[test]
    fn finds_itself_in_proc() {
        let comm = fs::read_to_string("/proc/self/comm").unwrap().trim().to_string();
        let Answer::Processes(found) = named(&[comm]) else { panic!("no processes") };
        let own = i32::try_from(std::process::id()).unwrap();
        let own = found.iter().find(|process| process.pid == own).expect("this process");
        assert!(!own.contained && own.started > 1_000_000_000 && !own.arguments.is_empty());
    }
}
