//! Servers of another age, answering a TLS client's first message. Pure: bytes in, bytes out.
//!
//! rustls speaks neither TLS 1.0 nor RSA key exchange, so what such servers answer is made by hand: an alert to a client
//! that they share nothing with, their `ServerHello` and certificate to one that they do.

use super::act::Handshake;

pub const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const FATAL: u8 = 2;
pub const HANDSHAKE_FAILURE: u8 = 40;
pub const PROTOCOL_VERSION: u8 = 70;
pub const INTERNAL_ERROR: u8 = 80;
const SUPPORTED_VERSIONS: u16 = 43;
const TLS_1_2: u16 = 0x0303;
const RECORD_HEADER: usize = 5;

/// RSA key exchange: with AES-GCM, AES-CBC and 3DES.
const RSA_SUITES: &[u16] = &[0x009d, 0x009c, 0x0035, 0x002f, 0x003d, 0x003c, 0x000a];
/// What TLS 1.0 and 1.1 share with clients: ECDHE and RSA with AES-CBC, 3DES.
const OLD_SUITES: &[u16] = &[0xc014, 0xc013, 0xc00a, 0xc009, 0x0035, 0x002f, 0x000a];

/// What a client offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientHello {
    pub newest: u16,
    pub suites: Vec<u16>,
}

