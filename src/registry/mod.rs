//! (in work)

pub mod digest;
pub mod names;
pub mod page;
pub mod query;
pub mod range;
pub mod refusal;
pub mod route;
pub mod store;
