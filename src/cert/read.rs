//! One certificate as plain data, read once from its DER.
//!
//! Reading does not judge: whoever needs a verdict asks `go`. Texts are safe to show.

use std::net::IpAddr;

use aws_lc_rs::digest;
use thiserror::Error;
use x509_parser::nom::Parser as _;
use x509_parser::prelude::{X509Certificate, X509CertificateParser};

use super::extensions::Extensions;
use super::name::Name;
use super::pem;
use super::public_key::{self, Key};

/// A certificate. The bytes are kept; everything else follows from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    /// 1 or 3.
    pub version: u32,
    pub subject: Name,
    pub issuer: Name,
    /// Bytes in hexadecimal, with colons: `0a:1b`.
    pub serial: String,
    /// Seconds since 1970-01-01 UTC.
    pub not_before: i64,
    pub not_after: i64,
    pub key: Key,
    /// `SHA256-RSA`, as Go names it, or the number of an algorithm that Go does not know.
    pub signature_algorithm: String,
    pub extensions: Extensions,
    pub defects: Vec<Defect>,
}

/// What a lenient reader passes over and Go does not.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Defect {
    #[error("negative serial number")]
    NegativeSerial,
    #[error("certificate contains duplicate extensions")]
    DuplicateExtension { oid: String },
    #[error("invalid extension {oid}")]
    UnreadableExtension { oid: String },
    #[error("SAN dNSName is malformed")]
    DnsName,
    #[error("cannot parse IP address of length {length}")]
    IpAddress { length: usize },
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    #[error("{length} bytes are not an X.509 certificate")]
    NotACertificate { length: usize },
    #[error("{count} bytes follow the certificate")]
    TrailingBytes { count: usize },
}

/// `1.3.6.1.4.1.11129.2.4.2` in DER: the receipts of public logs, which every public authority puts into what it signs.
const LOG_RECEIPTS: [u8; 12] = [0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02];

impl Certificate {
    /// Whether a public authority signed it.
    #[must_use]
    pub fn is_publicly_logged(&self) -> bool {
        self.der().windows(LOG_RECEIPTS.len()).any(|window| window == LOG_RECEIPTS)
    }

    pub fn from_der(der: &[u8]) -> Result<Self, ReadError> {
        let parsed = parse(der)?;
        let (extensions, mut defects) = Extensions::read(&parsed);
        if parsed.raw_serial().first().is_some_and(|byte| byte & 0x80 != 0) {
            defects.insert(0, Defect::NegativeSerial);
        }
        Ok(Self {
            der: der.to_vec(),
            version: parsed.version().0 + 1,
            subject: Name::read(parsed.subject()),
            issuer: Name::read(parsed.issuer()),
            serial: hexadecimal(parsed.raw_serial(), ":"),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            key: Key::read(parsed.public_key()),
            signature_algorithm: public_key::signature_algorithm(&parsed.signature_algorithm),
            extensions,
            defects,
        })
    }

    /// Every block of a PEM text, as a certificate or as the reason why it is none.
    #[must_use]
    pub fn all_from_pem(text: &str) -> Vec<Result<Self, pem::PemError>> {
        pem::read_all(text)
    }

    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::write(&self.der)
    }

    /// `sha256:` and the lower-case digits of the hash of the DER.
    #[must_use]
    pub fn fingerprint_sha256(&self) -> String {
        format!("sha256:{}", hexadecimal(digest::digest(&digest::SHA256, &self.der).as_ref(), ""))
    }

    #[must_use]
    pub fn dns_names(&self) -> &[String] {
        &self.extensions.dns_names
    }

    #[must_use]
    pub fn ip_addresses(&self) -> &[IpAddr] {
        &self.extensions.ip_addresses
    }

    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.subject.common_name.as_deref()
    }

    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.extensions.basic_constraints.as_ref().is_some_and(|basic| basic.ca)
    }

    /// Subject and issuer are the same name. A forger can have that too; see [`Self::self_signed`].
    #[must_use]
    pub fn self_issued(&self) -> bool {
        self.subject.raw == self.issuer.raw
    }

    /// The signature was made with the key of that authority, and it stands there as the issuer.
    #[must_use]
    pub fn issued_by(&self, authority: &Self) -> bool {
        self.issuer.raw == authority.subject.raw && super::signature::made_by(self, authority).is_ok()
    }

    /// Self-issued, and the signature was made with its own key.
    #[must_use]
    pub fn self_signed(&self) -> bool {
        self.issued_by(self)
    }
}

/// The borrowed view of the library, for the few places that need more than this file gives.
pub(super) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, ReadError> {
    finish(X509CertificateParser::new(), der)
}

