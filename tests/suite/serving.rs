//! What the test registry is safe against, and what it tells: as a program, on loopback.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use regdoctor::client::{Image, Trust};
use serde_json::Value;

use crate::harness::{self, Bench};
use crate::server::Server;

/// What this process needs for itself.
const OWN_FILES: u64 = 300;

#[test]
fn crowds_do_not_stop_a_push() {
    let bench = Bench::new();
    let server = Server::start(&bench, &["--quiet"]);
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    // Eleven thousand, or as many as can be had here.
    let most = usize::try_from((hard.saturating_sub(OWN_FILES)).min(11_000)).unwrap();
    let (mut crowd, started) = (Vec::new(), Instant::now());
    for number in 0..most {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        // Every eleventh is slow in the middle of its headers, or of its body; the others say nothing.
        match number % 22 {
            0 => stream.write_all(b"GET /v2/ HTTP/1.1\r\nHost: r\r\nX-Slow: ").unwrap(),
            11 => {
                let head = b"POST /v2/slow/blobs/uploads/ HTTP/1.1\r\nHost: r\r\nContent-Length: 100000\r\n\r\nx";
                stream.write_all(head).unwrap();
            }
            _ => {}
        }
        crowd.push(stream);
    }
    for slow in crowd.iter_mut().step_by(11) {
        // Some were sent away already to make room, which is as it should be.
        let _ = slow.write_all(b"x");
    }
    let pushed = Instant::now();
    let client = server.client(&Trust::PlainHttp);
    let image = Image::tiny("crowd");
    client.push(&image, "crowd/app", "v1").unwrap();
    assert_eq!(client.pull("crowd/app", "v1").unwrap(), image);
    assert!(pushed.elapsed() < Duration::from_secs(10), "{:?} after {:?}", pushed.elapsed(), started.elapsed());
    drop(crowd);
    server.end(Signal::SIGTERM).ended(0);
}

