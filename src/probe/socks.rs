//! SOCKS 5 (RFC 1928, with names and passwords as in RFC 1929), as Go's net/http speaks it.
//!
//! A name goes to the proxy as it is: for Go, `socks5` and `socks5h` are the same.

use std::io;
use std::net::IpAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use super::line::Line;
use crate::model::proxies::ProxyAddress;
use crate::model::trace::Socks;

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const NAME_AND_PASSWORD: u8 = 2;
const CONNECT: u8 = 1;
/// Of a name or password; Go does not send what the length's one byte cannot say.
const LONGEST: usize = 255;
/// The version of RFC 1929's own exchange.
const LOGIN_VERSION: u8 = 1;

/// Asks for a way to a host and port. A line comes back exactly when the proxy gave one.
pub(super) async fn open(
    mut stream: Line,
    proxy: &ProxyAddress,
    (host, port): (&str, u16),
    until: Instant,
) -> (Socks, Option<Line>) {
    let talk = async {
        match greet(&mut stream, proxy).await? {
            Socks::Open => connect(&mut stream, host, port).await,
            refused => Ok(refused),
        }
    };
    match timeout_at(until, talk).await {
        Ok(Ok(Socks::Open)) => (Socks::Open, Some(stream)),
        Ok(Ok(refused)) => (refused, None),
        Ok(Err(error)) => (Socks::Closed(ending(&error)), None),
        Err(_) => (Socks::TimedOut, None),
    }
}

/// Who is calling. Go offers a name and password beside nobody's where they are set.
async fn greet(stream: &mut Line, proxy: &ProxyAddress) -> io::Result<Socks> {
    let offered: &[u8] = if proxy.login.is_some() { &[NO_LOGIN, NAME_AND_PASSWORD] } else { &[NO_LOGIN] };
    stream.write_all(&[&[VERSION, count(offered)], offered].concat()).await?;
    let [version, chosen] = read(stream).await?;
    Ok(match (version, chosen, &proxy.login) {
        (VERSION, NO_LOGIN, _) => Socks::Open,
        (VERSION, NAME_AND_PASSWORD, Some((name, password))) => {
            let (name, password) = (name.as_bytes(), password.expose().as_bytes());
            if name.is_empty() || name.len() > LONGEST || password.len() > LONGEST {
                return Ok(Socks::LoginRefused);
            }
            stream.write_all(&[&[LOGIN_VERSION, count(name)], name, &[count(password)], password].concat()).await?;
            let [_, status] = read(stream).await?;
            if status == 0 { Socks::Open } else { Socks::LoginRefused }
        }
        (VERSION, ..) => Socks::NoLoginAccepted,
        (other, ..) => Socks::OtherVersion(other),
    })
}

async fn connect(stream: &mut Line, host: &str, port: u16) -> io::Result<Socks> {
    let address = match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => [&[1], address.octets().as_slice()].concat(),
        Ok(IpAddr::V6(address)) => [&[4], address.octets().as_slice()].concat(),
        Err(_) => [&[3, count(host.as_bytes())], host.as_bytes()].concat(),
    };
    stream.write_all(&[&[VERSION, CONNECT, 0], address.as_slice(), &port.to_be_bytes()].concat()).await?;
    let [version, reply, _, kind] = read(stream).await?;
    match (version, reply) {
        (VERSION, 0) => {}
        (VERSION, refused) => return Ok(Socks::Refused(refused)),
        (other, _) => return Ok(Socks::OtherVersion(other)),
    }
    // The address and port that the proxy itself connects from.
    let rest = match kind {
        1 => 4 + 2,
        4 => 16 + 2,
        _ => usize::from(read::<1>(stream).await?[0]) + 2,
    };
    stream.read_exact(&mut vec![0; rest]).await?;
    Ok(Socks::Open)
}

async fn read<const N: usize>(stream: &mut Line) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// The length of what is no longer than [`LONGEST`].
fn count(bytes: &[u8]) -> u8 {
    u8::try_from(bytes.len()).unwrap_or(u8::MAX)
}

/// In Go's word where there is one.
fn ending(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::UnexpectedEof { "EOF".into() } else { error.to_string() }
}
