//! What stands in the certificate, with its authority trusted as it should be.

use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType};
use time::{Duration, OffsetDateTime};

use super::super::scenario::{Scenario, Served, Step};
use super::super::workshop::{
    Params, Shown, Workshop, dns, intermediate, leaf, leaf_with, openssl, permitting, root, self_signed,
    unknown_and_critical,
};
use super::TRUSTED;

type Made = Result<Shown, String>;

const fn row(name: &'static str, make: fn(&Workshop) -> Made) -> Scenario {
    Scenario::new(name, Served::Tls(make, &[])).host(&[TRUSTED])
}

fn bent(bend: impl FnOnce(&mut Params)) -> Made {
    leaf(&root("lab root", |_| ())?, bend)
}

/// Below a root that is bent.
fn below(bend: impl FnOnce(&mut Params)) -> Made {
    leaf(&root("lab root", bend)?, |_| ())
}

/// Below an intermediate that is bent, which is sent.
fn two_below(bend: impl FnOnce(&mut Params)) -> Made {
    let root = root("lab root", |_| ())?;
    let middle = intermediate(&root, bend)?;
    Ok(leaf(&middle, |_| ())?.and(&[&middle]).file("ca.crt", root.pem.clone()).file("middle.crt", middle.pem.clone()))
}

fn days(count: i64) -> OffsetDateTime {
    OffsetDateTime::now_utc() + Duration::days(count)
}

/// A root, and a leaf below it, with RSA keys of so many bits and signatures with this hash.
fn rsa(root_bits: u32, leaf: &str, root_hash: &str, leaf_hash: &str, extensions: &str) -> Made {
    openssl(&format!(
        "openssl genrsa -out ca.key {root_bits}
         openssl req -new -key ca.key -subj '/CN=lab root' -out ca.csr
         openssl x509 -req -in ca.csr -signkey ca.key -{root_hash} -days 300 {extensions} -out ca.crt
         openssl {leaf}
         openssl req -new -key key.pem -subj /CN=reg.lab -out leaf.csr
         openssl x509 -req -in leaf.csr -CA ca.crt -CAkey ca.key -set_serial 7 -{leaf_hash} -days 200 -extfile leaf.ext -out chain.pem"
    ))
}

const EC: &str = "ecparam -genkey -name prime256v1 -noout -out key.pem";
const CA: &str = "-extfile ca.ext";

