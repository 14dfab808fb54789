//! The machine's only way out: a veth pair between its network namespace and the
//! registry's. Neither end is ever in the host's namespace, so two machines, or two
//! test runs, cannot meet even with the same addresses. Also the one HTTP request
//! that the lab itself sends to an engine's socket.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The registry's end of a machine's veth.
pub fn registry_address(subnet: u32) -> String {
    format!("10.99.{subnet}.1")
}

/// The machine's end.
pub fn machine_address(subnet: u32) -> String {
    format!("10.99.{subnet}.2")
}

/// Lays the veth between the namespace of the keeper (the registry's side) and that
/// of the machine's init.
pub fn connect(keeper: i32, init: i32, subnet: u32) -> Result<(), String> {
    let target = init.to_string();
    let (ours, theirs) = (registry_address(subnet) + "/24", machine_address(subnet) + "/24");
    let words: [(i32, &[&str]); 5] = [
        (keeper, &["link", "add", "lab0", "type", "veth", "peer", "name", "eth0", "netns", &target]),
        (keeper, &["addr", "add", &ours, "dev", "lab0"]),
        (keeper, &["link", "set", "lab0", "up"]),
        (init, &["addr", "add", &theirs, "dev", "eth0"]),
        (init, &["link", "set", "eth0", "up"]),
    ];
    words.iter().try_for_each(|(process, arguments)| ip(*process, arguments))
}

/// The registry's address of the other kind.
pub const REGISTRY_V6: &str = "fd99::1";

/// Gives both ends an address of IPv6 as well, or finds that they have it.
pub fn add_v6(keeper: i32, init: i32) -> Result<(), String> {
    let ours = format!("{REGISTRY_V6}/64");
    ip(keeper, &["-6", "addr", "replace", &ours, "dev", "lab0", "nodad"])?;
    ip(init, &["-6", "addr", "replace", "fd99::2/64", "dev", "eth0", "nodad"])
}

/// `ip` in the network namespace of a process.
fn ip(process: i32, arguments: &[&str]) -> Result<(), String> {
    let ran = Command::new("nsenter")
        .arg(format!("--net=/proc/{process}/ns/net"))
        .arg("ip")
        .args(arguments)
        .output()
        .map_err(|error| format!("nsenter: {error}"))?;
    if ran.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ran.stderr);
    Err(format!("ip {}: {}", arguments.join(" "), said.trim()))
}

/// Sends a GET to the engine behind a socket and hands back the body if it is a 200.
pub fn get(socket: &Path, path: &str) -> Result<String, String> {
    let exchange = || -> std::io::Result<String> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        // HTTP/1.0: the answer ends where the connection does, with no chunks.
        write!(stream, "GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = exchange().map_err(|error| error.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no HTTP answer")?;
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        return Err(format!("{status}: {}", body.trim()));
    }
    Ok(body.trim().to_owned())
}
