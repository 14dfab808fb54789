//! The data folder in the hands of another program: skopeo reads what was pushed, and what it writes is served.
//!
//! Without skopeo this is skipped, and says so.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;
use regdoctor::client::{Image, Trust};

use crate::harness::Bench;
use crate::server::Server;

#[test]
fn skopeo_reads_and_writes_the_data_folder() {
    let Some(skopeo) = find("skopeo") else { return skipped("skopeo is not installed") };
    let bench = Bench::new();
    let server = Server::start(&bench, &["--quiet", "--data", &bench.at("data")]);
    let image = Image::tiny("layouts");
    server.client(&Trust::PlainHttp).push(&image, "app", "v1").unwrap();
    let remote = |name: &str| format!("docker://{}/{name}", server.address);
    let layout = |name: &str| format!("oci:{}/{name}", bench.at("data"));
    let copy = |arguments: &[&str]| {
        let mut command = Command::new(&skopeo);
        command.env_clear().env("HOME", bench.path("home")).env("TMPDIR", bench.path("tmp"));
        command.args(["--insecure-policy", "copy", "--src-tls-verify=false", "--dest-tls-verify=false"]);
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    // skopeo finds tags of OCI's own kinds in a layout, and the image is one of Docker's.
    copy(&["--format", "oci", &remote("app:v1"), &remote("team/oci:v1")]);
    // The layout is whole after a pause.
    let index = || std::fs::read_to_string(bench.path("data/team/oci/index.json")).unwrap();
    for _ in 0..1000 {
        if index().contains("\"v1\"") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    // While the registry runs, skopeo adds a tag to what is there, and a repository that was not.
    copy(&[&remote("team/oci:v1"), &layout("team/oci:v2")]);
    copy(&[&remote("team/oci:v1"), &layout("dropped:v1")]);
    for served in ["team/oci:v1", "team/oci:v2", "dropped:v1"] {
        copy(&[&remote(served), &format!("dir:{}", bench.at(&served.replace(['/', ':'], "-")))]);
    }
    let (address, data) = (server.address.clone(), bench.at("data"));
    server.end(Signal::SIGTERM).ended(0);
    assert!(std::net::TcpStream::connect(address).is_err());
    for kept in ["team/oci:v1", "team/oci:v2", "dropped:v1"] {
        copy(&[&format!("oci:{data}/{kept}"), &format!("dir:{}", bench.at(&kept.replace(['/', ':'], "-again-")))]);
    }
}

/// Where a program lies that belongs to the machine, not to the surroundings of a test.
fn find(program: &str) -> Option<PathBuf> {
    ["/usr/bin", "/usr/local/bin", "/bin"]
        .map(|folder| Path::new(folder).join(program))
        .into_iter()
        .find(|path| path.is_file())
}

/// Past the harness, which shows the output of failed tests alone.
#[expect(clippy::explicit_write, reason = "what eprintln! prints, the harness keeps to itself")]
pub fn skipped(why: &str) {
    writeln!(std::io::stderr(), "SKIPPED: {}: {why}", module_path!()).unwrap();
    assert!(std::env::var_os("REGDOCTOR_LAB").is_none_or(|wanted| wanted != "required"), "{why}");
}
