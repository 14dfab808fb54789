//! The name: what this host's own resolver (getaddrinfo) says; or the engine's own files, where they say something else.

use std::io;
use std::net::IpAddr;

use tokio::time::{Instant, timeout_at};

use super::name_server;
use crate::model::entry_point::EntryPoint;
use crate::model::printable::printable_bytes;
use crate::model::trace::{Dns, NameAnswer, Resolver};
use crate::model::way::Way;

/// More addresses than this are not tried.
const ADDRESSES: usize = 16;

pub(super) async fn of_registry(registry: &EntryPoint, way: &Way, until: Instant) -> Dns {
    let host = registry.host();
    match (registry.address(), &way.hosts) {
        (None, Some(hosts)) if hosts.is_empty() => by_name_servers(name_server::ask_all(host, way, until).await),
        (None, Some(hosts)) => Dns::Addresses(hosts.iter().copied().take(ADDRESSES).collect()),
        (address, _) => resolve(host, address, until).await,
    }
}

/// The first answer that says anything, as for a program that asks one server after the other.
fn by_name_servers(resolver: Resolver) -> Dns {
    let mut failure = "no name server answers".to_string();
    for server in resolver.servers {
        match server.answer {
            NameAnswer::Addresses(list) if !list.is_empty() => {
                return Dns::Addresses(list.into_iter().take(ADDRESSES).collect());
            }
            NameAnswer::Addresses(_) | NameAnswer::NoSuchName => return Dns::NoSuchName,
            NameAnswer::ServerFailure => failure = "server misbehaving".into(),
            NameAnswer::Silent => failure = "i/o timeout".into(),
            NameAnswer::Refused(reason) | NameAnswer::Failed(reason) => failure = reason,
        }
    }
    Dns::ResolverFailed(failure)
}

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
    Dns::ResolverFailed(printable_bytes(reason.as_bytes(), 200))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_engines_own_hosts_file_goes_first() {
        let registry = crate::model::entry_point::parse("localhost:5000").unwrap().entry_point;
        let until = Instant::now() + std::time::Duration::from_secs(5);
        let own: IpAddr = "10.0.0.9".parse().unwrap();
        let way = Way { hosts: Some(vec![own]), ..Way::default() };
        assert_eq!(of_registry(&registry, &way, until).await, Dns::Addresses(vec![own]));
        // It has no line for the name, and there is no name server.
        let way = Way { hosts: Some(Vec::new()), ..Way::default() };
        let nobody = Dns::ResolverFailed("no name server answers".into());
        assert_eq!(of_registry(&registry, &way, until).await, nobody);
    }

    #[test]
    fn name_servers_one_after_the_other() {
        let asked = |answers: &[NameAnswer]| {
            let server = |answer: &NameAnswer| crate::model::trace::NameServer {
                server: "10.0.0.53:53".parse().unwrap(),
                name: "reg.lan".into(),
                answer: answer.clone(),
                took_ms: 1,
            };
            by_name_servers(Resolver { servers: answers.iter().map(server).collect() })
        };
        let address: IpAddr = "10.0.0.7".parse().unwrap();
        let found = NameAnswer::Addresses(vec![address]);
        assert_eq!(asked(&[NameAnswer::Silent, found.clone()]), Dns::Addresses(vec![address]));
        assert_eq!(asked(&[NameAnswer::NoSuchName, found]), Dns::NoSuchName);
        assert_eq!(asked(&[NameAnswer::ServerFailure]), Dns::ResolverFailed("server misbehaving".into()));
    }

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
