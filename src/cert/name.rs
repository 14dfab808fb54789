//! A distinguished name: the bytes that Go compares, and a text that people can read.

use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::model::printable::printable;

const ATTRIBUTES_SHOWN: usize = 12;
const VALUE_SHOWN: usize = 100;

/// A subject or an issuer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// The DER of the name. Two names are the same when these are.
    pub raw: Vec<u8>,
    /// `CN=reg.lan, O=Lab`, safe to show.
    pub text: String,
    pub common_name: Option<String>,
    pub organization: Option<String>,
}

impl Name {
    pub(super) fn read(name: &X509Name<'_>) -> Self {
        let shown: Vec<String> = name.iter_attributes().take(ATTRIBUTES_SHOWN).map(attribute).collect();
        Self {
            raw: name.as_raw().to_vec(),
            text: shown.join(", "),
            // Go keeps the last common name and the first organization.
            common_name: name.iter_common_name().last().map(value),
            organization: name.iter_organization().next().map(value),
        }
    }

    /// What a person would call it: the common name, else the organization, else all of it.
    #[must_use]
    pub fn short(&self) -> &str {
        let named = self.common_name.as_deref().or(self.organization.as_deref()).filter(|name| !name.is_empty());
        named.unwrap_or(&self.text)
    }
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let oid = attribute.attr_type().to_id_string();
    let kind = match oid.as_str() {
        "2.5.4.3" => "CN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        other => other,
    };
    // A comma inside a value must not look like the next attribute.
    let escaped = value(attribute).replace('\\', "\\\\").replace(',', "\\,").replace('+', "\\+");
    format!("{}={escaped}", printable(kind, VALUE_SHOWN))
}

fn value(attribute: &AttributeTypeAndValue<'_>) -> String {
    printable(&String::from_utf8_lossy(attribute.as_slice()), VALUE_SHOWN)
}
