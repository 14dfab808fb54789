//! How trust is configured on the host, right and wrong, for registries whose certificates are right.

use super::super::scenario::{Scenario, Served, Step, Store};
use super::super::workshop::{Shown, Workshop, client, intermediate, leaf, root, self_signed};
use super::TRUSTED;

fn right(_: &Workshop) -> Result<Shown, String> {
    let (root, other) = (root("lab root", |_| ())?, root("other root", |_| ())?);
    let der = root.der.clone();
    Ok(leaf(&root, |_| ())?.file("ca.der", der).file("other.crt", other.pem))
}

/// For a server that asks its clients for a certificate of `clients.crt`.
fn mutual(_: &Workshop) -> Result<Shown, String> {
    let (root, clients, others) = (root("lab root", |_| ())?, root("lab clients", |_| ())?, root("others", |_| ())?);
    let mut shown = leaf(&root, |_| ())?;
    shown.files.extend(client(&clients)?);
    for (name, bytes) in client(&others)? {
        shown.files.push((
            if name == "client.cert" {
                "wrong.cert"
            } else if name == "client.key" {
                "wrong.key"
            } else {
                continue;
            },
            bytes,
        ));
    }
    Ok(shown)
}

fn self_made(_: &Workshop) -> Result<Shown, String> {
    self_signed(|_| ())
}

const fn tls(name: &'static str, host: &'static [Step]) -> Scenario {
    Scenario::new(name, Served::Tls(right, &[])).host(host)
}

const fn plain(name: &'static str, host: &'static [Step]) -> Scenario {
    Scenario::new(name, Served::Plain(&[])).host(host)
}

const ASKING: &str = ",verify=1,cafile={folder}/client-ca.crt";
const ASKING_TLS12: &str = ",verify=1,cafile={folder}/client-ca.crt,openssl-max-proto-version=TLS1.2";

const fn asking(name: &'static str, options: &'static str, host: &'static [Step]) -> Scenario {
    Scenario::new(name, Served::OpenSsl(mutual, options)).host(host)
}

/// The authority in a folder of certs.d that is called so.
macro_rules! in_folder {
    ($folder:literal) => {
        &[Step::Run(concat!(
            "mkdir -p '/etc/docker/certs.d/",
            $folder,
            "' && cp ca.crt '/etc/docker/certs.d/",
            $folder,
            "/'"
        ))]
    };
}

/// In the registry's own folder of certs.d.
macro_rules! beside {
    ($script:literal) => {
        &[Step::Run(concat!("d=/etc/docker/certs.d/{reg}; mkdir -p $d; ", $script))]
    };
}

