//! The name: what this host's own resolver (getaddrinfo) says.

use std::io;
use std::net::IpAddr;

use tokio::time::{Instant, timeout_at};

use crate::cert::printable::sanitize;
use crate::model::trace::Dns;

/// More addresses than this are not tried.
const ADDRESSES: usize = 16;

/// `address` is the host itself where it is one.
pub(super) async fn resolve(host: &str, address: Option<IpAddr>, until: Instant) -> Dns {
    if let Some(address) = address {
        return Dns::Literal(address);
    }
    // getaddrinfo has no time limit of its own and blocks a thread; we only stop waiting for it.
    match timeout_at(until, tokio::net::lookup_host((host, 0))).await {
        Err(_) => Dns::TimedOut,
        Ok(Err(error)) => failed(&error),
        Ok(Ok(found)) => {
            let mut addresses = Vec::new();
            for address in found.map(|address| address.ip()) {
                if !addresses.contains(&address) && addresses.len() < ADDRESSES {
                    addresses.push(address);
                }
            }
            if addresses.is_empty() { Dns::NoSuchName } else { Dns::Addresses(addresses) }
        }
    }
}

/// The standard library drops getaddrinfo's number and keeps its text, which is never translated: nobody here calls
/// setlocale. These are the texts of glibc, musl and macOS for "no such name" and "no address of that name".
const NO_SUCH_NAME: [&str; 5] = [
    "Name or service not known",
    "No address associated with hostname",
    "Name does not resolve",
    "Name has no usable address",
    "nodename nor servname provided",
];

fn failed(error: &io::Error) -> Dns {
    let text = error.to_string();
    if NO_SUCH_NAME.iter().any(|known| text.contains(known)) {
        return Dns::NoSuchName;
    }
    let reason = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    Dns::ResolverFailed(sanitize(reason.as_bytes(), 200))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_no_name_from_no_answer() {
        let rows = [
            ("failed to lookup address information: Name or service not known", Dns::NoSuchName),
            ("failed to lookup address information: No address associated with hostname", Dns::NoSuchName),
            ("failed to lookup address information: Name does not resolve", Dns::NoSuchName),
            (
                "failed to lookup address information: Temporary failure in name resolution",
                Dns::ResolverFailed("Temporary failure in name resolution".into()),
            ),
            ("failed to lookup address information: Try again", Dns::ResolverFailed("Try again".into())),
        ];
        for (text, want) in rows {
            assert_eq!(failed(&io::Error::other(text)), want, "{text}");
        }
    }
}