#[test]
fn an_end_in_the_middle_of_an_upload_leaves_nothing() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let bench = Bench::new();
        let server = Server::start(&bench, &["--data", &bench.at("data")]);
        let begin = "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: r\r\nContent-Length: 0\r\n\r\n";
        let answer = talk(&server, begin, "\r\n\r\n");
        let path = answer.split("location: ").nth(1).unwrap().lines().next().unwrap();
        let mut upload = TcpStream::connect(&server.address).unwrap();
        let head = format!("PATCH {path} HTTP/1.1\r\nHost: r\r\nContent-Length: 2000000\r\n\r\n");
        upload.write_all(head.as_bytes()).unwrap();
        upload.write_all(&vec![b'x'; 1_000_000]).unwrap();
        server.end(signal).ended(0);
        let left: Vec<_> = fs::read_dir(bench.path("data/_uploads")).unwrap().map(|one| one.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn no_path_leads_out_of_the_data_folder() {
    let bench = Bench::new();
    bench.lay("secret", "secret-word");
    std::os::unix::fs::symlink(bench.path("secret"), bench.path("link")).unwrap();
    let server = Server::start(&bench, &["--quiet", "--data", &bench.at("data")]);
    let digest = format!("sha256:{}", "0".repeat(64));
    for hostile in
        ["../secret", "..%2fsecret", "%2e%2e/secret", "a/../../secret", "a%00b", "/etc/passwd", "a//../..", "."]
    {
        for tail in
            ["manifests/latest", "blobs/uploads/", "tags/list", &format!("blobs/{digest}"), "blobs/uploads/../../x"]
        {
            for method in ["GET", "PUT", "POST", "PATCH", "DELETE"] {
                let head = format!(
                    "{method} /v2/{hostile}/{tail} HTTP/1.1\r\nHost: r\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"
                );
                let answer = talk(&server, &head, "");
                assert!(answer.starts_with("HTTP/1.1 4") && !answer.contains("secret-word"), "{head}{answer}");
            }
        }
    }
    let mut names: Vec<_> = fs::read_dir(bench.path(".")).unwrap().map(|one| one.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["data", "home", "link", "no-programs", "secret", "tmp"]);
    assert_eq!(bench.read("secret"), "secret-word");
    server.end(Signal::SIGTERM).ended(0);
}

#[test]
fn the_log_is_for_machines_too_and_holds_no_secret() {
    let bench = Bench::new();
    let server = Server::start(&bench, &["--log", "json", "--fault", "rate-limited:path=/v2/_catalog"]);
    for path in ["/v2/?token=secret-word&password=secret-word", "/v2/_catalog"] {
        talk(
            &server,
            &format!(
                "GET {path} HTTP/1.1\r\nHost: r\r\nConnection: close\r\nAuthorization: Bearer secret-word\r\nUser-Agent: x\r\n\r\n"
            ),
            "",
        );
    }
    let ran = server.end(Signal::SIGTERM).ended(0);
    let lines: Vec<Value> = ran.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(lines.len(), 2, "{ran}");
    assert_eq!(
        (&lines[0]["path"], &lines[0]["status"], &lines[0]["faults"]),
        (&"/v2/".into(), &200.into(), &Value::Array(vec![]))
    );
    assert_eq!((&lines[1]["status"], &lines[1]["faults"][0]), (&429.into(), &"rate-limited".into()));
    assert!(!ran.stderr.contains("secret-word"), "{ran}");
}

#[test]
fn an_ordinary_user_runs_it() {
    const NOBODY: u32 = 65534;
    if !harness::is_root() {
        return;
    }
    let bench = Bench::new();
    let folder = bench.path(".");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    // Where the program lies may be closed to others.
    let program = bench.path("regdoctor");
    fs::copy(env!("CARGO_BIN_EXE_regdoctor"), &program).unwrap();
    bench.lay_folder("data");
    std::os::unix::fs::chown(bench.path("data"), Some(NOBODY), Some(NOBODY)).unwrap();
    let mut command = std::process::Command::new(program);
    command.env_clear().uid(NOBODY).gid(NOBODY).current_dir("/");
    let server = Server::of(command, &["--quiet", "--data", &bench.at("data")]);
    let image = Image::tiny("nobody");
    server.client(&Trust::PlainHttp).push(&image, "a", "v1").unwrap();
    server.end(Signal::SIGTERM).ended(0);
}

#[test]
fn faults_are_listed_and_wrong_ones_refused() {
    let bench = Bench::new();
    let list = bench.run(&["serve-test-registry", "--list-faults"]).ended(0).stdout;
    assert!(list.contains("\nrate-limited ") && list.contains("retry-after=60") && list.contains("  chance"), "{list}");
    let wide: Vec<&str> = list.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:?}");
    let json = bench.run(&["serve-test-registry", "--list-faults", "--format", "json"]).ended(0).json();
    assert_eq!(json["schema"], "regdoctor.faults/1");
    assert!(json["faults"].as_array().unwrap().len() > 90);
    let wrong = bench.run(&["serve-test-registry", "--fault", "rate-limit"]).ended(2);
    assert!(wrong.stderr.contains("there is no fault `rate-limit`; there is"), "{wrong}");
    let plain = bench.run(&["serve-test-registry", "--listen", "127.0.0.1:0", "--fault", "cert-cn-only"]).ended(2);
    assert!(plain.stderr.contains("hint: --tls DIR makes one"), "{plain}");
}

/// Sends a request and reads up to `end`, or to the end of the connection.
fn talk(server: &Server, request: &str, end: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let (mut answer, mut bytes) = (String::new(), [0; 4096]);
    while end.is_empty() || !answer.contains(end) {
        match stream.read(&mut bytes) {
            Ok(count) if count > 0 => answer += &String::from_utf8_lossy(&bytes[..count]),
            _ => break,
        }
    }
    answer
}
