//! Everything that needs no network beyond loopback, no Docker and no root: one test binary, one module a subject.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests lay folders of their own and print what differs"
)]

mod fixture;
mod hosts;
mod layering;
mod rollback;
mod tree;
