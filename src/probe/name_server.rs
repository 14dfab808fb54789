//! Each name server of this host, asked directly: what a Go program sees that does not ask getaddrinfo.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::deadline::milliseconds;
use super::dns_message::{self, Kind};
use crate::model::trace::{NameAnswer, NameServer, Resolver};
use crate::model::way::Way;

/// Go and glibc ask no more.
const SERVERS: usize = 3;
const ANSWER_BYTES: usize = 4096;

/// Asks every server at the same time for both kinds of address.
pub(super) async fn ask_all(host: &str, way: &Way, until: Instant) -> Resolver {
    let name = qualified(host, &way.search);
    let mut asked = JoinSet::new();
    for (place, server) in way.name_servers.iter().copied().take(SERVERS).enumerate() {
        let name = name.clone();
        asked.spawn(async move { (place, ask(server, name, until).await) });
    }
    let mut servers = asked.join_all().await;
    servers.sort_by_key(|(place, _)| *place);
    Resolver { servers: servers.into_iter().map(|(_, server)| server).collect() }
}

/// A name without a dot is looked for in the first search domain (`ndots:1`, the default).
fn qualified(host: &str, search: &[String]) -> String {
    match search.first() {
        Some(domain) if !host.contains('.') => format!("{host}.{domain}"),
        _ => host.to_string(),
    }
}

async fn ask(server: SocketAddr, name: String, until: Instant) -> NameServer {
    let began = Instant::now();
    let (v4, v6) = tokio::join!(one(server, &name, Kind::A, until), one(server, &name, Kind::Aaaa, until));
    NameServer { server, answer: both(v4, v6), name, took_ms: milliseconds(began.elapsed()) }
}

/// Addresses of either kind; else what was said about IPv4.
fn both(v4: NameAnswer, v6: NameAnswer) -> NameAnswer {
    match (v4, v6) {
        (NameAnswer::Addresses(mut list), NameAnswer::Addresses(more)) => {
            list.extend(more);
            NameAnswer::Addresses(list)
        }
        (NameAnswer::Addresses(list), _) | (_, NameAnswer::Addresses(list)) => NameAnswer::Addresses(list),
        (other, _) => other,
    }
}

async fn one(server: SocketAddr, name: &str, kind: Kind, until: Instant) -> NameAnswer {
    match timeout_at(until, exchange(server, name, kind)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => NameAnswer::Failed(error.to_string().split(" (os error").next().unwrap_or_default().into()),
        Err(_) => NameAnswer::Silent,
    }
}

async fn exchange(server: SocketAddr, name: &str, kind: Kind) -> std::io::Result<NameAnswer> {
    let own: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((own, 0)).await?;
    socket.connect(server).await?;
    // The port is random and the socket connected; the number need only tell the two questions apart.
    let id = socket.local_addr()?.port() ^ 0x5a5a;
    let Some(question) = dns_message::encode(id, name, kind) else {
        return Ok(NameAnswer::Failed("no name server can be asked for that name".into()));
    };
    socket.send(&question).await?;
    let mut bytes = vec![0; ANSWER_BYTES];
    loop {
        let length = socket.recv(&mut bytes).await?;
        if let Some(answer) = dns_message::decode(id, bytes.get(..length).unwrap_or_default()) {
            return Ok(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::dns_message::tests::answer;
    use super::*;

    /// A name server on loopback that answers A with this, and AAAA with no such name; `None` says nothing.
    async fn server(reply: Option<(u8, Vec<IpAddr>)>) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut bytes = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut bytes).await {
                let question = &bytes[..length];
                let v4 = question[length - 3] == 1;
                if let Some((code, addresses)) = &reply {
                    let message = if v4 { answer(question, *code, addresses) } else { answer(question, 3, &[]) };
                    socket.send_to(&message, from).await.unwrap();
                }
            }
        });
        address
    }

    #[tokio::test]
    async fn every_answer_stays_apart() {
        let list = vec!["10.0.0.7".parse().unwrap()];
        let servers = [server(Some((0, list.clone()))).await, server(Some((2, vec![]))).await, server(None).await];
        let way = Way { name_servers: servers.to_vec(), search: vec!["lan".into()], ..Way::default() };
        let resolver = ask_all("reg", &way, Instant::now() + Duration::from_millis(500)).await;
        let answers: Vec<_> = resolver.servers.iter().map(|one| one.answer.clone()).collect();
        assert_eq!(answers, [NameAnswer::Addresses(list), NameAnswer::ServerFailure, NameAnswer::Silent]);
        assert!(resolver.servers.iter().all(|one| one.name == "reg.lan"));
    }
}
