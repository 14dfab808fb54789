//! The one place that names the cryptography behind TLS.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// Makes it the default of this process; a default that is already there stays.
pub fn install() {
    // An error only says that a default was installed before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
