//! An HTTP answer in a few harmless words.

use crate::check::words;
use crate::model::ask::HttpAnswer;
use crate::model::finding::Finding;

/// Adds what was answered.
pub(super) fn seen(finding: Finding, answer: &HttpAnswer) -> Finding {
    let finding = finding.evidence(line(answer));
    match title(&answer.body) {
        Some(title) => finding.evidence(format!("the page is titled \"{}\"", words::shown(title))),
        None => finding,
    }
}

/// `/v2/` answers 404 Not Found, text/html, from nginx.
pub(super) fn line(answer: &HttpAnswer) -> String {
    let media = answer.header("content-type").and_then(|value| value.split(';').next()).map(words::shown);
    let media = media.filter(|media| !media.is_empty()).map(|media| format!(", {media}")).unwrap_or_default();
    let server = answer.header("server").map(|server| format!(", from {}", words::shown(server))).unwrap_or_default();
    format!("`/v2/` answers {}{media}{server}", status(answer.status))
}

pub(in crate::check) fn status(status: u16) -> String {
    let words = match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        407 => "Proxy Authentication Required",
        413 => "Request Entity Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => return status.to_string(),
    };
    format!("{status} {words}")
}

fn title(body: &str) -> Option<&str> {
    // Lower case has the same length in ASCII, which is all that changes here.
    let lower = body.to_ascii_lowercase();
    let from = lower.find("<title>")? + "<title>".len();
    let until = from + lower.get(from..)?.find("</title>")?;
    body.get(from..until).map(str::trim).filter(|title| !title.is_empty())
}