pub const ALL: &[Scenario] = &[
    row("right", |_| bent(|_| ())),
    row("expired", |_| bent(|leaf| leaf.not_after = days(-3))).cause(&["registry-cert-expired"]),
    row("not-yet-valid", |_| bent(|leaf| leaf.not_before = days(3))).cause(&["cert-not-yet-valid"]),
    row("other-name", |_| bent(|leaf| leaf.subject_alt_names = dns(&["other.lab"]))).cause(&["cert-name-mismatch"]),
    row("no-address", |_| bent(|_| ())).by("{ip}:{port}").cause(&["cert-no-ip-san"]),
    row("address", |lab| bent(|leaf| leaf.subject_alt_names = vec![SanType::IpAddress(lab.ip)])).by("{ip}:{port}"),
    row("other-address", |_| bent(|leaf| leaf.subject_alt_names = vec![SanType::IpAddress([10, 9, 8, 7].into())]))
        .by("{ip}:{port}")
        .cause(&["cert-name-mismatch", "cert-no-ip-san"]),
    row("address-for-a-name", |lab| bent(|leaf| leaf.subject_alt_names = vec![SanType::IpAddress(lab.ip)]))
        .cause(&["cert-name-mismatch", "cert-cn-only"]),
    row("address-as-a-name", |lab| bent(|leaf| leaf.subject_alt_names = dns(&[&lab.ip.to_string()])))
        .by("{ip}:{port}")
        .cause(&["cert-no-ip-san"]),
    row("common-name-only", |_| bent(|leaf| leaf.subject_alt_names.clear())).cause(&["cert-cn-only"]),
    row("for-clients-only", |_| bent(|leaf| leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]))
        .cause(&["cert-wrong-usage"]),
    row("no-extended-usage", |_| bent(|leaf| leaf.extended_key_usages.clear())),
    row("any-extended-usage", |_| bent(|leaf| leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any])),
    row("usage-without-signing", |_| bent(|leaf| leaf.key_usages = vec![KeyUsagePurpose::KeyEncipherment])),
    row("wildcard", |_| bent(|leaf| leaf.subject_alt_names = dns(&["*.lab"]))),
    row("wildcard-too-deep", |_| bent(|leaf| leaf.subject_alt_names = dns(&["*.reg.lab"])))
        .cause(&["cert-name-mismatch"]),
    row("wildcard-alone", |_| bent(|leaf| leaf.subject_alt_names = dns(&["*"]))).cause(&["cert-name-mismatch"]),
    row("wildcard-inside", |_| bent(|leaf| leaf.subject_alt_names = dns(&["r*.lab"]))).cause(&["cert-name-mismatch"]),
    row("wildcard-of-another-case", |_| bent(|leaf| leaf.subject_alt_names = dns(&["*.LAB"]))),
    row("name-of-another-case", |_| bent(|leaf| leaf.subject_alt_names = dns(&["REG.Lab"]))),
    row("leaf-that-is-an-authority", |_| bent(|leaf| leaf.is_ca = IsCa::Ca(BasicConstraints::Unconstrained))),
    // The registry's own TLS would not serve it.
    Scenario::new(
        "unknown-critical-extension",
        Served::OpenSsl(|_| bent(|leaf| leaf.custom_extensions = vec![unknown_and_critical()]), ",verify=0"),
    )
    .host(&[TRUSTED])
    .cause(&["cert-malformed"]),
    row("root-expired", |_| below(|root| root.not_after = days(-3))).cause(&["registry-cert-expired"]),
    row("root-not-an-authority", |_| below(|root| root.is_ca = IsCa::ExplicitNoCa))
        .cause(&["ca-constraint-violated", "trusted-ca-file-wrong"]),
    row("root-without-constraints", |_| below(|root| root.is_ca = IsCa::NoCa))
        .cause(&["ca-constraint-violated", "trusted-ca-file-wrong"]),
    row("root-may-not-sign", |_| below(|root| root.key_usages = vec![KeyUsagePurpose::DigitalSignature]))
        .cause(&["ca-constraint-violated", "trusted-ca-file-wrong"]),
    row("root-for-clients", |_| below(|root| root.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]))
        .cause(&["cert-wrong-usage", "ca-constraint-violated"]),
    row("root-permits-the-name", |_| below(|root| root.name_constraints = Some(permitting(&["lab"])))),
    row("root-permits-another-name", |_| below(|root| root.name_constraints = Some(permitting(&["corp"]))))
        .cause(&["ca-constraint-violated"]),
    row("root-unknown-critical-extension", |_| below(|root| root.custom_extensions = vec![unknown_and_critical()]))
        .cause(&["cert-malformed", "trusted-ca-file-wrong", "ca-constraint-violated"]),
    row("intermediate", |_| two_below(|_| ())),
    row("intermediate-missing", |_| {
        let mut shown = two_below(|_| ())?;
        shown.chain = shown.chain.split_inclusive("-----END CERTIFICATE-----\n").take(1).collect();
        Ok(shown)
    })
    .cause(&["missing-intermediate"]),
    row("intermediate-expired", |_| two_below(|middle| middle.not_after = days(-3))).cause(&["registry-cert-expired"]),
    row("intermediate-not-an-authority", |_| two_below(|middle| middle.is_ca = IsCa::ExplicitNoCa))
        .cause(&["ca-constraint-violated"]),
    row("intermediate-permits-another-name", |_| {
        two_below(|middle| middle.name_constraints = Some(permitting(&["corp"])))
    })
    .cause(&["ca-constraint-violated"]),
    row("intermediate-without-constraints", |_| two_below(|middle| middle.is_ca = IsCa::NoCa))
        .cause(&["ca-constraint-violated"]),
    row("path-too-long", |_| {
        let root = root("lab root", |root| root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)))?;
        let middle = intermediate(&root, |_| ())?;
        Ok(leaf(&middle, |_| ())?.and(&[&middle]).file("ca.crt", root.pem))
    })
    .cause(&["ca-constraint-violated"]),
    row("chain-out-of-order", |_| {
        let root = root("lab root", |_| ())?;
        let (one, two) = (intermediate(&root, |_| ())?, root.pem.clone());
        let mut shown = leaf(&one, |_| ())?.file("ca.crt", two);
        shown.chain.push_str(&root.pem);
        Ok(shown.and(&[&one]))
    }),
    row("intermediate-as-root", |_| {
        let root = root("lab root", |_| ())?;
        let middle = intermediate(&root, |_| ())?;
        leaf(&middle, |_| ())
    }),
    row("leaf-as-root", |_| self_signed(|_| ())),
    row("leaf-of-an-authority-as-root", |_| {
        let shown = bent(|_| ())?;
        let leaf = shown.chain.clone();
        Ok(shown.file("ca.crt", leaf))
    }),
    row("p521", |_| {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).map_err(|error| error.to_string())?;
        leaf_with(&key, &root("lab root", |_| ())?, |_| ())
    }),
    row("ed25519", |_| {
        let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).map_err(|error| error.to_string())?;
        leaf_with(&key, &root("lab root", |_| ())?, |_| ())
    }),
    row("sha1-signature", |_| rsa(2048, EC, "sha256", "sha1", CA)).cause(&["cert-signature-too-weak"]),
    row("sha1-root", |_| rsa(2048, EC, "sha1", "sha256", CA)),
    row("md5-signature", |_| rsa(2048, EC, "sha256", "md5", CA)).cause(&["cert-signature-too-weak"]),
    row("root-of-1024-bits", |_| rsa(1024, EC, "sha256", "sha256", CA)),
    row("root-of-768-bits", |_| rsa(768, EC, "sha256", "sha256", CA)),
    row("root-of-version-1", |_| rsa(2048, EC, "sha256", "sha256", "")),
    Scenario::new(
        "key-of-1024-bits",
        Served::OpenSsl(|_| rsa(2048, "genrsa -out key.pem 1024", "sha256", "sha256", CA), ",verify=0"),
    )
    .host(&[TRUSTED]),
    row("front-end-default", |_| {
        self_signed(|leaf| {
            *leaf = super::super::workshop::named("Kubernetes Ingress Controller Fake Certificate");
            leaf.subject_alt_names = dns(&["ingress.local"]);
        })
    })
    .host(&[])
    .cause(&["registry-serves-default-cert"]),
    row("gateway-in-between", |_| leaf(&root("Zscaler Intermediate Root CA", |_| ())?, |_| ()))
        .host(&[])
        .cause(&["tls-intercepting-proxy"]),
    row("same-name-another-key", |_| {
        let (old, new) = (root("lab root", |_| ())?, root("lab root", |_| ())?);
        Ok(leaf(&new, |_| ())?.file("old.crt", old.pem))
    })
    .host(&[Step::Run("mkdir -p /etc/docker/certs.d/{reg} && cp old.crt /etc/docker/certs.d/{reg}/ca.crt")])
    .fixed(&["trusted-ca-file-wrong"]),
    row("clock-behind", |_| bent(|leaf| (leaf.not_before, leaf.not_after) = (days(3000), days(3300))))
        .cause(&["cert-not-yet-valid"]),
];
