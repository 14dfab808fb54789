//! The report for programs: one object.

use serde::Serialize;

/// A view as indented JSON, with a last newline.
#[must_use]
pub fn render(view: &impl Serialize) -> String {
    // Every field of a view is text, a number or a list of them, so this cannot fail.
    let mut text = serde_json::to_string_pretty(view).unwrap_or_default();
    text.push('\n');
    text
}
