//! A disk that is full, and one that cannot be written to: small file systems of their own.
//!
//! Mounting them needs root; without it this is skipped, and says so.

use std::io;
use std::path::PathBuf;
use std::process::Command;

use nix::sys::signal::Signal;

use crate::harness::{self, Bench};
use crate::layouts::skipped;
use crate::raw::{ask, named};
use crate::server::{Server, uploads};

/// A file system of 2 MiB, gone at the end.
struct Small(PathBuf);

impl Small {
    fn mount(bench: &Bench) -> io::Result<Self> {
        let folder = PathBuf::from(bench.lay_folder("data"));
        mount(&["-t", "tmpfs", "-o", "size=2m", "small", folder.to_str().unwrap()])?;
        Ok(Self(folder))
    }

    fn make_read_only(&self) {
        mount(&["-o", "remount,ro", self.0.to_str().unwrap()]).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // A panic of a test may come here with a registry that still uses it.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn mount(arguments: &[&str]) -> io::Result<()> {
    let output = Command::new("mount").args(arguments).output()?;
    if output.status.success() { Ok(()) } else { Err(io::Error::other(String::from_utf8_lossy(&output.stderr))) }
}

#[test]
fn a_full_disk_and_a_read_only_one_are_said_and_nothing_else_stops() {
    if !harness::is_root() {
        return skipped("mounting needs root");
    }
    let bench = Bench::new();
    let small = match Small::mount(&bench) {
        Ok(small) => small,
        Err(error) => return skipped(&format!("nothing can be mounted here: {error}")),
    };
    let server = Server::start(&bench, &["--data", &bench.at("data")]);
    let push = |server: &Server, body: &[u8], want: u16| {
        let path = format!("/v2/app/blobs/uploads/?digest={}", named(body));
        ask(&server.address, "POST", &path, body, want).unwrap().1
    };
    let kept = vec![1; 100_000];
    push(&server, &kept, 201);
    let refused = push(&server, &vec![2; 3 << 20], 507);
    assert!(String::from_utf8_lossy(&refused).contains("the disk of the registry is full"));
    assert_eq!(uploads(&bench.path("data")), Vec::<PathBuf>::new(), "nothing of it is left");
    push(&server, &[3; 1000], 201);
    let blob = format!("/v2/app/blobs/{}", named(&kept));
    assert_eq!(ask(&server.address, "GET", &blob, b"", 200).unwrap().1, kept);
    ask(&server.address, "PUT", "/v2/app/manifests/v1", b"{}", 201).unwrap();
    let ran = server.end(Signal::SIGTERM).ended(0);
    assert!(ran.stderr.contains("507") && ran.stderr.contains("No space left on device"), "{ran}");

    small.make_read_only();
    let server = Server::start(&bench, &["--data", &bench.at("data")]);
    assert_eq!(ask(&server.address, "GET", &blob, b"", 200).unwrap().1, kept);
    let refused = push(&server, b"more", 403);
    assert!(String::from_utf8_lossy(&refused).contains("cannot be written to"));
    ask(&server.address, "PUT", "/v2/app/manifests/v1", b"{ }", 403).unwrap();
    ask(&server.address, "DELETE", "/v2/app/manifests/v1", b"", 403).unwrap();
    ask(&server.address, "DELETE", &blob, b"", 403).unwrap();
    assert_eq!(ask(&server.address, "GET", "/v2/app/manifests/v1", b"", 200).unwrap().1, b"{}");
    let ran = server.end(Signal::SIGTERM).ended(0);
    assert!(ran.stderr.contains("403 DENIED") && ran.stderr.contains("Read-only file system"), "{ran}");
}