/// The same without looking into the extensions: several times faster.
pub(super) fn parse_shallow(der: &[u8]) -> Result<X509Certificate<'_>, ReadError> {
    finish(X509CertificateParser::new().with_deep_parse_extensions(false), der)
}

fn finish(mut parser: X509CertificateParser, der: &[u8]) -> Result<X509Certificate<'_>, ReadError> {
    match parser.parse(der) {
        Ok(([], parsed)) => Ok(parsed),
        Ok((rest, _)) => Err(ReadError::TrailingBytes { count: rest.len() }),
        Err(_) => Err(ReadError::NotACertificate { length: der.len() }),
    }
}

/// At most 64 bytes of them.
fn hexadecimal(bytes: &[u8], between: &str) -> String {
    let digits: Vec<String> = bytes.iter().take(64).map(|byte| format!("{byte:02x}")).collect();
    digits.join(between)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{self, NOW};
    use super::*;

    #[test]
    fn reads_every_field() {
        let root = testing::authority("lab-ca");
        let leaf = testing::leaf(&root, |leaf| leaf.names = &["reg.lan", "*.lan", "10.0.0.7", "::1"]);
        let read = Certificate::from_der(&leaf).unwrap();
        assert_eq!(read.subject.text, "CN=reg.lan");
        assert_eq!(read.issuer.text, "CN=lab-ca");
        assert_eq!(read.serial, "0a:1b:2c");
        assert_eq!(read.dns_names(), ["reg.lan", "*.lan"]);
        assert_eq!(read.ip_addresses(), ["10.0.0.7".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()]);
        assert_eq!((read.not_before, read.not_after), (NOW - 86_400, NOW + 86_400));
        assert_eq!((read.key.to_string().as_str(), read.key.bits), ("ECDSA P-256", 256));
        assert_eq!(read.signature_algorithm, "ECDSA-SHA256");
        assert!(!read.is_ca() && !read.self_issued() && !read.self_signed());
        assert_eq!(Certificate::all_from_pem(&read.to_pem()), [Ok(read.clone())]);
        assert_eq!(read.fingerprint_sha256().len(), "sha256:".len() + 64);

        let root = Certificate::from_der(&root.der).unwrap();
        assert!(root.is_ca() && root.self_issued() && root.self_signed());
        assert_eq!(root.key.to_string(), "ECDSA P-256");
    }

    #[test]
    fn only_what_go_reads_can_be_a_defect() {
        let root = testing::authority("lab-ca");
        // The receipts of logs, a Netscape comment, and policies, each of which is no such thing.
        let rows: &[(&[u64], Option<&str>)] = &[
            (&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2], None),
            (&[2, 16, 840, 1, 113_730, 1, 13], None),
            (&[2, 5, 29, 32], Some("2.5.29.32")),
        ];
        for (oid, defect) in rows {
            let leaf = testing::leaf(&root, |leaf| leaf.extension = Some((oid, &[0x04, 0x02, 0xff])));
            let want: Vec<Defect> =
                defect.iter().map(|oid| Defect::UnreadableExtension { oid: (*oid).to_string() }).collect();
            assert_eq!(Certificate::from_der(&leaf).unwrap().defects, want, "{oid:?}");
        }
    }

    #[test]
    fn hostile_names_are_harmless() {
        let root = testing::authority("a\u{1b}[2J\u{202e}evil, O=Trusted");
        let read = Certificate::from_der(&root.der).unwrap();
        assert_eq!(read.subject.text, "CN=a\u{fffd}[2J\u{fffd}evil\\, O=Trusted");
    }

    #[test]
    fn refuses_what_is_no_certificate() {
        let mut der = testing::authority("lab-ca").der;
        assert_eq!(Certificate::from_der(b""), Err(ReadError::NotACertificate { length: 0 }));
        assert_eq!(Certificate::from_der(b"hello"), Err(ReadError::NotACertificate { length: 5 }));
        der.push(0);
        assert_eq!(Certificate::from_der(&der), Err(ReadError::TrailingBytes { count: 1 }));
    }

    proptest! {
        #[test]
        fn broken_bytes_never_panic(changes in prop::collection::vec((0_usize..400, any::<u8>()), 1..8), cut in 0_usize..600) {
            let mut der = testing::fixed_leaf();
            for (position, byte) in changes {
                if let Some(place) = der.get_mut(position) {
                    *place = byte;
                }
            }
            der.truncate(cut.max(1));
            if let Ok(read) = Certificate::from_der(&der) {
                let _ = (read.self_signed(), read.fingerprint_sha256(), read.subject.short().len());
            }
        }
    }
}
