//! What the addresses in a text tell: which registry it is about, which request failed, and whether that one went
//! somewhere else.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::names::{Named, host_of, is_short, joined};
use super::places;

/// Every mark that is computed here.
#[cfg(test)]
pub const MARKS: &[&str] = &[
    "base-url",
    "blob-url",
    "dial-443",
    "dial-80",
    "dial-ipv6",
    "dial-public",
    "http-url",
    "https-base",
    "insecure-other",
    "ip-host",
    "no-port",
    "no-registry-name",
    "other-host",
    "private-name",
    "push-url",
    "store-url",
    "token-elsewhere",
    "token-http",
    "token-url",
    "upload-mismatch",
    "v1-url",
];

#[derive(Debug, Default)]
pub struct Found {
    pub marks: Vec<&'static str>,
    pub registry: Option<String>,
}

/// One address in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    scheme: String,
    host: String,
    port: Option<u16>,
    path: String,
    /// The request was one of a push.
    writes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Base,
    V1,
    Manifest,
    Upload,
    Blob,
    Token,
    Other,
}

/// A pattern of ours; the tests compile every one.
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| unreachable!("{error}"))
}

static URL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?:\b(get|head|put|post|patch|delete) "?)?(https?)://(\[[0-9a-f:]+\]|[a-z0-9._-]+)(?::(\d+))?(/[^\s"'<>]*)?"#,
    )
});
static DIAL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"dial tcp:? (?:\S+->)?(\[[0-9a-f:%a-z]+\]|\d+\.\d+\.\d+\.\d+):(\d+)"));
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?:(?:docker|podman|nerdctl|crictl|buildah|skopeo|ctr|helm|oras|crane)(?: \S+)? (?:push|pull|login|run|inspect|copy|build|tag|create)(?: -{1,2}[\w=.-]+)* |docker://|(?:image|reference|repository) ["'\[]|access denied for )([a-z0-9][\w.:/@-]*)"#,
    )
});
/// Where people tell in their own words which image they mean.
static PROSE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:image is|tagged (?:as |with )?|push(?:es|ing)?(?: goes)? to|pull(?:s|ing)?(?: goes)? (?:to|from)|login to|registry is) ([a-z0-9][\w.:/-]*)",
    )
});
static INSECURE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"insecure[-_ ]registr(?:y|ies)["'=: \[]{1,8}(?:https?://)?([a-z0-9.-]+(?::\d+)?)"#));

pub fn read(text: &str) -> Found {
    let urls: Vec<Address> = URL.captures_iter(text).filter_map(|found| address(&found)).collect();
    let references: Vec<&str> =
        REFERENCE.captures_iter(text).filter_map(|found| Some(found.get(1)?.as_str())).collect();
    let told = || PROSE.captures_iter(text).find_map(|found| host_of(found.get(1)?.as_str()));
    let named = references.iter().find_map(|reference| host_of(reference)).or_else(told);
    let first = urls.iter().find(|url| matches!(kind(url), Kind::Base | Kind::V1 | Kind::Manifest | Kind::Blob));
    let registry = named.or_else(|| first.map(|url| (url.host.clone(), url.port)));
    let mut marks = of_urls(&urls, registry.as_ref());
    marks.extend(of_dials(text));
    marks.extend(of_registry(text, registry.as_ref()));
    marks.extend(places::read(text, registry.as_ref()));
    if registry.is_none() && references.iter().any(|one| is_short(one)) || text.contains("[docker.io/") {
        marks.push("no-registry-name");
    }
    marks.sort_unstable();
    marks.dedup();
    Found { marks, registry: registry.map(|(host, port)| joined(&host, port)) }
}

fn address(found: &Captures<'_>) -> Option<Address> {
    let part = |index: usize| found.get(index).map(|part| part.as_str());
    let host = part(3)?;
    let about = ["docs.", "github.com", "docker.com/go", "dockr.ly", "golang.org", "stackoverflow.com"];
    if about.iter().any(|site| host.starts_with(site)) || host.contains("%2f") {
        return None;
    }
    Some(Address {
        scheme: part(2)?.to_string(),
        host: host.trim_end_matches('.').to_string(),
        port: part(4).and_then(|port| port.parse().ok()),
        path: part(5).unwrap_or("/").trim_end_matches([':', ',', ';', ')', '.']).to_string(),
        writes: matches!(part(1), Some("put" | "post" | "patch")),
    })
}

fn kind(url: &Address) -> Kind {
    let path = url.path.as_str();
    let asks_for_token = path.contains("service=") || path.contains("scope=") || path.contains("account=");
    let token = ["/token", "/jwt/", "/oauth", "/auth"].iter().any(|part| path.contains(part));
    match path {
        _ if asks_for_token || token && !path.starts_with("/v2/") => Kind::Token,
        "/v2" | "/v2/" => Kind::Base,
        _ if path.starts_with("/v1") => Kind::V1,
        _ if path.contains("/manifests/") => Kind::Manifest,
        _ if path.contains("/blobs/uploads") => Kind::Upload,
        _ if path.contains("/blobs/") && path.starts_with("/v2/") => Kind::Blob,
        _ => Kind::Other,
    }
}

