//! Percent decoding and the parameters of a request. Pure.

use std::fmt::Write as _;

/// The parameters after `?`, decoded, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `a=1&b=2`. A parameter that is not proper percent encoding or not UTF-8 is kept as it came.
    #[must_use]
    pub fn parse(text: Option<&str>) -> Self {
        let pairs = text.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key).unwrap_or_else(|| key.to_string()), decode(value).unwrap_or_else(|| value.to_string()))
        });
        Self(pairs.collect())
    }

    /// The first value of `name`.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// A form as browsers and OAuth clients send it: a `+` is a space.
    #[must_use]
    pub fn parse_form(text: &str) -> Self {
        Self::parse(Some(&text.replace('+', "%20")))
    }

    /// Every value of `name`, in order.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// `text` as it may stand in a parameter: `+` and everything else that means something there is escaped.
#[must_use]
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => {
                encoded.push(char::from(byte));
            }
            // Writing to a String cannot fail.
            _ => _ = write!(encoded, "%{byte:02X}"),
        }
        encoded
    })
}

/// `text` with `%41` as `A`; `None` when an escape is broken or the result is not UTF-8. A `+` stays a plus.
#[must_use]
pub fn decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_string());
    }
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex_digit(bytes.next()?)? * 16 + hex_digit(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_is_encoded() {
        let rows = [
            ("sha256%3Aab", Some("sha256:ab")),
            ("a%2Fb", Some("a/b")),
            ("a+b", Some("a+b")),
            ("%", None),
            ("%4", None),
            ("%zz", None),
            ("%ff", None),
        ];
        for (text, want) in rows {
            assert_eq!(decode(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn encodes_what_would_be_read_otherwise() {
        for text in ["application/vnd.x+json", "a b&c=d%2F", "ä", "sha256:ab"] {
            let query = Query::parse(Some(&format!("x={}", encode(text))));
            assert_eq!(query.value("x"), Some(text));
        }
        assert_eq!(encode("a/b+c"), "a/b%2Bc");
    }

    #[test]
    fn gives_the_first_value() {
        let query = Query::parse(Some("digest=sha256%3Aab&n=&n=2&flag&bad=%zz"));
        let rows =
            [("digest", Some("sha256:ab")), ("n", Some("")), ("flag", Some("")), ("bad", Some("%zz")), ("x", None)];
        for (name, want) in rows {
            assert_eq!(query.value(name), want, "{name}");
        }
        assert_eq!(query.values("n").collect::<Vec<_>>(), ["", "2"]);
        assert_eq!(Query::parse(None), Query::default());
    }
}
