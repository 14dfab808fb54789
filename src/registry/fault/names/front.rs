//! What stands before a registry, or in its place: statuses, pages, redirects, proxies, headers.

use std::time::Duration;

use super::super::act::{Act, End, On, Transfer};
use super::super::bend::Bend;
use super::super::given::Given;
use super::super::kind::Kind;
use super::super::reply::{Content, Reply, error, page};

pub const KINDS: &[Kind] = &[
    Kind {
        name: "status",
        summary: "any status with any body in place of the answer",
        make: |given| {
            let status = given.status("code", 500);
            let reply = Reply::new(status, given.text("body", ""));
            let header = given.text("header", "");
            let reply = match header.split_once(':') {
                Some((name, value)) => reply.header(&name.trim().to_ascii_lowercase(), value.trim()),
                None => reply,
            };
            everywhere(reply)
        },
    },
    Kind {
        name: "header",
        summary: "a header more, or another value for it",
        make: |given| {
            let name = given.text("name", "x-fault").to_ascii_lowercase();
            let value = given.text("value", "1");
            vec![Act::Bend { on: On::Everything, bend: Bend::Set { name, value } }]
        },
    },
    Kind {
        name: "no-header",
        summary: "a header less",
        make: |given| {
            let name = given.text("name", "docker-distribution-api-version").to_ascii_lowercase();
            vec![Act::Bend { on: On::Everything, bend: Bend::Remove { name } }]
        },
    },
    Kind {
        name: "registry-unavailable",
        summary: "503 with the page of a front end that finds no registry behind it",
        make: |given| {
            let status = given.status("code", 503);
            everywhere(Reply::new(status, page(&format!("{status} Service Unavailable"), "nginx")))
        },
    },
    Kind {
        name: "not-a-registry-at-this-address",
        summary: "HTML pages, as from a web application",
        make: |given| {
            let status = given.status("code", 200);
            everywhere(Reply::new(status, page("Sign in to your account", "web application")))
        },
    },
    Kind {
        name: "image-name-missing-port",
        summary: "404 pages, as from the web server at the port that a name without port leads to",
        make: |_| everywhere(Reply::new(404, page("404 Not Found", "nginx")).header("server", "nginx")),
    },
    Kind {
        name: "registry-v1-only",
        summary: "404 at /v2/, and /v1/_ping answers as the registry of 2014 did",
        make: |_| {
            let ping = Reply::new(200, "true").header("x-docker-registry-version", "0.9.1");
            let gone = Reply::new(404, page("404 Not Found", "gunicorn/18.0"));
            vec![Act::Reply { on: On::FirstProtocol, reply: ping }, Act::Reply { on: On::Everything, reply: gone }]
        },
    },
    Kind {
        name: "registry-path-prefix",
        summary: "only repositories below one first part are known",
        make: |given| {
            let prefix = given.text("prefix", "docker-local");
            let text = error("NAME_UNKNOWN", "repository name not known to registry");
            let reply = Reply { prefix: Some(prefix), ..Reply::new(404, text) };
            vec![Act::Reply { on: On::OutsidePrefix, reply }]
        },
    },
    Kind {
        name: "rate-limited",
        summary: "429 with Retry-After and the headers of a pull limit",
        make: |given| {
            let seconds = given.text("retry-after", "60");
            let text = error("TOOMANYREQUESTS", "You have reached your pull rate limit.");
            let reply = Reply::new(429, text)
                .header("retry-after", seconds)
                .header("ratelimit-limit", "100;w=21600")
                .header("ratelimit-remaining", "0;w=21600");
            everywhere(reply)
        },
    },
    Kind {
        name: "redirect",
        summary: "a redirect to any address",
        make: |given| redirect(given, "https://127.0.0.1:1{path}"),
    },
    Kind {
        name: "redirect-loop",
        summary: "a redirect to the same address",
        make: |given| redirect(given, "{base}{path}"),
    },
    Kind {
        name: "redirect-to-http",
        summary: "a redirect from TLS to plain HTTP",
        make: |given| redirect(given, "http://{authority}{path}"),
    },
    Kind {
        name: "redirect-to-dead-host",
        summary: "a redirect to where nobody listens",
        make: |given| redirect(given, "{scheme}://127.0.0.1:1{path}"),
    },
    Kind {
        name: "dns-lookup-fails",
        summary: "a redirect to a name that nobody has",
        make: |given| redirect(given, "{scheme}://registry.invalid{path}"),
    },
    Kind {
        name: "proxy-denies",
        summary: "the page of a web proxy that does not let the request through",
        make: |given| {
            let status = given.status("code", 403);
            let reply = proxied(status, "ERR_ACCESS_DENIED 0");
            everywhere(if status == 407 { reply.header("proxy-authenticate", "Basic realm=\"proxy\"") } else { reply })
        },
    },
    Kind {
        name: "daemon-proxy-no-bypass",
        summary: "the page of a web proxy that cannot resolve or reach the registry's name",
        make: |given| {
            let status = given.status("code", 503);
            everywhere(proxied(status, "ERR_DNS_FAIL 0"))
        },
    },
    Kind {
        name: "proxy-mishandles-registry-requests",
        summary: "a front end that lets only GET through, and takes the registry's own headers away",
        make: |_| {
            let reply = Reply::new(405, page("405 Not Allowed", "nginx"));
            let strip = |name: &str| Act::Bend { on: On::Everything, bend: Bend::Remove { name: name.into() } };
            vec![
                Act::Reply { on: On::NotGet, reply },
                strip("docker-distribution-api-version"),
                strip("docker-content-digest"),
            ]
        },
    },
    Kind {
        name: "proxy-body-size-limit",
        summary: "413 when a request's body is larger than `after`, which is 1m if nothing is said",
        make: |given| {
            given.waits_for(1 << 20);
            let reply = Reply::new(413, page("413 Request Entity Too Large", "nginx"));
            vec![Act::Reply { on: On::Writing, reply }]
        },
    },
    Kind {
        name: "proxy-timeout-or-buffering",
        summary: "uploads end in 504 after a while, downloads break off in the middle",
        make: |given| {
            let delay = given.time("delay", Duration::from_secs(1));
            let reply = Reply { delay, ..Reply::new(504, page("504 Gateway Time-out", "nginx")) };
            vec![
                Act::Reply { on: On::UploadBytes, reply },
                Act::Transfer { on: On::ReadBlob, transfer: Transfer::Break(End::Close) },
            ]
        },
    },
    Kind {
        name: "mirror-or-cache-misconfigured",
        summary: "a cache that cannot reach what it caches",
        make: |_| {
            let text = error(
                "UNKNOWN",
                "Get \"https://upstream.invalid/v2/\": dial tcp: lookup upstream.invalid: no such host",
            );
            vec![Act::Reply { on: On::Reading, reply: Reply::new(500, text) }]
        },
    },
];

pub fn everywhere(reply: Reply) -> Vec<Act> {
    vec![Act::Reply { on: On::Everything, reply }]
}

fn redirect(given: &mut Given<'_>, target: &str) -> Vec<Act> {
    let status = given.status("code", 307);
    let target = given.text("to", target);
    everywhere(Reply { content: Content::Text(String::new()), ..Reply::new(status, "").header("location", target) })
}

/// As Squid answers.
fn proxied(status: u16, reason: &str) -> Reply {
    let text = page("ERROR: The requested URL could not be retrieved", "squid");
    Reply::new(status, text)
        .header("server", "squid/5.7")
        .header("x-squid-error", reason)
        .header("via", "1.1 proxy.lan (squid/5.7)")
}
