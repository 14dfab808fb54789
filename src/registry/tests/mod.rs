//! A started registry, asked over loopback as clients ask it.

mod access;
mod faults;
mod heads;
mod http1;
mod manifests;
mod mounts;
mod pull;
mod push;
mod referrers;
mod serving;
mod storage;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use reqwest::{Client, Method, RequestBuilder, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::digest::{Algorithm, Digest};
use super::{Form, Log, Registry, Running};

/// How many files of uploads lie in a data folder.
fn uploads(data: &Path) -> usize {
    let runs = data.join("_uploads").read_dir().unwrap();
    runs.map(|run| run.unwrap().path().read_dir().unwrap().count()).sum()
}

/// A registry and a client for it.
struct Site {
    running: Running,
    client: Client,
    base: String,
}

impl Site {
    async fn open() -> Self {
        Self::start(Registry::builder()).await
    }

    /// `registry` over plain HTTP.
    async fn start(registry: Registry) -> Self {
        crate::cert::provider::install();
        let running = registry.start().await.unwrap();
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let base = format!("http://{}", running.address());
        Self { running, client, base }
    }

    fn ask(&self, method: &str, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") { path.to_string() } else { format!("{}{path}", self.base) };
        self.client.request(method.parse::<Method>().unwrap(), url)
    }

    /// Status and body.
    async fn get(&self, path: &str) -> (u16, String) {
        said(self.ask("GET", path).send().await.unwrap()).await
    }

    async fn push(&self, repository: &str, content: &str) -> Digest {
        let digest = digest(content);
        let path = format!("/v2/{repository}/blobs/uploads/?digest={digest}");
        let answer = self.ask("POST", &path).body(content.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        digest
    }

    /// Begins an upload and gives its path.
    async fn begin(&self, repository: &str) -> String {
        let answer = self.ask("POST", &format!("/v2/{repository}/blobs/uploads/")).send().await.unwrap();
        assert_eq!(answer.status(), 202);
        header(&answer, "location").to_string()
    }

    async fn put_manifest(&self, repository: &str, reference: &str, body: &str) -> Response {
        let path = format!("/v2/{repository}/manifests/{reference}");
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        self.ask("PUT", &path).header("content-type", media_type).body(body.to_string()).send().await.unwrap()
    }
}

/// The lines of a log.
#[derive(Default, Clone)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn log(&self) -> Log {
        let sink = Arc::clone(&self.0);
        Log::To(Form::Human, Arc::new(move |line: &str| sink.lock().unwrap().push(line.to_string())))
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

fn digest(content: &str) -> Digest {
    Digest::of(Algorithm::Sha256, content.as_bytes())
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

async fn said(answer: Response) -> (u16, String) {
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Status and the code of the error body.
async fn refusal(answer: Response) -> (u16, String) {
    let (status, text) = said(answer).await;
    let body: serde_json::Value = serde_json::from_str(&text).unwrap();
    let error = &body["errors"][0];
    assert!(error["detail"].is_object() && error["message"].is_string(), "{text}");
    (status, error["code"].as_str().unwrap().to_string())
}

/// Sends the bytes as they are and reads to the end.
async fn raw(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset after the answer does not matter to what was read before.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}
