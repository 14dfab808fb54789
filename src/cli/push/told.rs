//! How a push went, in words.

use std::time::Duration;

use super::Target;
use super::progress::size;
use crate::client::How;
use crate::report::PushReport;

/// As the JSON says it.
pub(super) fn how(how: How) -> &'static str {
    match how {
        How::Present => "present",
        How::Mounted => "mounted",
        How::Sent => "sent",
    }
}

/// The answer in words: what is where, and what that took.
pub(super) fn words(target: &Target, report: &PushReport, hows: &[How]) -> String {
    let count = |how: How| hows.iter().filter(|one| **one == how).count();
    let mut parts = if hows.is_empty() {
        Vec::new()
    } else {
        vec![format!("{} blobs sent ({})", count(How::Sent), size(report.bytes_sent))]
    };
    let others = [(count(How::Present), "there already"), (count(How::Mounted), "taken over")];
    parts.extend(others.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")));
    let platforms =
        if report.platforms.is_empty() { String::new() } else { format!("\n{}", report.platforms.join(", ")) };
    let digest = report.digest.as_deref().unwrap_or_default();
    let seconds = Duration::from_millis(report.duration_ms).as_secs_f64();
    let parts = if parts.is_empty() { String::new() } else { format!("{} ", parts.join(", ")) };
    format!("pushed {}\n{digest}{platforms}\n{parts}in {seconds:.1} s\n", target.shown())
}
