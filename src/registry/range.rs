//! Byte ranges: `Range` of a download, `Content-Range` of an uploaded chunk. Pure.

/// What a `Range` header means for content of a known size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested {
    /// No range, several, or one that is not understood: RFC 9110 lets the server send everything.
    Whole,
    /// First and last byte, both included and both inside.
    Part {
        first: u64,
        last: u64,
    },
    Unsatisfiable,
}

/// Reads `bytes=0-9`, `bytes=5-` and `bytes=-5`.
#[must_use]
pub fn requested(header: Option<&str>, size: u64) -> Requested {
    let Some((first, last)) = header.and_then(|text| text.strip_prefix("bytes=")).and_then(|set| set.split_once('-'))
    else {
        return Requested::Whole;
    };
    match (number(first), number(last)) {
        // RFC 9110 calls it invalid, which a server may ignore; the conformance tests of the specification want a refusal.
        (Some(first), Some(last)) if first > last => Requested::Unsatisfiable,
        (Some(first), _) if first >= size && (last.is_empty() || number(last).is_some()) => Requested::Unsatisfiable,
        (Some(first), Some(last)) => Requested::Part { first, last: last.min(size - 1) },
        (Some(first), None) if last.is_empty() => Requested::Part { first, last: size - 1 },
        (None, Some(0)) if first.is_empty() => Requested::Unsatisfiable,
        (None, Some(_)) if first.is_empty() && size == 0 => Requested::Unsatisfiable,
        (None, Some(count)) if first.is_empty() => {
            Requested::Part { first: size.saturating_sub(count), last: size - 1 }
        }
        _ => Requested::Whole,
    }
}

/// The range of an uploaded chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    pub first: u64,
    pub length: u64,
}

/// Reads `0-9` as the distribution specification writes it, and RFC 9110's `bytes 0-9/*`.
#[must_use]
pub fn chunk(header: &str) -> Option<Chunk> {
    let text = header.strip_prefix("bytes").map_or(header, |rest| rest.trim_start_matches(['=', ' ']));
    let text = text.split_once('/').map_or(text, |(range, _)| range);
    let (first, last) = text.split_once('-')?;
    let (first, last) = (number(first)?, number(last)?);
    let length = last.checked_sub(first)?.checked_add(1)?;
    Some(Chunk { first, length })
}

/// What was received so far, as `Range` of an upload's answer. An empty upload is `0-0`, as Docker expects.
#[must_use]
pub fn received(size: u64) -> String {
    format!("0-{}", size.saturating_sub(1))
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ranges_of_ten_bytes() {
        let part = |first, last| Requested::Part { first, last };
        let rows = [
            ("bytes=0-9", part(0, 9)),
            ("bytes=0-0", part(0, 0)),
            ("bytes=2-", part(2, 9)),
            ("bytes=2-100", part(2, 9)),
            ("bytes=-3", part(7, 9)),
            ("bytes=-100", part(0, 9)),
            ("bytes=-0", Requested::Unsatisfiable),
            ("bytes=10-", Requested::Unsatisfiable),
            ("bytes=10-12", Requested::Unsatisfiable),
            ("bytes=5-2", Requested::Unsatisfiable),
            ("bytes=0-1,3-4", Requested::Whole),
            ("bytes=x-4", Requested::Whole),
            ("bytes=99999999999999999999-", Requested::Whole),
            ("lines=0-1", Requested::Whole),
            ("bytes=+1-2", Requested::Whole),
        ];
        for (text, want) in rows {
            assert_eq!(requested(Some(text), 10), want, "{text}");
        }
        assert_eq!(requested(None, 10), Requested::Whole);
        assert_eq!(requested(Some("bytes=0-"), 0), Requested::Unsatisfiable);
        assert_eq!(requested(Some("bytes=-1"), 0), Requested::Unsatisfiable);
    }

    #[test]
    fn reads_chunks() {
        let rows = [
            ("0-9", Some((0, 10))),
            ("10-10", Some((10, 1))),
            ("bytes 0-9/*", Some((0, 10))),
            ("bytes=0-9", Some((0, 10))),
            ("9-0", None),
            ("0-18446744073709551615", None),
            ("-5", None),
            ("", None),
        ];
        for (text, want) in rows {
            assert_eq!(chunk(text).map(|chunk| (chunk.first, chunk.length)), want, "{text}");
        }
        assert_eq!((received(0).as_str(), received(1).as_str(), received(10).as_str()), ("0-0", "0-0", "0-9"));
    }
}
