//! Everything that needs no network beyond loopback, no Docker and no root: one test binary, one module a subject.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests lay folders of their own, and a panic is how a test fails"
)]

mod arguments;
mod catalogue;
mod change;
mod check;
mod commands;
mod deployed;
mod faults;
mod fixture;
mod full;
mod generate;
mod harness;
mod history;
mod hosts;
mod issue_cert;
mod killed;
mod layering;
mod layouts;
mod list;
mod machine;
mod many;
mod messages;
mod output;
mod packages;
mod patient;
mod pushing;
mod raw;
mod renewed;
mod rollback;
mod sandbox;
mod server;
mod serving;
mod tree;
mod undo;
mod wire;
mod wordings;
