//! DER by hand, for the few things that no library does: elements of at most 65535 bytes, put together and taken apart.

/// An element.
pub fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let (low, high) = (u8::try_from(length & 0xff).unwrap_or_default(), u8::try_from(length >> 8).unwrap_or_default());
    let header: &[u8] = match length {
        0..0x80 => &[tag, low],
        0x80..0x100 => &[tag, 0x81, low],
        _ => &[tag, 0x82, high, low],
    };
    [header, content].concat()
}

/// How many bytes tag and length take.
pub fn header_length(der: &[u8]) -> Option<usize> {
    let first = *der.get(1)?;
    Some(if first < 0x80 { 2 } else { 2 + usize::from(first & 0x7f) })
}

/// The first element, whole.
pub fn element(der: &[u8]) -> Option<&[u8]> {
    let header = header_length(der)?;
    let length = match header {
        2 => usize::from(*der.get(1)?),
        _ => der.get(2..header)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
    };
    der.get(..header + length)
}

/// The elements in a sequence, each whole.
pub fn elements(sequence: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = element(sequence)?.get(header_length(sequence)?..)?;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let one = element(rest)?;
        found.push(one);
        rest = rest.get(one.len()..)?;
    }
    Some(found)
}