fn of_urls(urls: &[Address], registry: Option<&Named>) -> Vec<&'static str> {
    let mut marks = Vec::new();
    let elsewhere = |url: &Address| registry.is_some_and(|(host, port)| url.host != *host || !same_port(url, *port));
    let tls = urls.iter().any(|url| url.scheme == "https" && kind(url) != Kind::Token);
    for url in urls {
        let what = kind(url);
        marks.push(match what {
            Kind::Base => "base-url",
            Kind::V1 => "v1-url",
            Kind::Upload => "push-url",
            Kind::Blob => "blob-url",
            // Docker Hub's own token server is where it should be.
            Kind::Token if url.host == "auth.docker.io" => continue,
            Kind::Token => "token-url",
            Kind::Other if is_store(url) => "store-url",
            Kind::Other if elsewhere(url) => "other-host",
            Kind::Manifest | Kind::Other => continue,
        });
        if what == Kind::Token && elsewhere(url) {
            marks.push("token-elsewhere");
        }
        if what == Kind::Token && url.scheme == "http" {
            marks.push("token-http");
        }
        if (what == Kind::Upload || url.writes) && (elsewhere(url) || url.scheme == "http" && tls) {
            marks.push("upload-mismatch");
        }
    }
    if tls {
        marks.push("https-base");
    }
    if urls.iter().any(|url| url.scheme == "http") {
        marks.push("http-url");
    }
    marks
}

/// 443 and 80 are what a scheme means anyway.
fn same_port(url: &Address, port: Option<u16>) -> bool {
    let usual = if url.scheme == "https" { 443 } else { 80 };
    url.port.unwrap_or(usual) == port.unwrap_or(usual)
}

fn is_store(url: &Address) -> bool {
    let parts = ["/docker/registry/v2/blobs", "x-amz-", "/registry-v2/", "x-goog-", "/sha256/"];
    parts.iter().any(|part| url.path.contains(part))
}

fn of_dials(text: &str) -> Vec<&'static str> {
    let mut marks = Vec::new();
    for dial in DIAL.captures_iter(text) {
        let (Some(host), Some(port)) = (dial.get(1), dial.get(2)) else { continue };
        match host.as_str().parse::<Ipv4Addr>() {
            Ok(address) => {
                let inside = address.is_private() || address.is_loopback() || address.is_link_local();
                marks.extend((!inside).then_some("dial-public"));
            }
            Err(_) => marks.push("dial-ipv6"),
        }
        marks.extend((port.as_str() == "443").then_some("dial-443"));
        marks.extend((port.as_str() == "80").then_some("dial-80"));
    }
    marks
}

const PUBLIC: &[&str] = &[
    "docker.io",
    "docker.com",
    "gcr.io",
    "quay.io",
    "ghcr.io",
    "amazonaws.com",
    "azurecr.io",
    "pkg.dev",
    "mcr.microsoft.com",
    "registry.k8s.io",
    "registry.gitlab.com",
    "redhat.com",
    "redhat.io",
    "nvcr.io",
];

fn of_registry(text: &str, registry: Option<&Named>) -> Vec<&'static str> {
    let Some((host, port)) = registry else { return Vec::new() };
    let mut marks = Vec::new();
    let public = PUBLIC.iter().any(|one| host == one || host.ends_with(&format!(".{one}")));
    marks.extend((!public).then_some("private-name"));
    marks.extend((!public && port.is_none()).then_some("no-port"));
    marks.extend(host.parse::<Ipv4Addr>().is_ok().then_some("ip-host"));
    let listed = INSECURE.captures_iter(text).filter_map(|found| Some(found.get(1)?.as_str().to_string()));
    let listed: Vec<String> = listed.filter(|one| one.contains('.') || one.contains(':')).collect();
    let same = joined(host, *port);
    marks.extend((!listed.is_empty() && !listed.contains(&same)).then_some("insecure-other"));
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_addresses_tell() {
        let rows: &[(&str, Option<&str>, &[&str])] = &[
            ("get \"https://reg.lan:5000/v2/\": x", Some("reg.lan:5000"), &["base-url", "https-base", "private-name"]),
            (
                "get https://reg.lan/v2/: get https://auth.lan/token?service=x: y",
                Some("reg.lan"),
                &["token-elsewhere", "token-url", "no-port"],
            ),
            (
                "docker push reg.lan/app\nput \"http://reg.lan:8080/v2/app/blobs/uploads/1\"",
                Some("reg.lan"),
                &["upload-mismatch"],
            ),
            ("dial tcp [2001:db8::1]:443: connect: x", None, &["dial-443", "dial-ipv6"]),
            ("docker push team/app", None, &["no-registry-name"]),
        ];
        for (text, registry, want) in rows {
            let found = read(text);
            assert_eq!(found.registry.as_deref(), *registry, "{text}");
            for mark in *want {
                assert!(found.marks.contains(mark), "{text}: {:?} lacks {mark}", found.marks);
            }
            assert!(found.marks.iter().all(|mark| MARKS.contains(mark)), "{:?}", found.marks);
        }
    }
}
