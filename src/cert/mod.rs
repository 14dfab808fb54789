//! Certificates: reading X.509, and what Go's `crypto/x509` decides about a chain. No input or output here.

pub mod clearance;
pub mod go;
pub mod issue;
pub mod pem;
pub mod pool;
pub mod provider;
pub mod read;

mod cbc;
mod der;
mod extensions;
mod name;
mod public_key;
mod rsa;
mod signature;
#[cfg(test)]
mod testing;

pub use clearance::Clearance;
pub use extensions::{Constraints, Extensions, Usage};
pub use go::refusal::Refusal;
pub use go::release::{Build, GoRelease};
pub use name::Name;
pub use pool::Pool;
pub use public_key::{Curve, Key, KeyAlgorithm};
pub use read::Certificate;
pub use signature::SignatureProblem;
