//! (in work)

pub mod issue;
pub mod provider;
