//! Makes the certificates of the scenarios: right ones, and wrong ones in one way each.

use std::fs;
use std::net::IpAddr;
use std::process::Command;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use time::{Duration, OffsetDateTime};

/// The address that certificates may be for.
pub struct Workshop {
    pub ip: IpAddr,
}

/// What a server shows, and what its administrator hands out: files for the host, by name.
pub struct Shown {
    pub chain: String,
    pub key: String,
    pub files: Vec<(&'static str, Vec<u8>)>,
}

/// An authority, or whatever else signs.
pub struct Signer {
    pub pem: String,
    pub der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

pub type Params = CertificateParams;

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

pub fn named(common_name: &str) -> Params {
    let mut params = Params::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let now = OffsetDateTime::now_utc();
    (params.not_before, params.not_after) = (now - Duration::days(30), now + Duration::days(300));
    params.use_authority_key_identifier_extension = true;
    params
}

/// A root with this name, bent.
pub fn root(name: &str, bend: impl FnOnce(&mut Params)) -> Result<Signer, String> {
    let key = KeyPair::generate().map_err(text)?;
    let params = authority(name, bend);
    let made = params.self_signed(&key).map_err(text)?;
    Ok(Signer { pem: made.pem(), der: made.der().to_vec(), issuer: Issuer::new(params, key) })
}

pub fn intermediate(above: &Signer, bend: impl FnOnce(&mut Params)) -> Result<Signer, String> {
    let key = KeyPair::generate().map_err(text)?;
    let params = authority("lab intermediate", bend);
    let made = params.signed_by(&key, &above.issuer).map_err(text)?;
    Ok(Signer { pem: made.pem(), der: made.der().to_vec(), issuer: Issuer::new(params, key) })
}

fn authority(name: &str, bend: impl FnOnce(&mut Params)) -> Params {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    bend(&mut params);
    params
}

/// A server certificate for `reg.lab`, bent.
pub fn leaf(by: &Signer, bend: impl FnOnce(&mut Params)) -> Result<Shown, String> {
    leaf_with(&KeyPair::generate().map_err(text)?, by, bend)
}

pub fn leaf_with(key: &KeyPair, by: &Signer, bend: impl FnOnce(&mut Params)) -> Result<Shown, String> {
    let made = server(bend).signed_by(key, &by.issuer).map_err(text)?;
    let files = vec![("ca.crt", by.pem.clone().into_bytes()), ("leaf.crt", made.pem().into_bytes())];
    Ok(Shown { chain: made.pem(), key: key.serialize_pem(), files })
}

/// A server certificate that signs itself.
pub fn self_signed(bend: impl FnOnce(&mut Params)) -> Result<Shown, String> {
    let key = KeyPair::generate().map_err(text)?;
    let made = server(bend).self_signed(&key).map_err(text)?;
    Ok(Shown { chain: made.pem(), key: key.serialize_pem(), files: vec![("ca.crt", made.pem().into_bytes())] })
}

fn server(bend: impl FnOnce(&mut Params)) -> Params {
    let mut params = named("reg.lab");
    params.subject_alt_names = dns(&["reg.lab"]);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.is_ca = IsCa::ExplicitNoCa;
    bend(&mut params);
    params
}

pub fn dns(names: &[&str]) -> Vec<SanType> {
    names.iter().filter_map(|name| (*name).try_into().ok().map(SanType::DnsName)).collect()
}

pub fn permitting(names: &[&str]) -> NameConstraints {
    let names = names.iter().map(|name| GeneralSubtree::DnsName((*name).to_string()));
    NameConstraints { permitted_subtrees: names.collect(), excluded_subtrees: Vec::new() }
}

/// An extension that nobody knows and everybody must.
pub fn unknown_and_critical() -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    extension.set_criticality(true);
    extension
}

/// A client certificate with its key, as `client.cert` and `client.key`, and its authority as `client-ca.crt`.
pub fn client(by: &Signer) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let key = KeyPair::generate().map_err(text)?;
    let mut params = named("machine");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let made = params.signed_by(&key, &by.issuer).map_err(text)?;
    Ok(vec![
        ("client.cert", made.pem().into_bytes()),
        ("client.key", key.serialize_pem().into_bytes()),
        ("client-ca.crt", by.pem.clone().into_bytes()),
    ])
}

impl Shown {
    /// With more certificates behind the leaf.
    pub fn and(mut self, more: &[&Signer]) -> Self {
        self.chain.extend(more.iter().map(|signer| signer.pem.as_str()));
        self
    }

    /// With another file, or another one of this name.
    pub fn file(mut self, name: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.retain(|(other, _)| *other != name);
        self.files.push((name, bytes.into()));
        self
    }
}

/// What only OpenSSL still makes: its commands in an empty folder leave `chain.pem`, `key.pem` and `ca.crt`.
pub fn openssl(script: &str) -> Result<Shown, String> {
    let folder = tempfile::tempdir().map_err(text)?;
    let extensions = "basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:reg.lab\nextendedKeyUsage=serverAuth\n";
    fs::write(folder.path().join("leaf.ext"), extensions).map_err(text)?;
    fs::write(folder.path().join("ca.ext"), "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n")
        .map_err(text)?;
    let ran = Command::new("sh").args(["-euc", script]).current_dir(folder.path()).output().map_err(text)?;
    if !ran.status.success() {
        return Err(format!("openssl: {}", String::from_utf8_lossy(&ran.stderr)));
    }
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).map_err(|error| format!("{name}: {error}"));
    Ok(Shown {
        chain: read("chain.pem")?,
        key: read("key.pem")?,
        files: vec![("ca.crt", read("ca.crt")?.into_bytes())],
    })
}
