//! Starting, TLS, the log and the end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper_util::rt::{TokioExecutor, TokioIo};
use reqwest::Certificate;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use time::OffsetDateTime;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::super::{Access, StartError, Storage, TlsError, TlsMode};
use super::*;
use crate::cert::issue::{Authority, IssueError, KeyKind, Reach, Served};

fn trusting(pem: &str) -> Client {
    crate::cert::provider::install();
    let authority = Certificate::from_pem(pem.as_bytes()).unwrap();
    Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap()
}

pub fn fresh() -> TlsMode {
    TlsMode::FreshAuthority { names: Vec::new() }
}

/// A connection that trusts the registry's authority.
pub async fn secured(running: &Running, offered: &[&str]) -> TlsStream<TcpStream> {
    let authority = CertificateDer::from_pem_slice(running.authority_pem().unwrap().as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(authority).unwrap();
    let builder = ClientConfig::builder_with_provider(crate::cert::provider::provider());
    let mut config =
        builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(running.address()).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap()
}

#[tokio::test]
async fn its_authority_and_no_other_verifies_it() {
    let running = Registry::builder().tls(fresh()).start().await.unwrap();
    let other = Registry::builder().tls(fresh()).start().await.unwrap();
    let client = trusting(running.authority_pem().unwrap());
    let port = running.address().port();
    for host in ["localhost", "127.0.0.1"] {
        let answer = client.get(format!("https://{host}:{port}/v2/")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert!(client.get(format!("https://{}/v2/", other.address())).send().await.is_err());
}

#[tokio::test]
async fn http1_and_http2_are_both_spoken() {
    let running = Registry::builder().tls(fresh()).start().await.unwrap();
    for (offered, spoken) in [(&["http/1.1"][..], "http/1.1"), (&["h2", "http/1.1"], "h2"), (&[], "")] {
        let stream = secured(&running, offered).await;
        assert_eq!(stream.get_ref().1.alpn_protocol().unwrap_or_default(), spoken.as_bytes());
        if spoken != "h2" {
            continue;
        }
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        let served = tokio::spawn(connection);
        let request = hyper::Request::get("https://localhost/v2/").body(String::new()).unwrap();
        assert_eq!(sender.send_request(request).await.unwrap().status(), 200);
        served.abort();
    }
}

#[tokio::test]
async fn plain_http_on_the_tls_port_gets_the_answer_of_go() {
    let running = Registry::builder().tls(fresh()).start().await.unwrap();
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    stream.write_all(b"GET /v2/ HTTP/1.1\r\nHost: r\r\n\r\n").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
}

#[tokio::test]
async fn an_authority_serves_the_names_that_it_may_sign_for() {
    let now = OffsetDateTime::now_utc();
    let reach = Reach::Only(vec![Served::read("localhost")]);
    let authority = Arc::new(Authority::create_for(&reach, KeyKind::EcdsaP256, now).unwrap());
    let mode = |names: &[&str]| {
        let names = names.iter().map(ToString::to_string).collect();
        TlsMode::Authority { authority: Arc::clone(&authority), names }
    };
    let running = Registry::builder().tls(mode(&["localhost"])).start().await.unwrap();
    let client = trusting(authority.certificate_pem());
    let url = format!("https://localhost:{}/v2/", running.address().port());
    assert_eq!(client.get(url).send().await.unwrap().status(), 200);
    // Left out, there is an address among the names.
    let refused = Registry::builder().tls(mode(&[])).start().await.unwrap_err();
    assert!(matches!(refused, StartError::Tls(TlsError::Issue(IssueError::OtherNames { .. }))));
}

#[tokio::test]
async fn a_data_folder_outlives_the_registry() {
    let folder = tempfile::tempdir().unwrap();
    let registry = || Registry::builder().storage(Storage::Folder(folder.path().join("data")));
    let site = Site::start(registry()).await;
    let digest = site.push("a", "x").await;
    site.running.stop().await;
    let site = Site::start(registry()).await;
    assert_eq!(site.get(&format!("/v2/a/blobs/{digest}")).await, (200, "x".into()));
}

#[tokio::test]
async fn it_ends_in_time_and_takes_its_temporary_folder_along() {
    for threads in [0, 2] {
        ends_in_time(Site::start(Registry::builder().threads(threads)).await).await;
    }
}

async fn ends_in_time(site: Site) {
    let folder = site.running.data_folder().to_path_buf();
    let location = site.begin("a").await;
    let mut stuck = TcpStream::connect(site.running.address()).await.unwrap();
    let request = format!("PATCH {location} HTTP/1.1\r\nHost: r\r\nContent-Length: 9\r\n\r\nabc");
    stuck.write_all(request.as_bytes()).await.unwrap();
    let _silent = TcpStream::connect(site.running.address()).await.unwrap();
    let (address, started) = (site.running.address(), Instant::now());
    site.running.stop().await;
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(!folder.exists());
    assert!(TcpStream::connect(address).await.is_err());
}

#[test]
fn it_runs_without_a_runtime_of_the_caller() {
    use std::io::{Read as _, Write as _};
    let background = Registry::builder().start_in_background().unwrap();
    let mut stream = std::net::TcpStream::connect(background.address()).unwrap();
    stream.write_all(b"GET /v2/ HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n{}"), "{answer}");
    let taken = Registry::builder().listen(background.address()).start_in_background();
    assert!(matches!(taken.unwrap_err(), StartError::Listen { .. }));
    let folder = background.data_folder().to_path_buf();
    background.stop();
    assert!(!folder.exists());
}

#[tokio::test]
async fn the_log_says_who_asked_for_what_and_no_secret() {
    let lines = Lines::default();
    let access = Access::one("alice", "secret-word");
    let site = Site::start(Registry::builder().log(lines.log()).access(access)).await;
    let _ = site.ask("GET", "/v2/?token=secret-word").send().await.unwrap();
    let request = site.ask("GET", "/v2/a/manifests/v1").basic_auth("alice", Some("secret-word"));
    let _ = request.header("user-agent", "docker/20.10").send().await.unwrap();
    site.running.stop().await;
    let lines = lines.all().join("\n");
    assert!(lines.contains(" - GET /v2/ 401 UNAUTHORIZED "), "{lines}");
    assert!(lines.contains(" alice GET /v2/a/manifests/v1 404 MANIFEST_UNKNOWN "), "{lines}");
    assert!(
        lines.contains("\"docker/20.10\"") && !lines.contains("secret-word") && !lines.contains("Basic"),
        "{lines}"
    );
}
