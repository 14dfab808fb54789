//! What a person wants changed, before anything is known about how.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::entry_point::{EntryPoint, EntryPointError};

/// One wish about one registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Reach it without verifying it: plain HTTP, or TLS that is not checked.
    Insecure { entry: InsecureEntry, place: Place },
    /// Trust these certificates (PEM) for this registry alone.
    TrustCa { registry: EntryPoint, pem: String },
    /// Trust these certificates (PEM) for everything on the host.
    TrustCaSystemWide { registry: EntryPoint, pem: String },
    /// Offer this client certificate and key (PEM) to this registry.
    ClientCertificate { registry: EntryPoint, certificate: String, key: String },
    /// Take every trust in this registry back, whoever set it.
    Untrust { entry: InsecureEntry },
}

/// Where an insecure entry is to be written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// Where the setting lives already, else daemon.json.
    #[default]
    Best,
    DaemonJson,
    EnvFile,
    DropIn,
}

/// An entry of `insecure-registries`: a registry by name, or every registry in a range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InsecureEntry {
    Registry(EntryPoint),
    /// Address and length of the prefix, with the host bits cleared as Docker stores it.
    Range(IpAddr, u8),
}

impl InsecureEntry {
    /// Reads `10.0.0.0/8` as a range and anything else as an entry point with nothing around it.
    ///
    /// # Errors
    /// The text is neither.
    pub fn parse(text: &str) -> Result<Self, EntryPointError> {
        if let Some(range) = parse_range(text) {
            return Ok(range);
        }
        super::entry_point::parse(text).map(|pasted| Self::Registry(pasted.entry_point))
    }

    #[must_use]
    pub fn registry(&self) -> Option<&EntryPoint> {
        match self {
            Self::Registry(entry_point) => Some(entry_point),
            Self::Range(..) => None,
        }
    }
}

impl fmt::Display for InsecureEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(entry_point) => write!(formatter, "{entry_point}"),
            Self::Range(address, length) => write!(formatter, "{address}/{length}"),
        }
    }
}

/// `address/length`, with the host bits cleared.
#[must_use]
pub fn parse_range(text: &str) -> Option<InsecureEntry> {
    let (address, length) = text.trim().split_once('/')?;
    let address: IpAddr = address.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    if length.is_empty() || !length.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let length: u8 = length.parse().ok()?;
    let masked = match address {
        IpAddr::V4(v4) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
        _ => return None,
    };
    Some(InsecureEntry::Range(masked, length))
}

/// Whether `address` lies in `range/length`.
#[must_use]
pub fn in_range(address: IpAddr, range: IpAddr, length: u8) -> bool {
    parse_range(&format!("{address}/{length}")) == Some(InsecureEntry::Range(range, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_ranges_from_registries() {
        let rows = [
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("10.99.0.1/32", "10.99.0.1/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::1/128", "::1/128"),
            ("reg:5000", "reg:5000"),
        ];
        for (text, want) in rows {
            assert_eq!(InsecureEntry::parse(text).unwrap().to_string(), want);
        }
        assert_eq!(parse_range("10.0.0.0/33"), None);
        assert!(in_range("10.2.3.4".parse().unwrap(), "10.0.0.0".parse().unwrap(), 8));
        assert!(!in_range("11.2.3.4".parse().unwrap(), "10.0.0.0".parse().unwrap(), 8));
    }
}
