//! Observations become facts: parsed once; nothing after this layer sees bytes, paths to try, or the clock.

pub mod distro;
pub mod init;
pub mod store;
