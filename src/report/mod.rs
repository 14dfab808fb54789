//! The report as a value, and its renderers: one file a format. Nothing here looks or decides.

mod human;
mod json;
mod sanitize;
mod view;

pub use human::{Style, render as human, wrap};
pub use json::render as json;
pub use sanitize::{ascii, sanitize};
pub use view::{Report, SCHEMA, Seen, Status, report};
