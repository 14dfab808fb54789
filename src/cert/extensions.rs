//! The extensions of a certificate that matter to a TLS client.

use std::net::IpAddr;

use x509_parser::extensions::{GeneralName, GeneralSubtree, NameConstraints, ParsedExtension};
use x509_parser::prelude::X509Certificate;

use super::read::Defect;
use crate::model::printable::printable;

const NAME_SHOWN: usize = 255;

/// The extensions whose content crypto/x509 reads (`processExtensions`, Go 1.17 to 1.25): it fails on a broken one of
/// these, and passes over what is in any other, the receipts of public logs among them.
const READ_BY_GO: &[&str] = &[
    "2.5.29.14",
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.32",
    "2.5.29.35",
    "2.5.29.37",
    "1.3.6.1.5.5.7.1.1",
];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extensions {
    pub subject_alternative_name: bool,
    pub dns_names: Vec<String>,
    pub ip_addresses: Vec<IpAddr>,
    /// Mail addresses and URIs among the names: how many.
    pub other_names: usize,
    pub basic_constraints: Option<Basic>,
    /// Whether the key usage allows signing certificates; `None` without that extension.
    pub may_sign: Option<bool>,
    /// Empty without that extension.
    pub usages: Vec<Usage>,
    pub subject_key: Vec<u8>,
    pub authority_key: Vec<u8>,
    pub constraints: Option<Constraints>,
    /// The numbers of the extensions that are marked critical.
    pub critical: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basic {
    pub ca: bool,
    pub path_length: Option<u32>,
}

/// An extended key usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Usage {
    Any,
    ServerAuth,
    ClientAuth,
    Other(String),
}

/// Name constraints of an authority: which names it may sign for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    pub permitted: Subtrees,
    pub excluded: Subtrees,
    /// It also constrains names of a kind that Go cannot compare.
    pub unsupported: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subtrees {
    pub dns: Vec<String>,
    /// Address and mask, 4 or 16 bytes each.
    pub ip: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Extensions {
    /// The extensions, and what Go would not read of them.
    pub(super) fn read(certificate: &X509Certificate<'_>) -> (Self, Vec<Defect>) {
        let mut found = Self::default();
        let mut defects = Vec::new();
        let mut seen = Vec::new();
        for extension in certificate.extensions() {
            let oid = extension.oid.to_id_string();
            if seen.contains(&oid) {
                defects.push(Defect::DuplicateExtension { oid });
                continue;
            }
            if extension.critical {
                found.critical.push(oid.clone());
            }
            found.take(extension.parsed_extension(), &oid, &mut defects);
            seen.push(oid);
        }
        (found, defects)
    }

    fn take(&mut self, extension: &ParsedExtension<'_>, oid: &str, defects: &mut Vec<Defect>) {
        match extension {
            ParsedExtension::SubjectAlternativeName(names) => {
                self.subject_alternative_name = true;
                for name in &names.general_names {
                    self.take_name(name, defects);
                }
            }
            ParsedExtension::BasicConstraints(basic) => {
                self.basic_constraints = Some(Basic { ca: basic.ca, path_length: basic.path_len_constraint });
            }
            ParsedExtension::KeyUsage(usage) => self.may_sign = (usage.flags != 0).then(|| usage.key_cert_sign()),
            ParsedExtension::ExtendedKeyUsage(usages) => {
                let known = [
                    (usages.any, Usage::Any),
                    (usages.server_auth, Usage::ServerAuth),
                    (usages.client_auth, Usage::ClientAuth),
                    (usages.code_signing, Usage::Other("code signing".into())),
                    (usages.email_protection, Usage::Other("e-mail protection".into())),
                    (usages.time_stamping, Usage::Other("time stamping".into())),
                    (usages.ocsp_signing, Usage::Other("OCSP signing".into())),
                ];
                self.usages = known.into_iter().filter(|(set, _)| *set).map(|(_, usage)| usage).collect();
                self.usages.extend(usages.other.iter().map(|oid| Usage::Other(printable(&oid.to_id_string(), 80))));
            }
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key = id.0.to_vec(),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key = id.key_identifier.as_ref().map(|id| id.0.to_vec()).unwrap_or_default();
            }
            ParsedExtension::NameConstraints(constraints) => self.constraints = Some(Constraints::read(constraints)),
            ParsedExtension::ParseError { .. } if READ_BY_GO.contains(&oid) => {
                defects.push(Defect::UnreadableExtension { oid: oid.to_string() });
            }
            _ => {}
        }
    }

    fn take_name(&mut self, name: &GeneralName<'_>, defects: &mut Vec<Defect>) {
        match name {
            GeneralName::DNSName(name) => self.dns_names.push(printable(name, NAME_SHOWN)),
            GeneralName::IPAddress(bytes) => match address(bytes) {
                Some(address) => self.ip_addresses.push(address),
                None => defects.push(Defect::IpAddress { length: bytes.len() }),
            },
            GeneralName::RFC822Name(_) | GeneralName::URI(_) => self.other_names += 1,
            GeneralName::Invalid(tag, _) if tag.0 == 2 => defects.push(Defect::DnsName),
            _ => {}
        }
    }
}

impl Constraints {
    fn read(constraints: &NameConstraints<'_>) -> Self {
        let mut found = Self::default();
        let permitted = constraints.permitted_subtrees.as_deref().unwrap_or_default();
        let excluded = constraints.excluded_subtrees.as_deref().unwrap_or_default();
        found.unsupported = !(found.permitted.take(permitted) & found.excluded.take(excluded));
        found
    }
}

impl Subtrees {
    /// Whether every one is of a kind that Go compares.
    fn take(&mut self, subtrees: &[GeneralSubtree<'_>]) -> bool {
        let mut all = true;
        for subtree in subtrees {
            match &subtree.base {
                GeneralName::DNSName(name) => self.dns.push(printable(name, NAME_SHOWN)),
                GeneralName::IPAddress(bytes) if matches!(bytes.len(), 8 | 32) => {
                    let (address, mask) = bytes.split_at(bytes.len() / 2);
                    self.ip.push((address.to_vec(), mask.to_vec()));
                }
                GeneralName::RFC822Name(_) | GeneralName::URI(_) => {}
                _ => all = false,
            }
        }
        all
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}
