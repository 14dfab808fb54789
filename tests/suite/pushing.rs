//! `regdoctor push` without a daemon: from layouts and archives to the test registry, and what it says when that fails.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use regdoctor::client::{Client, Digest, Image, Trust};
use regdoctor::model::entry_point;
use regdoctor::registry::{Access, Background, Fault, Registry, Storage, TlsMode};
use serde_json::{Value, json};

use crate::harness::{self, Bench, Ran, plain};

/// A layout with one image of two layers, `v1`, as the test registry keeps it.
fn layout(bench: &Bench) -> String {
    let folder = bench.lay_folder("source");
    let registry = Registry::builder().storage(Storage::Folder(folder.clone().into())).start_in_background().unwrap();
    let image = Image::tiny("to be pushed");
    client(&registry).push(&image, "team/app", "v1").unwrap();
    registry.stop();
    format!("oci:{folder}/team/app:v1")
}

fn client(registry: &Background) -> Client {
    let trust = registry.authority_pem().map_or(Trust::PlainHttp, |pem| Trust::Certificates(pem.into()));
    Client::new(entry_point::parse(&registry.address().to_string()).unwrap().entry_point, &trust).unwrap()
}

fn with(fault: &str) -> Background {
    plain(&[fault.parse::<Fault>().unwrap()])
}

fn push(bench: &Bench, image: &str, registry: &Background, more: &[&str]) -> Ran {
    let target = format!("{}/team/app:v2", registry.address());
    bench.run(&[&["push", image, &target], more].concat())
}

#[test]
fn a_layout_arrives_and_the_second_time_nothing_is_sent() {
    let bench = Bench::new();
    let (image, registry) = (layout(&bench), plain(&[]));
    let digest = Image::tiny("to be pushed").manifest.digest;
    let first = push(&bench, &image, &registry, &[]).ended(0);
    let lines: Vec<&str> = first.stdout.lines().collect();
    assert_eq!(lines[0], format!("pushed {}/team/app:v2", registry.address()));
    assert_eq!(lines[1], digest.as_str());
    assert!(lines[2].starts_with("2 blobs sent (") && first.stderr.is_empty(), "{first}");
    assert_eq!(client(&registry).manifest_digest("team/app", "v2").unwrap(), Some(digest.clone()));
    let second = push(&bench, &image, &registry, &["--format", "json"]).ended(0).json();
    assert_eq!(second["schema"], "regdoctor.push/1");
    assert_eq!((&second["pushed"], &second["digest"]), (&json!(true), &json!(digest.as_str())));
    assert_eq!((&second["bytes_sent"], &second["blobs"][0]["how"]), (&json!(0), &json!("present")));
}

#[test]
fn an_authority_is_believed_where_it_is_given() {
    let bench = Bench::new();
    let image = layout(&bench);
    let tls = TlsMode::FreshAuthority { names: vec!["localhost".into()] };
    let registry = Registry::builder().tls(tls).start_in_background().unwrap();
    let ca = bench.lay("ca.pem", registry.authority_pem().unwrap());
    let target = format!("localhost:{}/team/app:v2", registry.address().port());
    bench.run(&["push", &image, &target, "--ca", &ca]).ended(0);
    // The same authority, and another name than the certificate has.
    let wrong = push(&bench, &image, &registry, &["--ca", &ca, "--format", "json"]).ended(1).json();
    assert_eq!(wrong["cause"], "cert-no-ip-san", "{wrong}");
    let stranger = bench.lay("stranger.pem", harness::authority().certificate_pem());
    let stranger = bench.run(&["push", &image, &target, "--ca", &stranger, "--format", "json"]).ended(1).json();
    assert_eq!(stranger["cause"], "daemon-not-trusting-ca", "{stranger}");
    let empty = bench.lay("empty.pem", "nothing");
    let refused = push(&bench, &image, &registry, &["--ca", &empty]).ended(2);
    assert!(refused.stderr.contains("it holds no certificate"), "{refused}");
}

#[test]
fn a_push_that_fails_is_named_by_its_cause() {
    let bench = Bench::new();
    let image = layout(&bench);
    let rows = [
        ("proxy-body-size-limit:after=1k", "proxy-body-size-limit", "the registry answers 413"),
        ("registry-not-writable", "registry-not-writable", "the registry answers 405 UNSUPPORTED"),
        ("upload-url-wrong-address", "upload-url-wrong-address", "the registry sends to another server"),
    ];
    for (fault, cause, words) in rows {
        let registry = with(fault);
        let human = push(&bench, &image, &registry, &[]).ended(1);
        assert!(human.stdout.contains(cause) && human.stderr.contains(words), "{fault}: {human}");
        assert!(human.stderr.contains(&format!("regdoctor explain {cause}")), "{fault}: {human}");
        let json = push(&bench, &image, &registry, &["--format", "json"]).ended(1).json();
        assert_eq!((&json["cause"], &json["pushed"]), (&json!(cause), &json!(false)), "{fault}");
        assert!(json["errors"][0].as_str().unwrap().contains(words), "{fault}: {json}");
        assert_eq!(json["report"]["schema"], "regdoctor.report/1");
    }
}

