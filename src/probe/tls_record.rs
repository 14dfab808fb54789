//! Recorders: one for the first bytes that a peer sends, one for what it shows during a handshake.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::tls::Proof;
use crate::cert::provider;

const FIRST_BYTES: usize = 512;

/// What is known of a peer when its handshake ends, however it ends.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub first: Vec<u8>,
    pub chain: Vec<Vec<u8>>,
    pub client_certificate_asked: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    seen: Arc<Mutex<Seen>>,
    /// The only leaf that is taken, with its signature checked.
    leaf: Option<Arc<[u8]>>,
    /// What is shown to a server that asks for it.
    pair: Option<Arc<CertifiedKey>>,
}

impl Record {
    pub(super) fn demanding(proof: &Proof) -> Self {
        let (leaf, pair) = match proof {
            Proof::Nothing => (None, None),
            Proof::Leaf(leaf) => (Some(leaf.as_slice()), None),
            Proof::LeafFor(pair) => (Some(pair.server()), Some(Arc::clone(pair.pair()))),
        };
        Self { seen: Arc::default(), leaf: leaf.map(Into::into), pair }
    }

    pub(super) fn seen(&self) -> Seen {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn first_bytes(&self, bytes: &[u8]) {
        let mut seen = self.lock();
        let room = FIRST_BYTES.saturating_sub(seen.first.len());
        seen.first.extend(bytes.iter().take(room));
    }
}

/// Accepts every certificate, unless one is demanded: a registry must be seen to be judged. Whoever uses it without a
/// demand sends nothing secret.
impl ServerCertVerifier for Record {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.lock().chain = std::iter::once(end_entity).chain(intermediates).map(|der| der.to_vec()).collect();
        match &self.leaf {
            Some(leaf) if **leaf != **end_entity => {
                Err(rustls::Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure))
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.leaf.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let provider = provider::provider();
        verify_tls12_signature(message, certificate, signature, &provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.leaf.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let provider = provider::provider();
        verify_tls13_signature(message, certificate, signature, &provider.signature_verification_algorithms)
    }

    /// What Go offers, SHA-1 last.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ED25519,
            SignatureScheme::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_SHA512,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::RSA_PKCS1_SHA1,
            SignatureScheme::ECDSA_SHA1_Legacy,
        ]
    }
}

/// Remembers that a certificate was asked for, and gives one only where that was agreed.
impl ResolvesClientCert for Record {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.lock().client_certificate_asked = true;
        self.pair.clone()
    }

    /// rustls only asks where this is true.
    fn has_certs(&self) -> bool {
        true
    }
}

/// A stream that keeps the first bytes read from it.
#[derive(Debug)]
pub(super) struct Recorded<S> {
    pub inner: S,
    pub record: Record,
}

impl<S: AsyncRead + Unpin> AsyncRead for Recorded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.record.first_bytes(buffer.filled().get(before..).unwrap_or_default());
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Recorded<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
