//! What happens on the way, and what a registry answers.

use super::super::scenario::{Scenario, Served, Step};
use super::super::workshop::{Shown, Workshop, leaf, root};

fn right(_: &Workshop) -> Result<Shown, String> {
    leaf(&root("lab root", |_| ())?, |_| ())
}

const INSECURE: Step = Step::Json("{\"insecure-registries\": [\"{reg}\"]}");

const fn peer(name: &'static str, kind: &'static str) -> Scenario {
    Scenario::new(name, Served::Peer(kind))
}

pub const ALL: &[Scenario] = &[
    Scenario::new("nothing-listens", Served::Nothing).cause(&["nothing-listening-at-port"]),
    Scenario::new("nothing-listens-insecure", Served::Nothing).host(&[INSECURE]).cause(&["nothing-listening-at-port"]),
    Scenario::new("no-such-name", Served::Plain(&[])).by("nowhere.lab:{port}").cause(&["dns-lookup-fails"]),
    Scenario::new("no-route", Served::Nothing).by("10.77.0.1:{port}").cause(&["firewall-or-route-blocks-port"]),
    Scenario::new("unreachable", Served::Nothing)
        .by("10.78.0.1:{port}")
        .host(&[Step::Run("ip route add unreachable 10.78.0.1")])
        .cause(&["firewall-or-route-blocks-port"]),
    peer("banner", "banner").cause(&["not-a-registry-at-this-address"]),
    peer("banner-insecure", "banner").host(&[INSECURE]).cause(&["not-a-registry-at-this-address"]),
    peer("closes", "close").cause(&["connection-closed-by-peer"]),
    peer("closes-insecure", "close").host(&[INSECURE]).cause(&["connection-closed-by-peer"]),
    peer("resets", "reset").cause(&["connection-closed-by-peer"]),
    peer("silent", "silent").cause(&["middlebox-breaks-tls-handshake"]),
    peer("web-page", "page").cause(&["not-a-registry-at-this-address"]),
    peer("web-page-insecure", "page").host(&[INSECURE]).cause(&["not-a-registry-at-this-address"]),
    Scenario::new("old-tls", Served::OpenSsl(right, ",verify=0,openssl-max-proto-version=TLS1.1"))
        .host(&[super::TRUSTED])
        .cause(&["tls-version-or-cipher-mismatch"]),
    Scenario::new("old-tls-insecure", Served::OpenSsl(right, ",verify=0,openssl-max-proto-version=TLS1.1"))
        .host(&[INSECURE])
        .cause(&["tls-version-or-cipher-mismatch"]),
    Scenario::new("tls-1.2", Served::OpenSsl(right, ",verify=0,openssl-max-proto-version=TLS1.2"))
        .host(&[super::TRUSTED]),
    Scenario::new(
        "tls-1.2-chacha",
        Served::OpenSsl(right, ",verify=0,openssl-max-proto-version=TLS1.2,cipher=ECDHE-ECDSA-CHACHA20-POLY1305"),
    )
    .host(&[super::TRUSTED])
    .cause(&["tls-version-or-cipher-mismatch"]),
    Scenario::new(
        "tls-1.2-cbc",
        Served::OpenSsl(right, ",verify=0,openssl-max-proto-version=TLS1.2,cipher=ECDHE-ECDSA-AES128-SHA"),
    )
    .host(&[super::TRUSTED]),
    Scenario::new(
        "tls-1.2-cbc-sha256",
        Served::OpenSsl(right, ",verify=0,openssl-max-proto-version=TLS1.2,cipher=ECDHE-ECDSA-AES128-SHA256"),
    )
    .host(&[super::TRUSTED])
    .cause(&["tls-version-or-cipher-mismatch"]),
    Scenario::new("by-address-of-ipv6", Served::Plain(&[])).by("[fd99::1]:{port}").cause(&[
        "http-registry-treated-as-https",
        "image-name-invalid",
        "engine-or-client-too-old",
        "nothing-listening-at-port",
    ]),
];
