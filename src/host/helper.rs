//! Credential helpers: programs that keep logins, asked as the person whose logins they are.
#![expect(clippy::disallowed_methods, reason = "this folder is the door itself")]

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, User};

use super::HelperSaid;
use crate::model::ask::Caller;
use crate::model::secret::Secret;

const MOST_BYTES: u64 = 64 * 1024;

/// `PROGRAM get` with the server's name on its input; under sudo as the caller, whose key ring it is.
pub fn ask(program: &Path, server: &str, person: Option<&Caller>, limit: Duration) -> HelperSaid {
    let mut command = Command::new(program);
    command.arg("get").env("LC_ALL", "C").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    if let Some(person) = person {
        let Some(gid) = User::from_uid(person.uid.into()).ok().flatten().map(|user| user.gid.as_raw()) else {
            return HelperSaid::NotRun(format!("the user {} is not known here", person.user));
        };
        let runtime = format!("/run/user/{}", person.uid);
        command.uid(person.uid).gid(gid).current_dir("/");
        command.env("HOME", &person.home).env("USER", &person.user).env("XDG_RUNTIME_DIR", &runtime);
        command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={runtime}/bus"));
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            return HelperSaid::NotRun(error.to_string().split(" (os error").next().unwrap_or_default().into());
        }
    };
    if let Some(mut input) = child.stdin.take() {
        // One that does not read it says so by its answer.
        let _ = input.write_all(server.as_bytes());
    }
    let output = child.stdout.take();
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(output) = output {
            // What was read before an error is what it said.
            let _ = output.take(MOST_BYTES).read_to_end(&mut bytes);
        }
        let _ = send.send(bytes);
    });
    let Ok(bytes) = receive.recv_timeout(limit) else {
        // It may have ended by itself in between; then there is nothing to end.
        let group = i32::try_from(child.id()).map(Pid::from_raw);
        let _ = group.map(|group| killpg(group, Signal::SIGKILL));
        let _ = child.wait();
        return HelperSaid::TimedOut;
    };
    let well = child.wait().is_ok_and(|status| status.success());
    let text = String::from_utf8_lossy(&bytes).trim().to_string();
    if well { HelperSaid::Output(Secret::new(text)) } else { HelperSaid::Refused(text) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn helper(script: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docker-credential-test");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        (folder, path)
    }

    #[test]
    fn every_way_to_answer() {
        let ask = |script: &str| {
            let (_folder, path) = helper(script);
            ask(&path, "reg.lan:5000", None, Duration::from_secs(20))
        };
        let said = ask(r#"read server; echo "{\"Secret\":\"for $server $1\"}""#);
        assert!(matches!(&said, HelperSaid::Output(text) if text.expose() == r#"{"Secret":"for reg.lan:5000 get"}"#));
        assert!(!format!("{said:?}").contains("for reg"));
        let refused = HelperSaid::Refused("credentials not found in native keychain".into());
        assert_eq!(ask("echo credentials not found in native keychain; exit 1"), refused);
        let (_folder, path) = helper("exec sleep 30");
        assert_eq!(super::ask(&path, "x", None, Duration::from_millis(50)), HelperSaid::TimedOut);
        assert!(matches!(
            super::ask(Path::new("/nonexistent"), "x", None, Duration::from_secs(1)),
            HelperSaid::NotRun(_)
        ));
    }
}