/// How many bytes the first record has with its header, once that much is known.
pub fn record_length(bytes: &[u8]) -> Option<usize> {
    let length = bytes.get(3..RECORD_HEADER)?;
    Some(RECORD_HEADER + length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
}

impl ClientHello {
    /// Reads the first record; `None` when it is no hello.
    pub fn read(record: &[u8]) -> Option<Self> {
        let mut rest = Reader(record);
        if rest.number(1)? != u32::from(HANDSHAKE) {
            return None;
        }
        rest.take(4)?;
        if rest.number(1)? != 1 {
            return None;
        }
        rest.take(3)?;
        let legacy = u16::try_from(rest.number(2)?).ok()?;
        rest.take(32)?;
        rest.vector(1)?;
        let suites = rest.vector(2)?.chunks_exact(2).map(pair).collect();
        rest.vector(1)?;
        let newest = rest.vector(2).and_then(newest_version).unwrap_or(legacy);
        Some(Self { newest, suites })
    }
}

/// The bytes that such a server sends; `chain` is its certificate with those above it (DER).
pub fn answer(hello: Option<&ClientHello>, server: &Handshake, chain: &[Vec<u8>]) -> Vec<u8> {
    let Some(hello) = hello else { return alert(HANDSHAKE_FAILURE) };
    match server {
        Handshake::OnlyVersion { version, as_alert } => {
            let suite = OLD_SUITES.iter().find(|suite| hello.suites.contains(suite));
            match suite {
                _ if hello.newest > *version && *as_alert => alert(PROTOCOL_VERSION),
                Some(suite) => server_hello((*version).min(hello.newest), *suite, chain),
                None => alert(HANDSHAKE_FAILURE),
            }
        }
        Handshake::OnlyRsa => match RSA_SUITES.iter().find(|suite| hello.suites.contains(suite)) {
            Some(suite) => server_hello(TLS_1_2.min(hello.newest), *suite, chain),
            None => alert(HANDSHAKE_FAILURE),
        },
        Handshake::Alert(description) => alert(*description),
        _ => Vec::new(),
    }
}

fn alert(description: u8) -> Vec<u8> {
    record(ALERT, TLS_1_2, &[FATAL, description])
}

/// `ServerHello`, `Certificate`, `ServerHelloDone`.
fn server_hello(version: u16, suite: u16, chain: &[Vec<u8>]) -> Vec<u8> {
    let mut hello = version.to_be_bytes().to_vec();
    // Random for the client alone; nothing is ever encrypted with it.
    hello.extend([0x5a; 32]);
    hello.push(0);
    hello.extend(suite.to_be_bytes());
    hello.push(0);
    let certificates: Vec<u8> = chain.iter().flat_map(|der| with_length(der)).collect();
    let messages = [message(2, &hello), message(11, &with_length(&certificates)), message(14, &[])].concat();
    record(HANDSHAKE, version, &messages)
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [vec![kind], with_length(body)].concat()
}

/// In front, three bytes of length.
fn with_length(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    [length.get(1..).unwrap_or_default(), body].concat()
}

fn record(kind: u8, version: u16, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
    [&[kind][..], &version.to_be_bytes(), &length.to_be_bytes(), body].concat()
}

/// From the extension that names them, where there is one.
fn newest_version(extensions: &[u8]) -> Option<u16> {
    let mut rest = Reader(extensions);
    loop {
        let kind = rest.number(2)?;
        let body = rest.vector(2)?;
        if kind == u32::from(SUPPORTED_VERSIONS) {
            // Numbers that mean nothing are sprinkled in (RFC 8701); real ones start with 3.
            return Reader(body).vector(1)?.chunks_exact(2).map(pair).filter(|version| version >> 8 == 3).max();
        }
    }
}

fn pair(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |number, byte| number << 8 | u16::from(*byte))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    fn number(&mut self, bytes: usize) -> Option<u32> {
        Some(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// As long as the number in front says.
    fn vector(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number(bytes)?).ok()?;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(legacy: u16, suites: &[u16], versions: &[u16]) -> Vec<u8> {
        let bytes = |numbers: &[u16]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<_>>();
        let mut body = legacy.to_be_bytes().to_vec();
        body.extend([0; 32]);
        body.push(0);
        body.extend(u16::try_from(suites.len() * 2).unwrap().to_be_bytes());
        body.extend(bytes(suites));
        body.extend([1, 0]);
        if !versions.is_empty() {
            let list = [vec![u8::try_from(versions.len() * 2).unwrap()], bytes(versions)].concat();
            let extension =
                [&bytes(&[SUPPORTED_VERSIONS, u16::try_from(list.len()).unwrap()]), list.as_slice()].concat();
            body.extend(u16::try_from(extension.len()).unwrap().to_be_bytes());
            body.extend(extension);
        }
        record(HANDSHAKE, 0x0301, &message(1, &body))
    }

    /// `alert 70`, or the version and suite of a hello.
    fn shown(bytes: &[u8]) -> String {
        match bytes.first() {
            Some(21) => format!("alert {}", bytes[6]),
            Some(22) => format!("hello {:04x} {:04x}", pair(&bytes[9..11]), pair(&bytes[44..46])),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn old_servers_answer_each_client_as_they_do() {
        let only = |version, as_alert| Handshake::OnlyVersion { version, as_alert };
        let modern = hello(0x0303, &[0x1301, 0xc02f, 0xc013], &[0x7a7a, 0x0304, 0x0303]);
        let middle = hello(0x0303, &[0xc02f, 0xc013], &[]);
        let old = hello(0x0301, &[0xc013, 0x002f], &[]);
        let rsa = hello(0x0303, &[0xc02f, 0x009c], &[]);
        let rows = [
            (&modern, only(0x0301, true), "alert 70"),
            (&modern, only(0x0301, false), "hello 0301 c013"),
            (&middle, only(0x0302, true), "alert 70"),
            (&old, only(0x0301, true), "hello 0301 c013"),
            (&old, only(0x0302, true), "hello 0301 c013"),
            (&modern, Handshake::OnlyRsa, "alert 40"),
            (&rsa, Handshake::OnlyRsa, "hello 0303 009c"),
            (&rsa, Handshake::Alert(80), "alert 80"),
        ];
        for (bytes, server, want) in rows {
            assert_eq!(record_length(bytes), Some(bytes.len()));
            let hello = ClientHello::read(bytes).unwrap();
            assert_eq!(shown(&answer(Some(&hello), &server, &[vec![1, 2, 3]])), want, "{server:?}");
        }
        assert_eq!(ClientHello::read(b"GET / HTTP/1.1\r\n\r\n"), None);
        assert_eq!(shown(&answer(None, &Handshake::OnlyRsa, &[])), "alert 40");
    }
}