pub const ALL: &[Scenario] = &[
    tls("nothing", &[]).fixed(&["daemon-not-trusting-ca"]),
    Scenario::new("self-signed-nothing", Served::Tls(self_made, &[])).cause(&["daemon-not-trusting-ca"]),
    tls("another-authority", beside!("cp other.crt $d/ca.crt")).fixed(&["trusted-ca-file-wrong"]),
    tls("leaf-instead-of-authority", beside!("cp leaf.crt $d/ca.crt")),
    tls("folder-without-port", in_folder!("{name}")).fixed(&["certs-d-wrong-dir"]),
    tls("folder-of-another-port", in_folder!("{name}:443")).fixed(&["certs-d-wrong-dir"]),
    tls("folder-of-another-case", in_folder!("REG.LAB:{port}")).fixed(&["certs-d-wrong-dir"]),
    tls("folder-of-the-address", in_folder!("{ip}:{port}")).fixed(&["certs-d-wrong-dir"]),
    tls("folder-with-scheme", in_folder!("https_{name}:{port}")).fixed(&["certs-d-wrong-dir", "daemon-not-trusting-ca"]),
    tls("folder-with-underscores", in_folder!("{name}_{port}_")).fixed(&["certs-d-wrong-dir"]),
    tls("folder-of-another-engine", &[Step::Run("mkdir -p /etc/containers/certs.d/{reg} && cp ca.crt /etc/containers/certs.d/{reg}/")])
        .fixed(&["daemon-not-trusting-ca", "tool-reads-other-trust-path", "certs-d-wrong-dir"]),
    tls("file-ending-pem", beside!("cp ca.crt $d/ca.pem")).fixed(&["certs-d-wrong-file-name"]),
    tls("file-ending-cer", beside!("cp ca.crt $d/ca.cer")).fixed(&["certs-d-wrong-file-name"]),
    tls("file-ending-capitals", beside!("cp ca.crt $d/ca.CRT")).fixed(&["certs-d-wrong-file-name"]),
    tls("file-ending-cert", beside!("cp ca.crt $d/ca.cert")).fixed(&["certs-d-wrong-file-name"]),
    tls("file-called-so", beside!("cp ca.crt $d/anything.crt")),
    tls("files-several", beside!("cp other.crt $d/a.crt; cp ca.crt $d/b.crt; echo nonsense > $d/README")),
    tls("files-in-one", beside!("cat other.crt ca.crt > $d/ca.crt")),
    tls("file-with-text", beside!("openssl x509 -text -in ca.crt > $d/ca.crt 2>/dev/null || { echo 'a comment'; cat ca.crt; } > $d/ca.crt")),
    tls("file-with-crlf", beside!("sed 's/$/\\r/' ca.crt > $d/ca.crt")),
    tls("file-der", beside!("cp ca.der $d/ca.crt")).cause(&["trusted-ca-file-wrong", "certs-d-wrong-file-name"]),
    tls("file-empty", beside!(": > $d/ca.crt")).fixed(&["trusted-ca-file-wrong", "certs-d-wrong-file-name", "daemon-not-trusting-ca"]),
    tls("file-garbage", beside!("echo nonsense > $d/ca.crt")).fixed(&["trusted-ca-file-wrong", "certs-d-wrong-file-name", "daemon-not-trusting-ca"]),
    tls("file-garbage-beside", beside!("echo nonsense > $d/a.crt; cp ca.crt $d/b.crt")).cause(&["trusted-ca-file-wrong", "certs-d-wrong-file-name"]),
    tls("file-is-a-folder", beside!("mkdir $d/ca.crt && cp ca.crt $d/ca.crt/")).cause(&["certs-d-wrong-file-name"]),
    tls("folder-beside", beside!("mkdir $d/old.crt; cp ca.crt $d/")).cause(&["certs-d-wrong-file-name"]),
    tls("link-to-nothing", beside!("ln -s /nowhere/ca.crt $d/ca.crt")).cause(&["certs-d-wrong-file-name", "certs-d-unreadable", "daemon-not-trusting-ca"]),
    tls("link", beside!("mkdir -p /root/kept; cp ca.crt /root/kept/; ln -s /root/kept/ca.crt $d/ca.crt")),
    tls("folder-is-a-link", &[Step::Run("mkdir -p /root/kept /etc/docker/certs.d; cp ca.crt /root/kept/; ln -s /root/kept /etc/docker/certs.d/{reg}")]),
    tls("folder-is-a-file", &[Step::Run("mkdir -p /etc/docker/certs.d; cp ca.crt /etc/docker/certs.d/{reg}")])
        .cause(&["certs-d-wrong-dir", "certs-d-wrong-file-name", "certs-d-unreadable"]),
    tls("key-without-certificate", beside!("cp ca.crt $d/; echo nonsense > $d/client.key")).cause(&["certs-d-wrong-file-name"]),
    tls("certificate-without-key", beside!("cp ca.crt $d/; cp leaf.crt $d/client.cert")).cause(&["certs-d-wrong-file-name"]),
    tls("pair-is-nonsense", beside!("cp ca.crt $d/; echo no > $d/client.cert; echo no > $d/client.key"))
        .cause(&["certs-d-wrong-file-name"]),
    tls("hosts-toml-plain", beside!("echo 'server = \"https://{reg}\"' > $d/hosts.toml; cp ca.crt $d/"))
        .cause(&["daemon-not-trusting-ca", "containerd-registry-config-not-applied", "certs-d-wrong-file-name"]),
    tls("hosts-toml-with-ca", beside!("printf 'server = \"https://{reg}\"\\nca = \"%s/ca.crt\"\\n' $d > $d/hosts.toml; cp ca.crt $d/")),
    tls("system-store", &[
        Step::Run("docker pull {image} || true; cp ca.crt /usr/local/share/ca-certificates/lab.crt; update-ca-certificates"),
        Step::Restart,
    ]),
    // Docker has verified a certificate since it started, as after a first failed push.
    tls("system-store-not-restarted", &[
        Step::Restart,
        Step::Run("docker pull {image} || true; sleep 1.1; cp ca.crt /usr/local/share/ca-certificates/lab.crt; update-ca-certificates"),
    ])
    .fixed(&["daemon-not-restarted-after-change"]),
    tls("system-store-not-updated", &[
        Step::Run("cp ca.crt /usr/local/share/ca-certificates/lab.crt"),
        Step::Restart,
    ])
    .fixed(&["daemon-not-restarted-after-change", "daemon-not-trusting-ca"]),
    tls("insecure", &[Step::Json("{\"insecure-registries\": [\"{reg}\"]}")]),
    tls("insecure-range", &[Step::Json("{\"insecure-registries\": [\"10.99.0.0/16\"]}")]),
    tls("insecure-other-range", &[Step::Json("{\"insecure-registries\": [\"10.98.0.0/16\"]}")])
        .fixed(&["daemon-not-trusting-ca"]),
    tls("insecure-with-broken-folder", &[
        Step::Json("{\"insecure-registries\": [\"{reg}\"]}"),
        Step::Run("d=/etc/docker/certs.d/{reg}; mkdir -p $d; cp ca.crt $d/ca.cert"),
    ])
    .cause(&["certs-d-wrong-file-name"]),
    tls("insecure-in-capitals", &[Step::Json("{\"insecure-registries\": [\"REG.LAB:{port}\"]}")])
        .fixed(&["registry-entry-name-mismatch"]),
    plain("plain", &[]).fixed(&["http-registry-treated-as-https"]),
    plain("plain-insecure", &[Step::Json("{\"insecure-registries\": [\"{reg}\"]}")]),
    plain("plain-insecure-range", &[Step::Json("{\"insecure-registries\": [\"10.99.0.0/16\"]}")]),
    plain("plain-insecure-with-scheme", &[Step::Json("{\"insecure-registries\": [\"http://{reg}\"]}")]),
    plain("plain-insecure-without-port", &[Step::Json("{\"insecure-registries\": [\"{name}\"]}")])
        .fixed(&["registry-entry-name-mismatch"]),
    plain("plain-insecure-other-port", &[Step::Json("{\"insecure-registries\": [\"{name}:443\"]}")])
        .fixed(&["registry-entry-name-mismatch"]),
    plain("plain-insecure-capitals", &[Step::Json("{\"insecure-registries\": [\"Reg.Lab:{port}\"]}")])
        .fixed(&["registry-entry-name-mismatch"]),
    plain("plain-insecure-by-address", &[Step::Json("{\"insecure-registries\": [\"{ip}:{port}\"]}")])
        .fixed(&["registry-entry-name-mismatch"]),
    plain("plain-insecure-name-for-address", &[Step::Json("{\"insecure-registries\": [\"{name}:{port}\"]}")])
        .by("{ip}:{port}")
        .fixed(&["registry-entry-name-mismatch", "http-registry-treated-as-https"]),
    plain("plain-not-reloaded", &[Step::Unread("{\"insecure-registries\": [\"{reg}\"]}")])
        .fixed(&["daemon-not-restarted-after-change"]),
    plain("plain-with-certificate", &[Step::Run("d=/etc/docker/certs.d/{reg}; mkdir -p $d; echo nonsense > $d/ca.crt")])
        .cause(&["http-registry-treated-as-https", "certs-d-wrong-file-name"]),
    asking("client-certificate", ASKING, &[TRUSTED, Step::Run("cp client.cert client.key /etc/docker/certs.d/{reg}/")]),
    asking("client-certificate-missing", ASKING, &[TRUSTED]).fixed(&["client-cert-not-offered"]),
    asking("client-certificate-missing-1.2", ASKING_TLS12, &[TRUSTED]).fixed(&["client-cert-not-offered"]),
    asking("client-certificate-1.2", ASKING_TLS12, &[TRUSTED, Step::Run("cp client.cert client.key /etc/docker/certs.d/{reg}/")]),
    asking("client-certificate-wrong", ASKING, &[
        TRUSTED,
        Step::Run("d=/etc/docker/certs.d/{reg}; cp wrong.cert $d/client.cert; cp wrong.key $d/client.key"),
    ])
    .cause(&["client-cert-not-offered"]),
    asking("client-certificate-of-another-key", ASKING, &[
        TRUSTED,
        Step::Run("d=/etc/docker/certs.d/{reg}; cp client.cert $d/client.cert; cp wrong.key $d/client.key"),
    ])
    .cause(&["certs-d-wrong-file-name", "client-cert-not-offered"]),
    asking("client-certificate-as-crt", ASKING, &[TRUSTED, Step::Run("d=/etc/docker/certs.d/{reg}; cp client.cert $d/client.crt; cp client.key $d/")])
        .cause(&["certs-d-wrong-file-name", "client-cert-not-offered"]),
    asking("client-certificate-insecure", ASKING, &[
        Step::Json("{\"insecure-registries\": [\"{reg}\"]}"),
        Step::Run("d=/etc/docker/certs.d/{reg}; mkdir -p $d; cp client.cert client.key $d/"),
    ])
    .cause(&["client-cert-not-offered"]),
    Scenario::new("intermediate-missing-nothing", Served::Tls(
        |_| {
            let root = root("lab root", |_| ())?;
            Ok(leaf(&intermediate(&root, |_| ())?, |_| ())?.file("ca.crt", root.pem))
        },
        &[],
    ))
    .cause(&["missing-intermediate"]),
    tls("folder-without-port-containerd", &[Step::Run("d=/etc/docker/certs.d/_default; mkdir -p $d; cp ca.crt $d/")])
        .on(|ground| ground.store == Store::Classic || ground.major() >= 28)
        .cause(&["certs-d-wrong-dir", "daemon-not-trusting-ca"]),
];
