//! Names of images and registries, as people type them after a command.

/// A registry as a text names it.
pub type Named = (String, Option<u16>);

/// Words that follow `docker pull` where people write about it.
#[rustfmt::skip]
const SENTENCE: &[&str] = &[
    "a", "after", "all", "also", "an", "and", "are", "as", "at", "before", "behind", "breaks", "by", "can't", "cannot",
    "denied", "does", "doesn't", "error", "every", "fail", "failed", "fails", "for", "from", "gets", "gives", "goes",
    "hangs", "in", "inside", "is", "it", "no", "not", "of", "on", "only", "or", "over", "returns", "says", "still", "stops",
    "that", "the", "this", "through", "to", "unauthorized", "under", "via", "was", "when", "with", "without", "work",
    "works", "x509",
];

/// The registry of an image's name: only what has a dot or a colon, or is `localhost`.
pub fn host_of(reference: &str) -> Option<Named> {
    let whole = reference.trim_end_matches([':', '.', ',']);
    let first = whole.split('/').next()?;
    let is_login = !whole.contains('/');
    let (host, port) = match first.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (first, None),
    };
    let is_host = host.contains('.') && !host.ends_with(".0") || host == "localhost" || port.is_some() && !is_login;
    let is_file =
        [".json", ".txt", ".yml", ".yaml", ".toml", ".pem", ".crt", ".key"].iter().any(|end| host.ends_with(end));
    (is_host && !is_file && host != "docker.io").then(|| (host.to_string(), port))
}

/// A name like `app`, `team/app` or `app:v1.0`, and not the sentence that goes on after the command.
pub fn is_short(reference: &str) -> bool {
    let first = reference.split_once('/').map_or_else(|| reference.split(':').next(), |(first, _)| Some(first));
    let first = first.unwrap_or_default();
    let is_name = !first.contains('.') && (!first.contains(':') || !reference.contains('/'));
    reference.len() > 1 && is_name && !SENTENCE.contains(&reference.trim_end_matches([':', ',', '.', ';']))
}

pub fn joined(host: &str, port: Option<u16>) -> String {
    port.map_or_else(|| host.to_string(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_registry_and_what_goes_to_docker_hub() {
        let rows: &[(&str, Option<&str>, bool)] = &[
            ("reg.lan:5000/app", Some("reg.lan:5000"), false),
            ("reg.lan/app:1", Some("reg.lan"), false),
            ("localhost/app", Some("localhost"), true),
            ("app:1.0", None, true),
            ("team/app:1.0", None, true),
            ("through", None, false),
            ("unauthorized:", None, false),
            ("config.json", None, false),
        ];
        for (name, host, short) in rows {
            let found = host_of(name).map(|(host, port)| joined(&host, port));
            assert_eq!((found.as_deref(), is_short(name)), (*host, *short), "{name}");
        }
    }
}
