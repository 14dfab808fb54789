//! Certificates for tests: made with rcgen at fixed times, never with the clock.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType, SerialNumber,
};
use time::OffsetDateTime;

/// 2027-01-15 08:00 UTC.
pub const NOW: i64 = 1_800_000_000;

pub struct Authority {
    pub der: Vec<u8>,
    pub issuer: Issuer<'static, KeyPair>,
}

#[derive(Clone, Copy)]
pub enum Rank {
    Leaf,
    Authority,
    /// With at most so many intermediates below.
    Above(u8),
}

/// How a certificate differs from a good one for `reg.lan`.
#[derive(Clone)]
pub struct Shape {
    pub common_name: &'static str,
    pub names: &'static [&'static str],
    /// From and until, in seconds after [`NOW`].
    pub valid: (i64, i64),
    pub usages: &'static [ExtendedKeyUsagePurpose],
    pub rank: Rank,
    pub critical: Option<&'static [u64]>,
    /// One more extension, and what is in it.
    pub extension: Option<(&'static [u64], &'static [u8])>,
    pub permitted: Option<&'static str>,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            common_name: "reg.lan",
            names: &["reg.lan"],
            valid: (-86_400, 86_400),
            usages: &[],
            rank: Rank::Leaf,
            critical: None,
            extension: None,
            permitted: None,
        }
    }
}

impl Shape {
    fn parameters(&self) -> CertificateParams {
        let mut made = CertificateParams::default();
        made.not_before = instant(NOW + self.valid.0);
        made.not_after = instant(NOW + self.valid.1);
        made.serial_number = Some(SerialNumber::from_slice(&[0x0a, 0x1b, 0x2c]));
        made.distinguished_name = rcgen::DistinguishedName::new();
        made.distinguished_name.push(DnType::CommonName, self.common_name);
        made.subject_alt_names = self.names.iter().map(|name| subject_name(name)).collect();
        made.extended_key_usages = self.usages.to_vec();
        made.use_authority_key_identifier_extension = true;
        made.is_ca = match self.rank {
            Rank::Leaf => IsCa::ExplicitNoCa,
            Rank::Authority => IsCa::Ca(BasicConstraints::Unconstrained),
            Rank::Above(length) => IsCa::Ca(BasicConstraints::Constrained(length)),
        };
        if let Some(oid) = self.critical {
            let mut extension = rcgen::CustomExtension::from_oid_content(oid, vec![5, 0]);
            extension.set_criticality(true);
            made.custom_extensions.push(extension);
        }
        made.custom_extensions.extend(
            self.extension.map(|(oid, content)| rcgen::CustomExtension::from_oid_content(oid, content.to_vec())),
        );
        made.name_constraints = self.permitted.map(|name| rcgen::NameConstraints {
            permitted_subtrees: vec![rcgen::GeneralSubtree::DnsName(name.to_string())],
            excluded_subtrees: Vec::new(),
        });
        made
    }
}

pub fn authority(common_name: &'static str) -> Authority {
    self_made(|shape| shape.common_name = common_name)
}

/// A self-signed authority; the shape may say otherwise.
pub fn self_made(change: impl FnOnce(&mut Shape)) -> Authority {
    let mut shape = Shape { names: &[], rank: Rank::Authority, ..Shape::default() };
    change(&mut shape);
    let key = KeyPair::generate().unwrap();
    let parameters = shape.parameters();
    let der = parameters.self_signed(&key).unwrap().der().to_vec();
    Authority { der, issuer: Issuer::new(parameters, key) }
}

pub fn intermediate(above: &Authority, change: impl FnOnce(&mut Shape)) -> Authority {
    let mut shape = Shape { common_name: "lab-intermediate", names: &[], rank: Rank::Authority, ..Shape::default() };
    change(&mut shape);
    let key = KeyPair::generate().unwrap();
    let parameters = shape.parameters();
    let der = parameters.signed_by(&key, &above.issuer).unwrap().der().to_vec();
    Authority { der, issuer: Issuer::new(parameters, key) }
}

pub fn leaf(above: &Authority, change: impl FnOnce(&mut Shape)) -> Vec<u8> {
    let mut shape = Shape::default();
    change(&mut shape);
    shape.parameters().signed_by(&KeyPair::generate().unwrap(), &above.issuer).unwrap().der().to_vec()
}

/// Always the same bytes, and some of every kind in them.
pub fn fixed_leaf() -> Vec<u8> {
    let text = include_str!("go/testdata/sha1-leaf.pem");
    super::pem::read_all(text).remove(0).unwrap().der().to_vec()
}

fn subject_name(name: &str) -> SanType {
    match name.parse() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(name.try_into().unwrap()),
    }
}

fn instant(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}
