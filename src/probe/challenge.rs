//! `WWW-Authenticate`, read leniently: several challenges in a header, several headers, quoted strings. Pure.

use crate::model::trace::Challenge;

/// More than this of either is nobody's registry.
const CHALLENGES: usize = 16;
const PARAMETERS: usize = 32;

/// The challenges of every header value, in order. What cannot be read is passed over.
#[must_use]
pub fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    for value in values {
        let mut belongs_to: Option<Challenge> = None;
        for part in parts(value) {
            let (scheme, parameter) = split(part);
            if let Some(scheme) = scheme {
                found.extend(belongs_to.take());
                belongs_to = Some(Challenge { scheme: scheme.to_string(), parameters: Vec::new() });
            }
            if let (Some(challenge), Some((key, value))) = (&mut belongs_to, parameter)
                && challenge.parameters.len() < PARAMETERS
            {
                challenge.parameters.push((key.to_string(), unquoted(value)));
            }
        }
        found.extend(belongs_to);
    }
    found.truncate(CHALLENGES);
    found
}

/// Cuts at commas outside quotes.
fn parts(value: &str) -> Vec<&str> {
    let (mut found, mut from, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, character) in value.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                found.push(value.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(value.get(from..).unwrap_or_default());
    found.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

type Parameter<'a> = (&'a str, &'a str);

/// `Bearer realm="x"` is a scheme and a parameter; `realm="x"` a parameter; `Basic` a scheme.
fn split(part: &str) -> (Option<&str>, Option<Parameter<'_>>) {
    let word_end = part.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(part.len());
    let (word, rest) = part.split_at(word_end);
    let rest = rest.trim_start();
    if let Some(value) = rest.strip_prefix('=') {
        return (None, is_token(word).then(|| (word, value.trim())));
    }
    let parameter = rest.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
    (is_token(word).then_some(word), parameter.filter(|(key, _)| is_token(key)))
}

fn is_token(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// A quoted string without quotes and escapes, or the word as it stands.
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_string() };
    let (mut text, mut escaped) = (String::new(), false);
    for character in inner.chars() {
        match character {
            _ if escaped => {
                text.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => break,
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(values: &[&str]) -> Vec<String> {
        let one = |challenge: &Challenge| {
            let parameters = challenge.parameters.iter().map(|(key, value)| format!(" {key}<{value}>"));
            format!("{}{}", challenge.scheme, parameters.collect::<String>())
        };
        parse(values.iter().copied()).iter().map(one).collect()
    }

    #[test]
    fn reads_what_registries_send() {
        let rows: &[(&[&str], &[&str])] = &[
            (&[], &[]),
            (&[""], &[]),
            (&["Basic"], &["Basic"]),
            (&["Basic realm=\"Registry Realm\""], &["Basic realm<Registry Realm>"]),
            (
                &["Bearer realm=\"https://auth.lan/token\",service=\"reg.lan\",scope=\"repository:a/b:pull,push\""],
                &["Bearer realm<https://auth.lan/token> service<reg.lan> scope<repository:a/b:pull,push>"],
            ),
            (&["bearer REALM = \"x\" , service = y"], &["bearer REALM<x> service<y>"]),
            (
                &["Basic realm=\"a\", Bearer realm=\"b\", service=\"c\""],
                &["Basic realm<a>", "Bearer realm<b> service<c>"],
            ),
            (&["Basic realm=\"a\"", "Bearer realm=\"b\""], &["Basic realm<a>", "Bearer realm<b>"]),
            (&["Negotiate, Basic realm=x"], &["Negotiate", "Basic realm<x>"]),
            (&["Basic realm=\"say \\\"hi\\\", you\""], &["Basic realm<say \"hi\", you>"]),
            (&["Bearer realm=\"unfinished"], &["Bearer realm<unfinished>"]),
            (&["realm=\"no scheme\""], &[]),
            (&["NTLM TlRMTVNTUAAC=="], &["NTLM TlRMTVNTUAAC<=>"]),
            (&[",,, ,"], &[]),
            (&["Be\u{fffd}arer realm=x"], &[]),
        ];
        for (values, want) in rows {
            assert_eq!(shown(values), *want, "{values:?}");
        }
    }

    #[test]
    fn bounds_what_is_kept() {
        let many = "a=1,".repeat(10_000);
        assert_eq!(parse([format!("Bearer {many}").as_str()])[0].parameters.len(), PARAMETERS);
        assert_eq!(parse(["Basic, ".repeat(10_000).as_str()]).len(), CHALLENGES);
    }
}
