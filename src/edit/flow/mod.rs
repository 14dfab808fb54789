//! Items between brackets, parted by commas: what they are in JSON, and in the arrays and inline tables of TOML and the flow
//! lists of YAML. It knows where the items are, and nothing of what they say.

mod insert;
mod remove;

use std::ops::Range;

pub(super) use insert::{New, Style, line_indent, quoted};
pub(super) use remove::remove;

/// The span between two brackets and those of the items in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Held {
    pub inner: Range<usize>,
    pub items: Vec<Range<usize>>,
}
