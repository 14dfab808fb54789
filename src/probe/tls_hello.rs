//! A `ClientHello` made by hand, and the first thing that a server says to it. Pure: nothing is sent here.
//!
//! rustls speaks TLS 1.2 with ECDHE and 1.3 alone, so it cannot say that a server has nothing but TLS 1.0, or nothing but
//! RSA key exchange. Such a greeting need not be followed by a handshake: the `ServerHello` holds the choice.

use super::tls_answer;
use crate::model::trace::{KeyExchange, OfferOutcome};

/// What one greeting offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hello {
    pub version: Version,
    pub key_exchange: KeyExchange,
    /// Filled up to this with padding (RFC 7685).
    pub at_least: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Tls10,
    Tls11,
    Tls12,
}

impl Version {
    fn number(self) -> u16 {
        match self {
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
        }
    }

    pub(super) fn name(self) -> &'static str {
        version_name(self.number()).unwrap_or_default()
    }
}

fn version_name(number: u16) -> Option<&'static str> {
    Some(match number {
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        _ => return None,
    })
}

/// Suites with their names, by how their key is exchanged; the strong ones first.
const SUITES: &[(u16, KeyExchange, &str)] = &[
    (0xc02b, KeyExchange::Ecdhe, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xc02c, KeyExchange::Ecdhe, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xc02f, KeyExchange::Ecdhe, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xc030, KeyExchange::Ecdhe, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xcca8, KeyExchange::Ecdhe, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xcca9, KeyExchange::Ecdhe, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xc009, KeyExchange::Ecdhe, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xc00a, KeyExchange::Ecdhe, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xc013, KeyExchange::Ecdhe, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0xc014, KeyExchange::Ecdhe, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0xc027, KeyExchange::Ecdhe, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0xc028, KeyExchange::Ecdhe, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    (0xc012, KeyExchange::Ecdhe, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc011, KeyExchange::Ecdhe, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
    (0x009e, KeyExchange::Dhe, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009f, KeyExchange::Dhe, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0x0033, KeyExchange::Dhe, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0039, KeyExchange::Dhe, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x0067, KeyExchange::Dhe, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0x006b, KeyExchange::Dhe, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"),
    (0x0016, KeyExchange::Dhe, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x009c, KeyExchange::Rsa, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009d, KeyExchange::Rsa, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    (0x002f, KeyExchange::Rsa, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    (0x0035, KeyExchange::Rsa, "TLS_RSA_WITH_AES_256_CBC_SHA"),
    (0x003c, KeyExchange::Rsa, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
    (0x003d, KeyExchange::Rsa, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
    (0x000a, KeyExchange::Rsa, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0005, KeyExchange::Rsa, "TLS_RSA_WITH_RC4_128_SHA"),
    (0x0004, KeyExchange::Rsa, "TLS_RSA_WITH_RC4_128_MD5"),
];

/// Held by nobody: reserved for private use. A server can only answer it with an alert, which is a small packet.
const NOBODYS: u16 = 0xfffe;

const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const PADDING: u16 = 21;

impl Hello {
    /// The whole record.
    pub(super) fn bytes(self, name: &str, random: [u8; 32]) -> Vec<u8> {
        let mut body = self.version.number().to_be_bytes().to_vec();
        body.extend(random);
        // No session.
        body.push(0);
        let suites = self.suites();
        body.extend(length(suites.len() * 2));
        body.extend(suites.iter().flat_map(|suite| suite.to_be_bytes()));
        // Compression: none.
        body.extend([1, 0]);
        let mut extensions = self.extensions(name);
        let without = 5 + 4 + body.len() + 2 + extensions.len();
        if let Some(missing) = self.at_least.checked_sub(without + 4) {
            push_extension(&mut extensions, PADDING, &vec![0; missing]);
        }
        body.extend(length(extensions.len()));
        body.extend(extensions);
        in_record(CLIENT_HELLO, &body)
    }

    fn suites(self) -> Vec<u16> {
        let fits = |kind: KeyExchange| self.key_exchange == KeyExchange::Any || kind == self.key_exchange;
        let known = SUITES.iter().filter(|(_, kind, _)| fits(*kind)).map(|(number, ..)| *number);
        let known: Vec<u16> = known.collect();
        if known.is_empty() { vec![NOBODYS] } else { known }
    }

    fn extensions(self, name: &str) -> Vec<u8> {
        let mut all = Vec::new();
        // An address is never named (RFC 6066).
        if name.parse::<std::net::IpAddr>().is_err() {
            let mut list = length(name.len() + 3).to_vec();
            list.push(0);
            list.extend(length(name.len()));
            list.extend(name.as_bytes());
            push_extension(&mut all, 0, &list);
        }
        // x25519, P-256, P-384, P-521; uncompressed points.
        push_extension(&mut all, 10, &[0, 8, 0, 29, 0, 23, 0, 24, 0, 25]);
        push_extension(&mut all, 11, &[1, 0]);
        if self.version == Version::Tls12 {
            // PKCS 1 and PSS with SHA-256 and up, ECDSA, and SHA-1 last.
            let schemes: [u8; 20] = [4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8, 6, 6, 1, 2, 3, 2, 1];
            push_extension(&mut all, 13, &[&[0, 20], schemes.as_slice()].concat());
        }
        // Secure renegotiation and the extended master secret, without which strict servers refuse.
        push_extension(&mut all, 0xff01, &[0]);
        push_extension(&mut all, 23, &[]);
        all
    }
}

/// A message of the handshake in a record, whose own version is the oldest, as every client writes it.
fn in_record(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut record = vec![HANDSHAKE, 3, 1];
    record.extend(length(4 + body.len()));
    record.extend([kind, 0]);
    record.extend(length(body.len()));
    record.extend(body);
    record
}

fn push_extension(all: &mut Vec<u8>, kind: u16, data: &[u8]) {
    all.extend(kind.to_be_bytes());
    all.extend(length(data.len()));
    all.extend(data);
}

/// Two bytes. Nothing here comes near 64 KiB.
fn length(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}

/// What the first bytes of an answer say; `None` while more are needed.
pub(super) fn read(bytes: &[u8]) -> Option<OfferOutcome> {
    let (kind, rest) = bytes.split_first()?;
    if b"HTTP/".starts_with(bytes.get(..5.min(bytes.len()))?) {
        return (bytes.len() >= 5).then_some(OfferOutcome::PlainHttp);
    }
    if !matches!(*kind, ALERT | HANDSHAKE) || rest.first().is_some_and(|major| *major != 3) {
        return Some(OfferOutcome::NotTls);
    }
    let body = bytes.get(5..)?;
    if *kind == ALERT {
        return Some(OfferOutcome::Alert(tls_answer::alert_name(alert(*body.get(1)?))));
    }
    if *body.first()? != SERVER_HELLO {
        return Some(OfferOutcome::NotTls);
    }
    // Type, length, version, random, and a session identifier of any length before the suite.
    let version = number(body, 4)?;
    let suite = number(body, 39 + usize::from(*body.get(38)?))?;
    let cipher = SUITES.iter().find(|(number, ..)| *number == suite).map(|(_, _, name)| (*name).to_string());
    Some(OfferOutcome::Chosen {
        version: version_name(version).map_or_else(|| format!("0x{version:04x}"), str::to_string),
        cipher: cipher.unwrap_or_else(|| format!("0x{suite:04x}")),
    })
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// The alerts that end a handshake, as rustls names them.
fn alert(number: u8) -> &'static str {
    match number {
        0 => "CloseNotify",
        10 => "UnexpectedMessage",
        40 => "HandshakeFailure",
        42 => "BadCertificate",
        47 => "IllegalParameter",
        48 => "UnknownCA",
        49 => "AccessDenied",
        50 => "DecodeError",
        70 => "ProtocolVersion",
        71 => "InsufficientSecurity",
        80 => "InternalError",
        86 => "InappropriateFallback",
        112 => "UnrecognisedName",
        _ => "UnknownAlert",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const ANY: Hello = Hello { version: Version::Tls12, key_exchange: KeyExchange::Any, at_least: 0 };

    /// What a server says that chooses this version and suite.
    pub(in crate::probe) fn choice(version: u16, suite: u16) -> Vec<u8> {
        let mut body = version.to_be_bytes().to_vec();
        body.extend([7; 32]);
        body.push(4);
        body.extend([1, 2, 3, 4]);
        body.extend(suite.to_be_bytes());
        body.push(0);
        in_record(SERVER_HELLO, &body)
    }

    #[test]
    fn reads_what_a_server_says_first() {
        let chosen =
            |version: &str, cipher: &str| OfferOutcome::Chosen { version: version.into(), cipher: cipher.into() };
        let rows = [
            (choice(0x0301, 0x002f), Some(chosen("TLS 1.0", "TLS_RSA_WITH_AES_128_CBC_SHA"))),
            (choice(0x0303, 0xabcd), Some(chosen("TLS 1.2", "0xabcd"))),
            (vec![21, 3, 1, 0, 2, 2, 70], Some(OfferOutcome::Alert("protocol_version".into()))),
            (vec![21, 3, 3, 0, 2, 2, 40], Some(OfferOutcome::Alert("handshake_failure".into()))),
            (b"HTTP/1.0 400".to_vec(), Some(OfferOutcome::PlainHttp)),
            (b"HT".to_vec(), None),
            (b"SSH-2.0".to_vec(), Some(OfferOutcome::NotTls)),
            (vec![], None),
        ];
        for (bytes, want) in rows {
            assert_eq!(read(&bytes), want, "{bytes:?}");
        }
        let whole = choice(0x0303, 0xc02f);
        for end in 0..whole.len() - 2 {
            assert_eq!(read(&whole[..end.min(46)]), None, "{end}");
        }
    }

    /// rustls as a server reads the greeting: it chooses what was offered, or says why not.
    #[test]
    fn a_real_server_understands_it() {
        let config = super::super::loopback::configuration();
        let speak = |hello: Hello, name: &str| {
            let mut server = rustls::ServerConnection::new(config.clone()).unwrap();
            let bytes = hello.bytes(name, [9; 32]);
            server.read_tls(&mut bytes.as_slice()).unwrap();
            let _ = server.process_new_packets();
            let mut said = Vec::new();
            server.write_tls(&mut said).unwrap();
            (read(&said), bytes.len())
        };
        let (outcome, small) = speak(ANY, "localhost");
        assert!(
            matches!(&outcome, Some(OfferOutcome::Chosen { version, cipher }) if version == "TLS 1.2" && cipher.contains("ECDHE")),
            "{outcome:?}"
        );
        let (outcome, large) = speak(Hello { at_least: 1700, ..ANY }, "127.0.0.1");
        assert!(matches!(outcome, Some(OfferOutcome::Chosen { .. })), "{outcome:?}");
        assert!(small < 300 && large == 1700, "{small} {large}");
        for kind in [KeyExchange::Rsa, KeyExchange::Nobodys] {
            let (outcome, _) = speak(Hello { key_exchange: kind, ..ANY }, "localhost");
            assert_eq!(outcome, Some(OfferOutcome::Alert("handshake_failure".into())), "{kind:?}");
        }
        let (outcome, _) = speak(Hello { version: Version::Tls10, ..ANY }, "localhost");
        assert!(matches!(outcome, Some(OfferOutcome::Alert(_))), "{outcome:?}");
    }
}
