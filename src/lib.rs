//! regdoctor makes a container engine trust and reach a private image registry, proves that it does, and says why not.
//!
//! ```text
//!  host ──Ask/Answer──▶ facts ──▶ check ──▶ plan ──▶ apply ──▶ verify ──▶ report
//!  (I/O)                (pure)    (pure)    (pure)   (by host)  (again)    (pure)
//!  probe ──Trace──────────▲       Findings   Plan     Outcome              text or JSON, printed by cli
//! ```
//!
//! Pure functions in the middle, input and output at the edges, plain data (`model`) between.

#![forbid(unsafe_code)]

pub mod apply;
pub mod cert;
pub mod check;
pub mod cli;
pub mod client;
pub mod deploy;
pub mod distro;
pub mod edit;
pub mod engine;
pub mod facts;
pub mod host;
pub mod model;
pub mod plan;
pub mod probe;
pub mod registry;
pub mod report;
