//! One question to a name server, and its answer, as bytes (RFC 1035). Pure: nothing is sent here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::trace::NameAnswer;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    A,
    Aaaa,
}

impl Kind {
    fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Aaaa => 28,
        }
    }
}

const HEADER: usize = 12;
const INTERNET: u16 = 1;
/// "Please do it for me": a question to a server that looks further.
const RECURSION: u16 = 0x0100;
const IS_ANSWER: u16 = 0x8000;
/// More records than this are nobody's registry.
const RECORDS: u16 = 64;

/// The question; `None` where the name cannot stand in one.
pub(super) fn encode(id: u16, name: &str, kind: Kind) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    for number in [id, RECURSION, 1, 0, 0, 0] {
        message.extend(number.to_be_bytes());
    }
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length))?;
        message.push(length);
        message.extend(label.as_bytes());
    }
    message.push(0);
    message.extend(kind.number().to_be_bytes());
    message.extend(INTERNET.to_be_bytes());
    (message.len() <= HEADER + 255 + 4).then_some(message)
}

/// The answer to `id`; `None` for a message that is none to it.
pub(super) fn decode(id: u16, message: &[u8]) -> Option<NameAnswer> {
    let flags = number(message, 2)?;
    if number(message, 0)? != id || flags & IS_ANSWER == 0 {
        return None;
    }
    match flags & 0x000f {
        0 => {}
        2 => return Some(NameAnswer::ServerFailure),
        3 => return Some(NameAnswer::NoSuchName),
        code => return Some(NameAnswer::Refused(code_name(code))),
    }
    match addresses(message) {
        Some(found) if found.is_empty() => Some(NameAnswer::NoSuchName),
        Some(found) => Some(NameAnswer::Addresses(found)),
        None => Some(NameAnswer::Failed("its answer breaks off".into())),
    }
}

fn code_name(code: u16) -> String {
    match code {
        1 => "FORMERR".into(),
        4 => "NOTIMP".into(),
        5 => "REFUSED".into(),
        code => format!("code {code}"),
    }
}

fn addresses(message: &[u8]) -> Option<Vec<IpAddr>> {
    let (questions, answers) = (number(message, 4)?, number(message, 6)?);
    let mut at = HEADER;
    for _ in 0..questions.min(RECORDS) {
        at = skip_name(message, at)? + 4;
    }
    let mut found = Vec::new();
    for _ in 0..answers.min(RECORDS) {
        at = skip_name(message, at)?;
        let (kind, length) = (number(message, at)?, usize::from(number(message, at + 8)?));
        let data = message.get(at + 10..at + 10 + length)?;
        // Aliases stand before the addresses that they lead to.
        match kind {
            1 => found.push(IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(data).ok()?))),
            28 => found.push(IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(data).ok()?))),
            _ => {}
        }
        at += 10 + length;
    }
    Some(found)
}

/// Behind a name: labels up to an empty one, or up to a pointer, which is never followed.
fn skip_name(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *message.get(at)? {
            0 => return Some(at + 1),
            length if length >= 0xc0 => return Some(at + 2),
            length if length < 0x40 => at += 1 + usize::from(length),
            _ => return None,
        }
    }
}

fn number(message: &[u8], at: usize) -> Option<u16> {
    let bytes = message.get(at..at + 2)?;
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An answer as a server makes it: the question repeated, then these addresses.
    pub(in crate::probe) fn answer(question: &[u8], code: u8, addresses: &[IpAddr]) -> Vec<u8> {
        let mut message = question.to_vec();
        message[2] = 0x81;
        message[3] = 0x80 | code;
        message[7] = u8::try_from(addresses.len()).unwrap();
        for address in addresses {
            let (kind, data) = match address {
                IpAddr::V4(v4) => (1_u8, v4.octets().to_vec()),
                IpAddr::V6(v6) => (28, v6.octets().to_vec()),
            };
            message.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, u8::try_from(data.len()).unwrap()]);
            message.extend(data);
        }
        message
    }

    #[test]
    fn asks_and_reads() {
        let question = encode(7, "reg.lan", Kind::A).unwrap();
        assert_eq!(&question[12..], b"\x03reg\x03lan\x00\x00\x01\x00\x01");
        let list: Vec<IpAddr> = vec!["10.0.0.7".parse().unwrap(), "fd00::7".parse().unwrap()];
        let rows = [
            (0, list.clone(), Some(NameAnswer::Addresses(list.clone()))),
            (0, vec![], Some(NameAnswer::NoSuchName)),
            (2, vec![], Some(NameAnswer::ServerFailure)),
            (3, vec![], Some(NameAnswer::NoSuchName)),
            (5, vec![], Some(NameAnswer::Refused("REFUSED".into()))),
        ];
        for (code, addresses, want) in rows {
            assert_eq!(decode(7, &answer(&question, code, &addresses)), want);
            assert_eq!(decode(8, &answer(&question, code, &addresses)), None);
        }
        assert_eq!(decode(7, &question), None);
        assert_eq!(encode(1, &"a".repeat(64), Kind::A), None);
        assert_eq!(encode(1, "a..b", Kind::Aaaa), None);
    }

    #[test]
    fn no_bytes_break_it() {
        let whole = answer(&encode(7, "reg.lan", Kind::A).unwrap(), 0, &["10.0.0.7".parse().unwrap()]);
        for end in 0..whole.len() {
            let _ = decode(7, &whole[..end]);
        }
        for at in 0..whole.len() {
            for byte in [0, 0x3f, 0x40, 0xc0, 0xff] {
                let mut bent = whole.clone();
                bent[at] = byte;
                let _ = decode(7, &bent);
            }
        }
    }
}
