//! A pool of trust anchors, found by subject. Only the certificates that a question needs are read in full.

use std::collections::HashMap;

use super::pem;
use super::read::{Certificate, ReadError, parse_shallow};

/// Certificates that are trusted as they are, as Go's `CertPool`: roots, intermediates and leaves alike.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    ders: Vec<Vec<u8>>,
    by_subject: HashMap<Vec<u8>, Vec<usize>>,
}

impl Pool {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every certificate of a PEM text. Blocks that are none are passed over, as Go passes over them.
    #[must_use]
    pub fn from_pem(text: &str) -> Self {
        let mut pool = Self::new();
        pool.add_pem(text);
        pool
    }

    #[must_use]
    pub fn from_certificates<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> Self {
        let mut pool = Self::new();
        for certificate in certificates {
            pool.insert(certificate.der().to_vec(), certificate.subject.raw.clone());
        }
        pool
    }

    /// How many certificates the text had.
    pub fn add_pem(&mut self, text: &str) -> usize {
        let before = self.ders.len();
        for der in pem::ders(text).into_iter().filter_map(|(_, der)| der.ok()) {
            // Go passes over it as well: the result of AppendCertsFromPEM only says whether there was any.
            let _ = self.add_der(der);
        }
        self.ders.len() - before
    }

    pub fn add_der(&mut self, der: Vec<u8>) -> Result<(), ReadError> {
        let subject = parse_shallow(&der)?.subject().as_raw().to_vec();
        self.insert(der, subject);
        Ok(())
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.ders.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ders.is_empty()
    }

    /// The very same certificate, byte by byte.
    #[must_use]
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.of_subject(&certificate.subject.raw).any(|der| der == certificate.der())
    }

    /// Whether any certificate has this subject.
    #[must_use]
    pub fn names(&self, subject: &[u8]) -> bool {
        self.by_subject.contains_key(subject)
    }

    /// The certificates with this subject that Go would have read.
    #[must_use]
    pub fn named(&self, subject: &[u8]) -> Vec<Certificate> {
        let read = self.of_subject(subject).filter_map(|der| Certificate::from_der(der).ok());
        read.filter(|certificate| certificate.defects.is_empty()).collect()
    }

    fn of_subject(&self, subject: &[u8]) -> impl Iterator<Item = &[u8]> {
        let places = self.by_subject.get(subject).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.ders.get(*place)).map(Vec::as_slice)
    }

    fn insert(&mut self, der: Vec<u8>, subject: Vec<u8>) {
        let places = self.by_subject.entry(subject).or_default();
        if !places.iter().any(|place| self.ders.get(*place) == Some(&der)) {
            places.push(self.ders.len());
            self.ders.push(der);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn finds_by_subject_and_keeps_one_of_each() {
        let (one, two) = (testing::authority("one"), testing::authority("two"));
        let text = format!("{}{}{}", pem::write(&one.der), pem::write(&two.der), pem::write(&one.der));
        let pool = Pool::from_pem(&format!("{text}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
        assert_eq!(pool.len(), 2);
        let one = Certificate::from_der(&one.der).unwrap();
        assert!(pool.contains(&one) && pool.names(&one.subject.raw));
        assert_eq!(pool.named(&one.subject.raw), std::slice::from_ref(&one));
        let three = Certificate::from_der(&testing::authority("three").der).unwrap();
        assert!(!pool.contains(&three) && pool.named(&three.subject.raw).is_empty());
        assert!(Pool::new().is_empty());
    }
}
