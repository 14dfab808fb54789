//! Small servers on 127.0.0.1 for the tests of `trace`, each on a port of its own.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::cert::provider;

/// Serves every connection with `answer` until the test ends.
pub(super) async fn serve<F, R>(answer: F) -> SocketAddr
where
    F: Fn(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    address
}

/// A port where nobody listens.
pub(super) async fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// Whether a server asks its clients for a certificate, and in which version.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Clients {
    Any,
    WithCertificate12,
    WithCertificate13,
}

pub(super) fn acceptor(clients: Clients) -> TlsAcceptor {
    let version = if clients == Clients::WithCertificate12 { &rustls::version::TLS12 } else { &rustls::version::TLS13 };
    TlsAcceptor::from(configured(clients, &[version]))
}

/// A server of TLS 1.2 and 1.3 that asks for no certificate.
pub(super) fn configuration() -> Arc<ServerConfig> {
    configured(Clients::Any, rustls::ALL_VERSIONS)
}

fn configured(clients: Clients, versions: &[&'static rustls::SupportedProtocolVersion]) -> Arc<ServerConfig> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_string()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let builder = ServerConfig::builder_with_provider(provider::provider()).with_protocol_versions(versions).unwrap();
    let builder = if clients == Clients::Any {
        builder.with_no_client_auth()
    } else {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider::provider());
        builder.with_client_cert_verifier(verifier.build().unwrap())
    };
    Arc::new(builder.with_single_cert(vec![certificate], key).unwrap())
}

/// Reads a request up to its blank line; the head as text.
pub(super) async fn request<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut head = Vec::new();
    let mut byte = [0; 1];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte).await {
            Ok(1) => head.push(byte[0]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&head).to_string()
}

/// Answers every request of a connection with what `answer` says to its head.
pub(super) async fn speak<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, answer: impl Fn(&str) -> String) {
    loop {
        let head = request(&mut stream).await;
        if head.is_empty() || stream.write_all(answer(&head).as_bytes()).await.is_err() {
            return;
        }
    }
}