#[test]
fn a_login_that_is_missing_or_wrong_is_named_and_the_stored_one_is_used() {
    let bench = Bench::new();
    let image = layout(&bench);
    let registry = Registry::builder().access(Access::one("alice", "secret-word")).start_in_background().unwrap();
    let missing = push(&bench, &image, &registry, &[]).ended(1);
    assert!(missing.stdout.contains("docker login") && missing.stderr.contains("asks for a sign-in"), "{missing}");
    let login = |text: &str| {
        let auth = base64_of(text);
        let file = json!({ "auths": { registry.address().to_string(): { "auth": auth } } });
        bench.lay("home/.docker/config.json", file.to_string());
    };
    login("alice:wrong");
    let wrong = push(&bench, &image, &registry, &[]).ended(1);
    assert!(!format!("{wrong}").contains("wrong\""), "{wrong}");
    login("alice:secret-word");
    let right = push(&bench, &image, &registry, &[]).ended(0);
    assert!(!format!("{right}{missing}{wrong}").contains("secret-word"));
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn an_image_that_is_damaged_is_not_sent() {
    let bench = Bench::new();
    let (image, registry) = (layout(&bench), plain(&[]));
    let layer = &Image::tiny("to be pushed").layers[0];
    let path = format!("source/team/app/blobs/{}", layer.digest.as_str().replace(':', "/"));
    let mut bytes = layer.bytes.clone();
    bytes[600] ^= 1;
    fs::remove_file(bench.path(&path)).unwrap();
    bench.lay(&path, bytes);
    let ran = push(&bench, &image, &registry, &[]).ended(2);
    assert!(ran.stderr.starts_with("error: nothing was sent: sha256:") && ran.stdout.is_empty(), "{ran}");
    assert_eq!(client(&registry).manifest_digest("team/app", "v2").unwrap(), None);
    fs::remove_file(bench.path(&path)).unwrap();
    let gone = push(&bench, &image, &registry, &[]).ended(2);
    assert!(gone.stderr.contains("lacks the layer sha256:"), "{gone}");
}

#[test]
fn what_makes_no_sense_is_said() {
    let bench = Bench::new();
    let rows: [(&[&str], &str); 6] = [
        (&["oci:/nowhere", "reg:5000"], "`reg:5000` names no repository"),
        (&["oci:/nowhere", "reg:5000/app@sha256:aa"], "is neither a tag nor a digest"),
        (&["oci:/nowhere", "reg:5000/app"], "/nowhere is no OCI image layout: it has no index.json"),
        (&["oci-archive:/nowhere", "reg:5000/app"], "cannot read /nowhere"),
        (&["docker://x", "reg:5000/app"], "`docker:` is not a place that images are pushed from"),
        (&["oci:", "reg:5000/app"], "`oci:` names no image"),
    ];
    for (arguments, want) in rows {
        let ran = bench.run(&[&["push"], arguments].concat()).ended(2);
        assert!(ran.stderr.contains(want), "{arguments:?}: {ran}");
    }
}

#[test]
fn nobody_there_is_named_as_well() {
    let bench = Bench::new();
    let image = layout(&bench);
    let registry = plain(&[]);
    let address = registry.address();
    registry.stop();
    let ran = bench.run(&["push", &image, &format!("{address}/team/app:v2"), "--format", "json"]).ended(1);
    let json: Value = ran.json();
    assert_eq!(json["cause"], "nothing-listening-at-port", "{ran}");
}

/// What is sent is read piece by piece, however large it is.
#[test]
fn memory_does_not_grow_with_the_image() {
    let bench = Bench::new();
    let peaks = [16, 320].map(|mebibytes| {
        let (image, registry) = (of_zeros(&bench, mebibytes), plain(&[]));
        let target = format!("{}/team/app:v2", registry.address());
        let mut child = bench.program().args(["push", &image, &target]).stdout(Stdio::null()).spawn().unwrap();
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            peak = most_memory(child.id()).max(peak);
            thread::sleep(Duration::from_millis(2));
        }
        assert!(child.wait().unwrap().success());
        peak
    });
    assert!(peaks[1] < peaks[0] + 32 * 1024, "{peaks:?} KiB");
}

/// What the system says that a process has taken at most, in KiB; nothing once it has ended.
fn most_memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// A layout whose layer is a hole in a file.
fn of_zeros(bench: &Bench, mebibytes: u64) -> String {
    let (folder, mib) = (format!("zeros-{mebibytes}"), vec![0; 1024 * 1024]);
    let mut context = Context::new(&SHA256);
    (0..mebibytes).for_each(|_| context.update(&mib));
    let hex: String = context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    bench.lay(&format!("{folder}/blobs/sha256/{hex}"), "");
    let hole = fs::File::options().write(true).open(bench.path(&format!("{folder}/blobs/sha256/{hex}"))).unwrap();
    hole.set_len(mebibytes << 20).unwrap();
    let blob = |text: String| {
        let digest = Digest::of(text.as_bytes());
        bench.lay(&format!("{folder}/blobs/{}", digest.as_str().replace(':', "/")), &text);
        json!({ "digest": digest.as_str(), "size": text.len() })
    };
    let layer = json!({ "digest": format!("sha256:{hex}"), "size": mebibytes << 20 });
    let body = json!({ "schemaVersion": 2, "config": blob("{}".into()), "layers": [layer] });
    let index = json!({ "schemaVersion": 2, "manifests": [blob(body.to_string())] });
    bench.lay(&format!("{folder}/index.json"), index.to_string());
    format!("oci:{}", bench.at(&folder))
}
