//! The data of every arrow in the pipeline: plain values, no input or output, no judgement.
//!
//! Nothing here may use another folder of the crate.

pub mod act;
pub mod ask;
pub mod change;
pub mod credential;
pub mod entry_point;
pub mod facts;
pub mod family;
pub mod finding;
pub mod new_file;
pub mod observations;
pub mod plan;
pub mod printable;
pub mod proxies;
pub mod record;
pub mod secret;
pub mod trace;
pub mod version;
pub mod way;
pub mod wish;
