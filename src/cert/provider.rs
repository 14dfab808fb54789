//! The one place that names the crypto provider.
//!
//! aws-lc-rs verifies what a Docker engine verifies, P-521 included. Nothing else in the crate names a provider, so
//! another one stays a change of one file.

use std::sync::{Arc, LazyLock};

use rustls::crypto::{CryptoProvider, aws_lc_rs};

use super::cbc;

/// Makes the provider the default of this process, which reqwest asks for. Calling it again changes nothing.
pub fn install() {
    if CryptoProvider::get_default().is_none() {
        // Losing the race means that the same provider was installed in between.
        let _ = aws_lc_rs::default_provider().install_default();
    }
}

/// The provider, for TLS configurations that name theirs.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    install();
    CryptoProvider::get_default().map_or_else(|| Arc::new(aws_lc_rs::default_provider()), Arc::clone)
}

/// The same with the older suites that a Docker engine offers as well, for those who must reach what it reaches.
#[must_use]
pub fn as_engines() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
        let mut provider = CryptoProvider::clone(&provider());
        provider.cipher_suites.extend(cbc::suites());
        Arc::new(provider)
    });
    Arc::clone(&PROVIDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installs_once_and_again() {
        install();
        install();
        assert!(Arc::ptr_eq(&provider(), &provider()));
    }
}
