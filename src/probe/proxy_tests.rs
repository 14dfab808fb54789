//! `trace` through proxies on loopback.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::loopback::{Clients, acceptor, closed_port, request, serve, speak};
use super::scripted_tests::{Heads, limits, registry, reply};
use super::*;
use crate::model::proxies::ProxyAddress;
use crate::model::trace::{Layer, Opening, Socks, TcpOutcome, Tls};

/// A proxy on loopback: it answers CONNECT with this, and with 200 carries bytes to where it was asked for.
async fn connect_proxy(status: &'static str) -> (SocketAddr, Heads) {
    let heads = Heads::default();
    let seen = heads.clone();
    let address = serve(move |mut stream: TcpStream| {
        let seen = seen.clone();
        async move {
            let head = request(&mut stream).await;
            seen.lock().unwrap().push(head.clone());
            let place = head.split(' ').nth(1).unwrap_or_default().to_string();
            let _ = stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await;
            if status.starts_with("200")
                && let Ok(mut far) = TcpStream::connect(place.replace("reg.test:", "127.0.0.1:")).await
            {
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut far).await;
            }
        }
    })
    .await;
    (address, heads)
}

/// A proxy in SOCKS 5 that wants bob's password, and replies so to every wish.
async fn socks_proxy(reply: u8) -> SocketAddr {
    serve(move |stream| async move {
        let _ = socks(stream, reply).await;
    })
    .await
}

async fn socks(mut stream: TcpStream, reply: u8) -> std::io::Result<()> {
    let mut start = [0; 2];
    stream.read_exact(&mut start).await?;
    let mut methods = vec![0; usize::from(start[1])];
    stream.read_exact(&mut methods).await?;
    if methods.contains(&2) {
        stream.write_all(&[5, 2]).await?;
        let right = b"\x01\x03bob\x05pr0xy";
        let mut login = [0; 11];
        stream.read_exact(&mut login).await?;
        stream.write_all(&[1, u8::from(login != *right)]).await?;
    } else {
        stream.write_all(&[5, 0]).await?;
    }
    // Version, command, nothing, the kind of a name; its length, the name, the port.
    let mut wish = [0; 4];
    stream.read_exact(&mut wish).await?;
    assert_eq!(wish, [5, 1, 0, 3]);
    let length = stream.read_u8().await?;
    let mut name = vec![0; usize::from(length)];
    stream.read_exact(&mut name).await?;
    assert_eq!(name, b"reg.test");
    let port = stream.read_u16().await?;
    stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    if reply == 0 {
        let mut far = TcpStream::connect(("127.0.0.1", port)).await?;
        tokio::io::copy_bidirectional(&mut stream, &mut far).await?;
    }
    Ok(())
}

fn through(proxy: SocketAddr, port: u16) -> Target {
    let registry = crate::model::entry_point::parse(&format!("reg.test:{port}")).unwrap().entry_point;
    let mut target = Target::new(registry);
    target.way.proxies.https = ProxyAddress::parse(&format!("http://bob:pr0xy@{proxy}"));
    target
}

#[tokio::test]
async fn through_the_proxy() {
    let acceptor = acceptor(Clients::Any);
    let far = serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                speak(stream, |_| reply("200 OK", "", "{}")).await;
            }
        }
    })
    .await;
    let (proxy, heads) = connect_proxy("200 OK").await;
    let trace = trace_async(&through(proxy, far.port()), &limits()).await;
    assert!(trace.proxy.seen().unwrap().lets_through() && trace.is_connected(), "{trace:?}");
    assert!(matches!(trace.tls.seen(), Some(Tls::Handshake(_))));
    assert_eq!(trace.http.status(), Some(200));
    let head = heads.lock().unwrap()[0].clone();
    assert!(head.starts_with(&format!("CONNECT reg.test:{} HTTP/1.1\r\n", far.port())), "{head}");
    // bob:pr0xy
    assert!(head.contains("proxy-authorization: Basic Ym9iOnByMHh5\r\n"));
    let text = serde_json::to_string(&trace).unwrap();
    assert!(!text.contains("pr0xy") && !text.contains("Ym9iOnByMHh5"));
}

#[tokio::test]
async fn through_a_proxy_in_socks() {
    let (far, _) = registry(|_| reply("200 OK", "", "{}")).await;
    let near = socks_proxy(0).await;
    let mut target = through(near, far.port());
    target.accept_plain_http = true;
    target.way.proxies.https = ProxyAddress::parse(&format!("socks5://bob:pr0xy@{near}"));
    target.way.proxies.http = target.way.proxies.https.clone();
    let trace = trace_async(&target, &limits()).await;
    assert!(trace.proxy.seen().unwrap().lets_through(), "{trace:?}");
    assert_eq!(trace.http.status(), Some(200));
    assert!(!serde_json::to_string(&trace).unwrap().contains("pr0xy"));

    let refusing = socks_proxy(2).await;
    target.way.proxies.https = ProxyAddress::parse(&format!("socks5h://{refusing}"));
    let trace = trace_async(&target, &limits()).await;
    assert_eq!(*trace.proxy.seen().unwrap().opening.seen().unwrap(), Opening::Socks(Socks::Refused(2)));
    assert_eq!(trace.tls, Layer::NotReached("the proxy does not let it through".into()));
}

#[tokio::test]
async fn a_proxy_that_refuses() {
    for (status, want) in [("403 Forbidden", 403), ("407 Proxy Authentication Required", 407), ("502 Bad Gateway", 502)]
    {
        let (proxy, _) = connect_proxy(status).await;
        let trace = trace_async(&through(proxy, 5000), &limits()).await;
        assert_eq!(trace.proxy.seen().unwrap().opening.seen().unwrap().told(), format!("answers CONNECT with {want}"));
        assert_eq!(trace.tls, Layer::NotReached("the proxy does not let it through".into()));
    }
    let trace = trace_async(&through(closed_port().await, 5000), &limits()).await;
    let tcp = trace.proxy.seen().unwrap().tcp.seen().unwrap();
    assert_eq!(tcp.attempts[0].outcome, TcpOutcome::Refused);
}
