//! The report as a value, and its renderers: one file a format. Nothing here looks or decides.

mod explanation;
mod human;
mod json;
mod page;
mod prometheus;
mod pushed;
mod sanitize;
mod view;
mod wrap;

pub use explanation::{Explanation, of_all, of_cause, of_reading, render as explained};
pub use human::{Style, render as human, wrap};
pub use json::render as json;
pub use page::render as page;
pub use prometheus::render as prometheus;
pub use pushed::{BlobView, PushReport, SCHEMA as PUSH_SCHEMA};
pub use sanitize::{ascii, sanitize};
pub use view::{Report, SCHEMA, Seen, Status, report};

#[cfg(test)]
mod schema_tests;
