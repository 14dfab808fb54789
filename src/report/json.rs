//! The report for programs: one object.

use super::view::Report;

/// The report as indented JSON, with a last newline.
#[must_use]
pub fn render(report: &Report) -> String {
    // Every field is text, a number or a list of them, so this cannot fail.
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}
