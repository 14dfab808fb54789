//! The TLS handshake. Nothing is verified: what the peer shows is kept, and who trusts it is decided elsewhere.

use std::io;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::client_pair::ClientPair;
use super::line::Line;
use super::tls_answer::{self, Ending};
use super::tls_record::{Record, Recorded};
use crate::cert::provider;
use crate::model::trace::{Handshake, Tls};

/// What a server must prove before the handshake is finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nothing: what it shows is kept, and nothing secret may be sent to it.
    Nothing,
    /// That it has the key of this very certificate, which was judged before.
    Leaf(Vec<u8>),
    /// The same, and then it gets this client certificate.
    LeafFor(ClientPair),
}

/// Greets the peer. A line comes back exactly with [`Tls::Handshake`].
pub(super) async fn handshake(name: &str, stream: Line, proof: &Proof, until: Instant) -> (Tls, Option<Line>) {
    let record = Record::demanding(proof);
    let prepared = ServerName::try_from(name.to_string()).map_err(|error| error.to_string());
    let prepared = prepared.and_then(|name| Ok((name, configuration(&record).map_err(|error| error.to_string())?)));
    let (name, configuration) = match prepared {
        Ok(prepared) => prepared,
        Err(reason) => return (Tls::Failed(reason), None),
    };
    let stream = Recorded { inner: stream, record: record.clone() };
    let greeting = Box::pin(TlsConnector::from(Arc::new(configuration)).connect(name, stream));
    let ending = match timeout_at(until, greeting).await {
        Ok(Ok(secured)) => return (finished(&secured, &record), Some(Box::new(secured))),
        Ok(Err(error)) => ending(&error),
        Err(_) => Ending::TimedOut,
    };
    (tls_answer::classify(&record.seen(), ending), None)
}

/// No ALPN, as Docker's own client; no resumption, so that every handshake shows the whole chain.
fn configuration(record: &Record) -> Result<ClientConfig, rustls::Error> {
    let mut configuration = ClientConfig::builder_with_provider(provider::as_engines())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(record.clone()))
        .with_client_cert_resolver(Arc::new(record.clone()));
    configuration.resumption = Resumption::disabled();
    Ok(configuration)
}

/// The name of a fatal alert, when one lies under this error.
pub(super) fn alert(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let inner = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::AlertReceived(alert)) = inner {
            return Some(tls_answer::alert_name(&format!("{alert:?}")));
        }
        next = error.source();
    }
    None
}

fn ending(error: &io::Error) -> Ending {
    if let Some(name) = alert(error) {
        return Ending::Alert(name);
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Ending::Closed,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => Ending::Reset,
        _ => Ending::Other(error.to_string()),
    }
}

fn finished(secured: &TlsStream<Recorded<Line>>, record: &Record) -> Tls {
    let (_, session) = secured.get_ref();
    let seen = record.seen();
    let version = session.protocol_version().map(|version| format!("{version:?}")).unwrap_or_default();
    let cipher = session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite())).unwrap_or_default();
    Tls::Handshake(Handshake {
        version: tls_answer::version_name(&version),
        cipher: cipher.replacen("TLS13_", "TLS_", 1),
        chain: seen.chain,
        client_certificate_asked: seen.client_certificate_asked,
    })
}
