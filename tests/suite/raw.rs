//! Requests to a registry over plain sockets, for tests that need to see how a connection ends.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The digest of the bytes, as registries write it.
pub fn named(bytes: &[u8]) -> String {
    let hex: String = digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// One request on a connection of its own: its headers in lower case, and its body. An error when the server is gone;
/// a panic when it answers anything else than it should.
pub fn ask(address: &str, method: &str, path: &str, body: &[u8], want: u16) -> io::Result<(String, Vec<u8>)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: r\r\nConnection: close\r\nContent-Type: {MANIFEST}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let gone = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(gone)?;
    let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase();
    let body = answer.split_off(end + 4);
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map(|text| text.parse().unwrap());
    if length.is_some_and(|length: usize| body.len() < length) {
        return Err(gone());
    }
    assert!(head.starts_with(&format!("http/1.1 {want} ")), "{method} {path}: {head}");
    Ok((head, body))
}
