//! Making the daemon itself reach a registry, and reading what came of it. The daemon's own trust settings decide.

use std::time::Duration;

use serde_json::Value;

use crate::model::act::HttpRequest;
use crate::model::ask::HttpAnswer;
use crate::model::facts::EngineFacts;

/// A repository that no registry has; each part begins with a letter, as Docker's grammar demands.
const NOBODY: &str = "regdoctor-probe:none";
/// A ping may take 15 seconds, a TLS handshake 10, on each of two endpoints.
const LIMIT: Duration = Duration::from_secs(45);

/// `GET /distribution/…` since API 1.30 (Docker 17.06): the daemon pings the registry and asks for a manifest. Before that
/// a login with nothing in it, which pings as well.
pub(super) fn request(engine: &EngineFacts, registry: &str) -> HttpRequest {
    let modern =
        engine.effective.as_ref().and_then(|one| one.api_version.as_ref()).is_none_or(|api| api.at_least(1, 30, 0));
    let base = HttpRequest {
        socket: engine.endpoint.socket.clone(),
        method: "GET",
        path: format!("/distribution/{registry}/{NOBODY}/json"),
        headers: Vec::new(),
        body: Vec::new(),
        limit: LIMIT,
    };
    if modern {
        return base;
    }
    let body = format!("{{\"username\":\"regdoctor\",\"password\":\"-\",\"serveraddress\":\"{registry}\"}}");
    let headers = vec![("content-type".into(), "application/json".into())];
    HttpRequest { method: "POST", path: "/auth".into(), headers, body: body.into_bytes(), ..base }
}

/// Whether the daemon got an answer from the registry; the error is Docker's own message.
pub(super) fn read(answer: &HttpAnswer) -> Result<(), String> {
    let message = message(answer);
    let lower = message.to_lowercase();
    // Whatever a registry says about a name, a right or a login, it was reached and trusted to say it.
    let answered = [
        "manifest unknown",
        "name unknown",
        "not found",
        "unauthorized",
        "no basic auth credentials",
        "denied",
        "authentication required",
        "toomanyrequests",
        "login attempt",
        // An insecure registry with TLS: the manifest was asked for over https, and what is told is the second try, over http.
        "client sent an http request to an https server",
        "plain http request was sent to https port",
    ];
    let unreached = [
        "dial tcp",
        "x509",
        "tls:",
        "http response to https",
        "no such host",
        "i/o timeout",
        "connection re",
        "eof",
        "client.timeout",
        "proxyconnect",
        "server misbehaving",
    ];
    if answer.status == 200 || answer.status == 401 || answer.status == 403 {
        return Ok(());
    }
    if unreached.iter().any(|text| lower.contains(text)) {
        return Err(message);
    }
    if answered.iter().any(|text| lower.contains(text)) { Ok(()) } else { Err(message) }
}

fn message(answer: &HttpAnswer) -> String {
    let parsed: Option<Value> = serde_json::from_str(&answer.body).ok();
    let text = parsed.as_ref().and_then(|value| value.get("message")?.as_str()).map(str::to_string);
    text.unwrap_or_else(|| answer.body.trim().chars().take(300).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_an_answer_from_a_wall() {
        let rows = [
            (200, "{}", true),
            (404, r#"{"message":"manifest unknown: manifest unknown"}"#, true),
            (500, r#"{"message":"no basic auth credentials"}"#, true),
            (500, r#"{"message":"manifest unknown"}"#, true),
            (
                500,
                r#"{"message":"Get \"https://reg.lab:5000/v2/\": http: server gave HTTP response to HTTPS client"}"#,
                false,
            ),
            (
                500,
                r#"{"message":"Get \"https://r/v2/\": tls: failed to verify certificate: x509: certificate signed by unknown authority"}"#,
                false,
            ),
            (500, r#"{"message":"Get \"https://r/v2/\": dial tcp: lookup r: no such host"}"#, false),
            (500, r#"{"message":"unknown: Client sent an HTTP request to an HTTPS server."}"#, true),
            (500, "", false),
        ];
        for (status, body, want) in rows {
            let answer = HttpAnswer { status, headers: Vec::new(), body: body.into() };
            assert_eq!(read(&answer).is_ok(), want, "{body}");
        }
    }
}
