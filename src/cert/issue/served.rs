//! What a certificate is for: a host name or an address, and the same as a name constraint.

use std::fmt;
use std::net::IpAddr;

use rcgen::string::Ia5String;
use rcgen::{CidrSubnet, GeneralSubtree, NameConstraints, SanType};

use super::IssueError;

/// One subject alternative name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Served {
    /// Also `*.lan`.
    Name(String),
    Address(IpAddr),
}

impl Served {
    /// As it stands in a URL, with or without the brackets of a version 6 address.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            Ok(address) => Self::Address(address),
            Err(_) => Self::Name(text.to_string()),
        }
    }

    pub(super) fn alternative_name(&self) -> Result<SanType, IssueError> {
        match self {
            Self::Address(address) => Ok(SanType::IpAddress(*address)),
            Self::Name(name) => Ia5String::try_from(name.as_str())
                .map(SanType::DnsName)
                .map_err(|source| IssueError::Name { name: name.clone(), source }),
        }
    }

    fn subtree(&self) -> GeneralSubtree {
        match self {
            Self::Address(IpAddr::V4(ip)) => GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(ip.octets(), 32)),
            Self::Address(IpAddr::V6(ip)) => GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(ip.octets(), 128)),
            // `lan` covers whatever is below it; a dot in front is not of RFC 5280.
            Self::Name(name) => GeneralSubtree::DnsName(name.strip_prefix("*.").unwrap_or(name).to_string()),
        }
    }
}

impl fmt::Display for Served {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => formatter.write_str(name),
            Self::Address(address) => address.fmt(formatter),
        }
    }
}

/// For these and nothing else. A kind of name that is not permitted at all has to be excluded: constraints of one kind
/// say nothing about the other. An empty name and a network of no bits cover all (RFC 5280, 4.2.1.10).
pub(super) fn only_for(served: &[Served]) -> NameConstraints {
    let mut excluded = Vec::new();
    if !served.iter().any(|one| matches!(one, Served::Name(_))) {
        excluded.push(GeneralSubtree::DnsName(String::new()));
    }
    if !served.iter().any(|one| matches!(one, Served::Address(_))) {
        excluded.push(GeneralSubtree::IpAddress(CidrSubnet::V4([0; 4], [0; 4])));
        excluded.push(GeneralSubtree::IpAddress(CidrSubnet::V6([0; 16], [0; 16])));
    }
    NameConstraints { permitted_subtrees: served.iter().map(Served::subtree).collect(), excluded_subtrees: excluded }
}
