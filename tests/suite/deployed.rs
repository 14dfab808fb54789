//! What `deploy` writes: the files, what becomes of them the next time, and that no secret is anywhere but where it must be.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::pty::openpty;
use nix::sys::signal::Signal;
use regdoctor::client::{Image, Trust};
use regdoctor::model::secret::Secret;

use crate::harness::{Bench, Ran};
use crate::server::Server;

const PASSWORD: &str = "hunter2-hunter2";

/// Every file below, with its mode.
type Tree = BTreeMap<PathBuf, (u32, String)>;

fn tree(folder: &Path) -> Tree {
    let mut found = Tree::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(tree(&path));
        } else {
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
            found.insert(path.clone(), (mode, fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// Deploys for alice, whose password is in a file.
fn deploy(bench: &Bench, arguments: &[&str]) -> Ran {
    let password = bench.lay("password", format!("{PASSWORD}\n"));
    let out = bench.at("out");
    let fixed = ["deploy", "--out", &out, "--user", "alice", "--password-file", &password];
    bench.run(&[&fixed, arguments].concat())
}

#[test]
fn every_form_is_written_as_it_is_shown() {
    let rows: [(&str, &[&str]); 5] = [
        ("compose", &["registry.lan:5000"]),
        ("compose-nginx", &["registry.lan:8443", "--behind-proxy", "nginx", "--registry-version", "2"]),
        ("compose-traefik", &["registry.lan", "--behind-proxy", "traefik"]),
        ("systemd", &["10.0.0.7", "--run-by", "systemd"]),
        ("systemd-caddy", &["registry.lan:8443", "--run-by", "systemd", "--behind-proxy", "caddy"]),
    ];
    for (name, arguments) in rows {
        let bench = Bench::new().wide();
        let ran = deploy(&bench, arguments).ended(0);
        let mut text = ran.to_string();
        for (path, (mode, content)) in tree(&bench.path("out")) {
            let shown = path.strip_prefix(bench.path("out")).unwrap().display();
            let content = if content.contains("-----BEGIN") { "(PEM)\n".to_string() } else { content };
            let _ = write!(text, "=== {shown} {mode:04o}\n{content}");
        }
        let mut settings = bench.settings();
        settings.add_filter(r"secret: [0-9a-f]{64}", "secret: [SECRET]");
        settings.add_filter(r"\$2y\$08\$\S{53}", "[HASH]");
        settings.bind(|| insta::assert_snapshot!(format!("deploy-{name}"), text));
    }
}

#[test]
fn the_same_again_changes_nothing() {
    let bench = Bench::new();
    for more in [&[][..], &["--behind-proxy", "nginx"], &["--run-by", "systemd", "--behind-proxy", "caddy"]] {
        let arguments = [&["registry.lan:8443"][..], more].concat();
        deploy(&bench, &arguments).ended(0);
        let before = tree(&bench.path("out"));
        let again = deploy(&bench, &arguments).ended(0);
        assert!(
            !again.stdout.contains("written") && again.stdout.contains("registry/htpasswd           kept"),
            "{again}"
        );
        assert_eq!(tree(&bench.path("out")), before);
        // Nor is the user asked for that is there already.
        let out = bench.at("out");
        let without = [&["deploy", "--out", &out][..], &arguments].concat();
        bench.run(&without).ended(0);
        assert_eq!(tree(&bench.path("out")), before);
    }
}

#[test]
fn what_somebody_changed_is_kept_or_named_and_never_overwritten() {
    let bench = Bench::new();
    deploy(&bench, &["registry.lan:5000"]).ended(0);
    let secret = bench.read("out/registry/config.yml");
    let edited = bench.read("out/compose.yaml").replace("unless-stopped", "always");
    bench.lay("out/compose.yaml", &edited);
    // What would be written is what was written: the person's change stands.
    let again = deploy(&bench, &["registry.lan:5000"]).ended(0);
    assert!(again.stdout.contains("compose.yaml                kept as it was changed"), "{again}");
    assert_eq!(bench.read("out/compose.yaml"), edited);
    // It would be another now: that is for the person to decide, and nothing at all is written.
    let before = tree(&bench.path("out"));
    let other = deploy(&bench, &["registry.lan:5001", "--behind-proxy", "nginx"]).ended(1);
    assert!(other.stdout.is_empty() && other.stderr.contains("out/compose.yaml exists"), "{other}");
    assert!(other.stderr.contains("\nhint: move it away"), "{other}");
    assert_eq!(tree(&bench.path("out")), before);
    // Without that change it is regdoctor's own, and is written anew with the secret of before.
    fs::remove_file(bench.path("out/compose.yaml")).unwrap();
    let moved = deploy(&bench, &["registry.lan:5001", "--behind-proxy", "nginx"]).ended(0);
    assert!(moved.stdout.contains("registry/config.yml         written anew"), "{moved}");
    let line = |text: &str| text.lines().find(|line| line.contains("secret:")).unwrap().to_string();
    assert_eq!(line(&bench.read("out/registry/config.yml")), line(&secret));
    assert_eq!(bench.mode("out/registry/config.yml"), 0o600);
}

#[test]
fn files_of_somebody_else_are_named_and_nothing_is_written() {
    let bench = Bench::new();
    bench.lay("out/compose.yaml", "services: {}\n");
    let ran = deploy(&bench, &["registry.lan:5000"]).ended(1);
    assert!(ran.stderr.contains("out/compose.yaml exists"), "{ran}");
    assert_eq!(tree(&bench.path("out")).len(), 1);
}

#[test]
fn a_password_that_is_given_is_nowhere_and_one_that_is_made_up_is_shown_once() {
    let bench = Bench::new();
    let given = deploy(&bench, &["registry.lan:5000"]).ended(0);
    assert!(!given.to_string().contains(PASSWORD), "{given}");
    let made = bench.run(&["deploy", "registry.lan:5000", "--out", &bench.at("made")]).ended(0);
    let heading = "the password of admin, shown this once:\n    ";
    let password = made.stdout.split(heading).nth(1).unwrap().lines().next().unwrap();
    assert_eq!((password.len(), made.to_string().matches(password).count()), (24, 1), "{made}");
    let htpasswd = bench.read("made/registry/htpasswd");
    let hash = htpasswd.trim_end().strip_prefix("admin:").unwrap();
    assert!(bcrypt::verify(password, hash).unwrap(), "{htpasswd}");
    for folder in ["out", "made"] {
        let config = bench.read(&format!("{folder}/registry/config.yml"));
        let secret = config.split("secret: ").nth(1).unwrap().lines().next().unwrap();
        assert!(!given.to_string().contains(secret) && !made.to_string().contains(secret));
        for (path, (mode, text)) in tree(&bench.path(folder)) {
            assert!(!text.contains(PASSWORD) && !text.contains(password), "{}", path.display());
            let closed = text.contains(secret) || text.contains("PRIVATE KEY") || path.ends_with("htpasswd");
            assert_eq!(mode, if closed { 0o600 } else { 0o644 }, "{}", path.display());
        }
    }
    assert_eq!(bench.mode("out/authority"), 0o700);
}

#[test]
fn another_password_is_refused_and_another_user_added() {
    let bench = Bench::new();
    deploy(&bench, &["registry.lan:5000"]).ended(0);
    let before = bench.read("out/registry/htpasswd");
    let other = bench.lay("other", "something else");
    let out = bench.at("out");
    let run = |user: &str, file: &str| {
        bench.run(&["deploy", "registry.lan:5000", "--out", &out, "--user", user, "--password-file", file])
    };
    let refused = run("alice", &other).ended(1);
    assert!(refused.stderr.contains("alice has another password already") && !refused.stderr.contains("something"));
    assert_eq!(bench.read("out/registry/htpasswd"), before);
    run("bob", &other).ended(0);
    let after = bench.read("out/registry/htpasswd");
    assert!(after.starts_with(&before) && after.lines().count() == 2 && after.contains("\nbob:$2y$"), "{after}");
    for (file, words) in [("empty", "is empty"), ("long", "longer than 72 bytes")] {
        let text = if file == "empty" { String::new() } else { "x".repeat(73) };
        let ran = run("carol", &bench.lay(file, text)).ended(2);
        assert!(ran.stderr.contains(words), "{ran}");
    }
    assert!(run("a:b", &other).ended(2).stderr.contains("`a:b` cannot be a user's name"));
}

/// The certificate, its key and the users are what a server can use and a client accepts.
#[test]
fn a_registry_serves_with_them() {
    let bench = Bench::new();
    deploy(&bench, &["127.0.0.1:5000"]).ended(0);
    let at = |name: &str| bench.at(&format!("out/{name}"));
    let (certificate, key, users) = (at("tls/127.0.0.1.crt"), at("tls/127.0.0.1.key"), at("registry/htpasswd"));
    let options = ["--quiet", "--certificate", &certificate, "--key", &key, "--htpasswd", &users];
    let server = Server::start(&bench, &options);
    let trust = Trust::Certificates(bench.read("out/tls/ca.crt"));
    let client = server.client(&trust).sign_in("alice", Secret::new(PASSWORD)).unwrap();
    let image = Image::tiny("deployed");
    client.push(&image, "team/app", "v1").unwrap();
    assert_eq!(client.pull("team/app", "v1").unwrap(), image);
    server.client(&trust).push(&image, "team/app", "v2").unwrap_err();
    server.end(Signal::SIGTERM).ended(0);
}

/// On a terminal: asked twice, nothing of it shown, and the terminal as it was.
#[test]
fn a_password_is_typed_unseen() {
    for (typed, code, words) in [
        (["s3cret-word\n", "s3cret-word\n"], 0, "sign in"),
        (["s3cret-word\n", "another\n"], 2, "the two passwords are not the same"),
        (["\n", ""], 0, "shown this once"),
        (["\u{3}", ""], 130, "nothing was written"),
    ] {
        let bench = Bench::new();
        let (shown, ended) = at_a_terminal(&bench, &typed);
        assert_eq!(ended, Some(code), "{shown}");
        assert!(shown.contains(words) && shown.contains("password for admin"), "{shown}");
        assert!(!shown.contains("s3cret-word") && !shown.contains("another\r"), "{shown}");
        assert_eq!(bench.path("out").exists(), code == 0);
    }
}

/// Runs it at a terminal of its own, whose session it is, so that Ctrl-C reaches it; each line is typed when it is asked for.
fn at_a_terminal(bench: &Bench, lines: &[&str]) -> (String, Option<i32>) {
    let terminal = openpty(None, None).unwrap();
    let end = || Stdio::from(terminal.slave.try_clone().unwrap());
    let program = bench.program();
    let mut command = Command::new("/usr/bin/timeout");
    command.args(["30", "/usr/bin/setsid", "--ctty", "--wait"]).arg(program.get_program());
    command.args(["deploy", "registry.lan:5000", "--out", &bench.at("out")]);
    command.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
    // Whoever still has the other end would keep the reading from its end.
    drop((command, terminal.slave));
    let mut master = fs::File::from(terminal.master);
    let (mut shown, mut bytes, mut lines) = (String::new(), [0; 1024], lines.iter());
    while let Ok(count @ 1..) = master.read(&mut bytes) {
        shown += &String::from_utf8_lossy(&bytes[..count]);
        if shown.ends_with(": ") {
            master.write_all(lines.next().unwrap_or(&"").as_bytes()).unwrap();
        }
    }
    (shown, child.wait().unwrap().code())
}

#[test]
fn what_makes_no_registry_is_refused_before_anything_is_written() {
    let bench = Bench::new();
    let text = bench.lay("text", "hello");
    let rows: [(&[&str], i32, &str); 9] = [
        (&["registry"], 2, "with its port it is a registry: registry:443"),
        (&["docker.io"], 2, "is Docker Hub's"),
        (&["registry.lan", "--run-by", "systemd", "--behind-proxy", "traefik"], 2, "package of Traefik"),
        (&["registry.lan", "--run-by", "systemd", "--registry-version", "3"], 2, "is of version 2"),
        (&["registry.lan", "--http", "--cert", "a", "--key", "b"], 2, "cannot be used with"),
        (&["registry.lan", "--cert", "a"], 2, "--key"),
        (&["registry.lan", "--cert", &text, "--key", &text], 2, "it holds no certificate"),
        (&["registry.lan", "--cert", "/nonexistent", "--key", &text], 2, "No such file"),
        (&["reg lan"], 2, "blank"),
    ];
    for (arguments, code, words) in rows {
        let ran = deploy(&bench, arguments).ended(code);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(words), "{ran}");
        assert!(!bench.path("out").exists());
    }
}

#[test]
fn a_given_certificate_is_used_where_it_is_and_must_be_the_right_one() {
    let bench = Bench::new();
    let authority = crate::harness::authority();
    let issued = crate::harness::issue(&authority, |request| request.names = vec!["registry.lan".into()]);
    let other = crate::harness::issue(&authority, |_| ());
    let certificate = bench.lay("chain.pem", &issued.chain_pem);
    let (key, wrong) = (bench.lay("key.pem", &issued.key_pem), bench.lay("wrong.pem", &other.key_pem));
    let run = |name: &str, key: &str| deploy(&bench, &[name, "--cert", &certificate, "--key", key]);
    let refused = run("registry.lan", &wrong).ended(2);
    assert!(refused.stderr.contains("it is not the key of"), "{refused}");
    let refused = run("other.lan", &key).ended(1);
    assert!(refused.stderr.contains("is not for other.lan"), "{refused}");
    let ran = run("registry.lan", &key).ended(0);
    assert!(ran.stdout.contains("    sudo regdoctor trust registry.lan\n"), "{ran}");
    let compose = bench.read("out/compose.yaml");
    assert!(compose.contains(&format!("source: \"{key}\", target: /certs/server.key")), "{compose}");
    assert!(!bench.path("out/tls").exists() && !bench.path("out/authority").exists());
}
