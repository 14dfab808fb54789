//! What a failed handshake tells about the peer. Pure.

use super::tls_record::Seen;
use crate::model::printable::printable_bytes;
use crate::model::trace::Tls;

const SHOWN: usize = 200;

/// How the attempt ended, by our side of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    Alert(String),
    Closed,
    Reset,
    TimedOut,
    Other(String),
}

/// The first bytes decide what the peer speaks; only among TLS speakers does the ending matter.
pub(super) fn classify(seen: &Seen, ending: Ending) -> Tls {
    match seen.first.as_slice() {
        [] => {}
        bytes if bytes.starts_with(b"HTTP/") => return Tls::PlainHttp(printable_bytes(bytes, SHOWN)),
        bytes if !is_record(bytes) => return Tls::NotTls(printable_bytes(bytes, SHOWN)),
        _ => {}
    }
    match ending {
        Ending::Alert(alert) if !seen.chain.is_empty() => Tls::AlertAfterCertificates {
            alert,
            chain: seen.chain.clone(),
            client_certificate_asked: seen.client_certificate_asked,
        },
        Ending::Alert(alert) => Tls::Alert(alert),
        // Bytes of ours that arrive after its end make a reset, and then this system throws the alert away.
        Ending::Closed | Ending::Reset if seen.client_certificate_asked && !seen.chain.is_empty() => {
            Tls::AlertAfterCertificates {
                alert: "none".into(),
                chain: seen.chain.clone(),
                client_certificate_asked: true,
            }
        }
        Ending::Closed => Tls::Closed,
        Ending::Reset => Tls::Reset,
        Ending::TimedOut => Tls::TimedOut,
        Ending::Other(reason) => Tls::Failed(printable_bytes(reason.as_bytes(), SHOWN)),
    }
}

/// A TLS record begins with its type (20 to 24) and the major version 3.
fn is_record(bytes: &[u8]) -> bool {
    matches!(bytes, [20..=24] | [20..=24, 3, ..])
}

/// `HandshakeFailure` → `handshake_failure`, as the RFC writes it.
pub(super) fn alert_name(name: &str) -> String {
    match name {
        "UnrecognisedName" => return "unrecognized_name".into(),
        "UnknownPSKIdentity" => return "unknown_psk_identity".into(),
        _ => {}
    }
    let mut written = String::new();
    let mut after_small = false;
    for character in name.chars() {
        if character.is_ascii_uppercase() && after_small {
            written.push('_');
        }
        after_small = character.is_ascii_lowercase();
        written.push(character.to_ascii_lowercase());
    }
    written
}

/// `TLSv1_3` → `TLS 1.3`.
pub(super) fn version_name(name: &str) -> String {
    name.replacen("TLSv", "TLS ", 1).replace('_', ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_decide() {
        let rows: &[(&[u8], Ending, Tls)] = &[
            (b"", Ending::Closed, Tls::Closed),
            (b"", Ending::Reset, Tls::Reset),
            (b"", Ending::TimedOut, Tls::TimedOut),
            (
                b"HTTP/1.0 400 Bad Request\r\n\r\nClient",
                Ending::Other("x".into()),
                Tls::PlainHttp("HTTP/1.0 400 Bad Request    Client".into()),
            ),
            (b"HTTP/1.1 400", Ending::Closed, Tls::PlainHttp("HTTP/1.1 400".into())),
            (b"HTT", Ending::Closed, Tls::NotTls("HTT".into())),
            (b"SSH-2.0-OpenSSH_9.2\r\n", Ending::Other("x".into()), Tls::NotTls("SSH-2.0-OpenSSH_9.2  ".into())),
            (b"<html>", Ending::TimedOut, Tls::NotTls("<html>".into())),
            (
                b"\x15\x03\x01\x00\x02\x02\x28",
                Ending::Alert("handshake_failure".into()),
                Tls::Alert("handshake_failure".into()),
            ),
            (b"\x16\x03\x03\x00\x30", Ending::Closed, Tls::Closed),
            (
                b"\x16\x03\x01",
                Ending::Other("peer is \x1b[31mincompatible".into()),
                Tls::Failed("peer is \u{fffd}[31mincompatible".into()),
            ),
            (b"\x16\x02\x01", Ending::Closed, Tls::NotTls("\u{fffd}\u{fffd}\u{fffd}".into())),
        ];
        for (first, ending, want) in rows {
            let seen = Seen { first: first.to_vec(), ..Seen::default() };
            assert_eq!(classify(&seen, ending.clone()), *want, "{first:?}");
        }
    }

    #[test]
    fn keeps_the_chain_of_a_late_alert() {
        let seen = Seen { first: vec![22, 3, 3], chain: vec![vec![1]], client_certificate_asked: true };
        let alert = "handshake_failure".to_string();
        let want =
            Tls::AlertAfterCertificates { alert: alert.clone(), chain: vec![vec![1]], client_certificate_asked: true };
        assert_eq!(classify(&seen, Ending::Alert(alert)), want);
        let late =
            Tls::AlertAfterCertificates { alert: "none".into(), chain: vec![vec![1]], client_certificate_asked: true };
        assert_eq!(classify(&seen, Ending::Reset), late);
        let unasked = Seen { client_certificate_asked: false, ..seen };
        assert_eq!(classify(&unasked, Ending::Reset), Tls::Reset);
    }

    #[test]
    fn names() {
        let rows = [
            ("HandshakeFailure", "handshake_failure"),
            ("ProtocolVersion", "protocol_version"),
            ("CertificateRequired", "certificate_required"),
            ("UnknownCA", "unknown_ca"),
            ("BadCertificateStatusResponse", "bad_certificate_status_response"),
        ];
        for (name, want) in rows {
            assert_eq!(alert_name(name), want);
        }
        assert_eq!(version_name("TLSv1_3"), "TLS 1.3");
    }
}
