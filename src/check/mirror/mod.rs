//! Mirrors and caches of Docker Hub.

mod causes;

pub use causes::MIRROR_OR_CACHE_MISCONFIGURED;
