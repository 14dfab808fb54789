//! TLS: how it is spoken, and the certificate.

use super::super::act::{Act, Certificate, Handshake, On};
use super::super::bend::Bend;
use super::super::hello::{HANDSHAKE_FAILURE, INTERNAL_ERROR};
use super::super::kind::Kind;
use super::super::reply::{Reply, page};

pub const KINDS: &[Kind] = &[
    Kind {
        name: "http-registry-treated-as-https",
        summary: "plain HTTP is spoken at a port where TLS is expected",
        make: |_| vec![Act::Handshake(Handshake::PlainHttp)],
    },
    Kind {
        name: "https-at-http-port",
        summary: "TLS is spoken at a port where plain HTTP is expected, with a certificate that nobody trusts",
        make: |_| vec![Act::Handshake(Handshake::Tls)],
    },
    Kind {
        name: "client-plain-http-to-https-port",
        summary: "plain HTTP is answered as a web server answers it at its TLS port",
        make: |_| {
            let text = page("400 Bad Request: The plain HTTP request was sent to HTTPS port", "nginx");
            vec![Act::Reply { on: On::Everything, reply: Reply::new(400, text) }]
        },
    },
    Kind {
        name: "tls-version-or-cipher-mismatch",
        summary: "nothing that a client offers is shared: a handshake_failure alert",
        make: |_| vec![Act::Handshake(Handshake::Alert(HANDSHAKE_FAILURE))],
    },
    Kind {
        name: "tls-1.0-only",
        summary: "answers as a server whose newest version is TLS 1.0",
        make: |given| old(given, 0x0301),
    },
    Kind {
        name: "tls-1.1-only",
        summary: "answers as a server whose newest version is TLS 1.1",
        make: |given| old(given, 0x0302),
    },
    Kind {
        name: "rsa-key-exchange-only",
        summary: "answers as a server that knows no key exchange but RSA",
        make: |_| vec![Act::Handshake(Handshake::OnlyRsa)],
    },
    Kind {
        name: "registry-tls-setup-broken",
        summary: "an internal_error alert, as from a server that could not load its certificate",
        make: |given| {
            let alert = given.number("alert", INTERNAL_ERROR.into());
            vec![Act::Handshake(Handshake::Alert(u8::try_from(alert).unwrap_or(INTERNAL_ERROR)))]
        },
    },
    Kind {
        name: "middlebox-breaks-tls-handshake",
        summary: "the client's first TLS message is swallowed, or answered with a reset",
        make: |given| {
            let words = [("silence", 0), ("reset", 1)];
            let reset = given.word("answer", &words) == Some(1);
            vec![Act::Handshake(if reset { Handshake::Reset } else { Handshake::Silence })]
        },
    },
    Kind {
        name: "client-cert-not-offered",
        summary: "the client has to show a certificate of the registry's own authority",
        make: |_| shows(Certificate::ClientDemanded),
    },
    Kind {
        name: "registry-cert-expired",
        summary: "the certificate ended a month ago",
        make: |_| shows(Certificate::Expired),
    },
    Kind {
        name: "cert-not-yet-valid",
        summary: "the certificate starts in five years",
        make: |_| shows(Certificate::NotYetValid),
    },
    Kind {
        name: "clock-wrong",
        summary: "certificate and answers are of a time five years ahead, as if the host's clock were behind",
        make: |_| {
            let ahead = Bend::Ahead(time::Duration::days(5 * 365));
            vec![Act::Certificate(Certificate::FromTheFuture), Act::Bend { on: On::Everything, bend: ahead }]
        },
    },
    Kind {
        name: "cert-name-mismatch",
        summary: "the certificate is for another name",
        make: |_| shows(Certificate::OtherName),
    },
    Kind {
        name: "cert-cn-only",
        summary: "the name is the common name and nothing else",
        make: |_| shows(Certificate::CommonNameOnly),
    },
    Kind {
        name: "cert-no-ip-san",
        summary: "the certificate has names and no address",
        make: |_| shows(Certificate::NoAddress),
    },
    Kind {
        name: "cert-wrong-usage",
        summary: "the certificate is for clients",
        make: |_| shows(Certificate::ClientOnly),
    },
    Kind {
        name: "cert-malformed",
        summary: "the certificate has an extension twice",
        make: |_| shows(Certificate::Malformed),
    },
    Kind {
        name: "ca-constraint-violated",
        summary: "the certificate is signed by an intermediate that may sign for other names alone",
        make: |_| shows(Certificate::Constrained),
    },
    Kind {
        name: "cert-signature-too-weak",
        summary: "the certificate is signed with SHA-1",
        make: |_| shows(Certificate::Sha1),
    },
    Kind {
        name: "cert-key-too-weak",
        summary: "the certificate is signed by an intermediate with an RSA key of 512 bits",
        make: |_| shows(Certificate::WeakKey),
    },
    Kind {
        name: "missing-intermediate",
        summary: "the certificate comes without the intermediate that signed it",
        make: |_| shows(Certificate::NoIntermediate),
    },
    Kind {
        name: "daemon-not-trusting-ca",
        summary: "the certificate is from an authority that nobody has",
        make: |_| shows(Certificate::OtherAuthority),
    },
    Kind {
        name: "trusted-ca-file-wrong",
        summary: "the certificate is from an authority of the right name with another key",
        make: |_| shows(Certificate::Reissued),
    },
    Kind {
        name: "tls-intercepting-proxy",
        summary: "the certificate is made by a gateway that looks into TLS",
        make: |_| shows(Certificate::Gateway),
    },
    Kind {
        name: "registry-serves-default-cert",
        summary: "what an ingress shows that has no certificate for the name",
        make: |_| shows(Certificate::Default),
    },
    Kind {
        name: "name-resolves-to-wrong-host",
        summary: "a stranger answers: another name's certificate, and a page about a domain for sale",
        make: |_| {
            let reply = Reply::new(200, page("This domain may be for sale", "parking"));
            vec![Act::Certificate(Certificate::Stranger), Act::Reply { on: On::Everything, reply }]
        },
    },
    Kind {
        name: "cert-escape-sequences",
        summary: "the names in the certificate hold escape sequences for terminals",
        make: |_| shows(Certificate::EscapeSequences),
    },
];

fn shows(certificate: Certificate) -> Vec<Act> {
    vec![Act::Certificate(certificate)]
}

/// OpenSSL 1.1.1 and later answer with an alert; older servers with their own version, which the client then refuses.
fn old(given: &mut super::super::given::Given<'_>, version: u16) -> Vec<Act> {
    let as_alert = given.word("answer", &[("alert", true), ("hello", false)]).unwrap_or(true);
    vec![Act::Handshake(Handshake::OnlyVersion { version, as_alert })]
}
