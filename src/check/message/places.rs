//! What a text tells about the places of a login and of a certificate: whether they are those of the registry it is about.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::addresses::pattern;
use super::names::{Named, host_of, joined};

/// Every mark that is computed here.
#[cfg(test)]
pub const MARKS: &[&str] = &["certs-d-other", "login-elsewhere"];

static LOGIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:log(?:ged)?[- ]?in(?: was| is)?(?: done| made)?(?: to| into| for| at| with)?|logged into) (?:https?://)?([a-z0-9][\w.:-]*)",
    )
});
static IMAGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?:(?:push|pull|run|create)(?: -{1,2}[\w=.-]+)* |docker://|(?:image|reference|repository|tagged)(?: is| in)? ["'\[]?)([a-z0-9][\w.:/@-]*)"#,
    )
});
static FOLDER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"certs?\.d(?:/+|: | (?:has|holds|contains) )(https?:/*)?([^/\s,;)"']+)"#));

pub fn read(text: &str, registry: Option<&Named>) -> Vec<&'static str> {
    let elsewhere = is_login_elsewhere(text).then_some("login-elsewhere");
    let other = registry.is_some_and(|registry| is_folder_of_another(text, registry)).then_some("certs-d-other");
    elsewhere.into_iter().chain(other).collect()
}

/// Somebody signed in at one registry and uses images of another.
fn is_login_elsewhere(text: &str) -> bool {
    let named = |found: &regex::Captures<'_>, end: &str| host_of(&format!("{}{end}", found.get(1)?.as_str()));
    // With a slash behind it, a name with a port is no image with a tag.
    let logins: BTreeSet<Named> = LOGIN.captures_iter(text).filter_map(|found| named(&found, "/")).collect();
    let images: BTreeSet<Named> = IMAGE.captures_iter(text).filter_map(|found| named(&found, "")).collect();
    !logins.is_empty() && !images.is_empty() && logins.is_disjoint(&images)
}

/// A folder of certificates has another name than the registry: Docker compares them byte by byte, with the port.
fn is_folder_of_another(text: &str, (host, port): &Named) -> bool {
    let registry = joined(host, *port);
    FOLDER.captures_iter(text).any(|found| {
        let folder = found.get(2).map_or("", |folder| folder.as_str());
        let is_file = [".crt", ".pem", ".key", ".cert", ".cer"].iter().any(|end| folder.ends_with(end));
        folder.contains(['.', ':']) && !is_file && (found.get(1).is_some() || folder != registry)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_compared_with_the_registry() {
        let registry = ("reg.lan".to_string(), Some(5000));
        let rows: &[(&str, &[&str])] = &[
            ("the ca is in /etc/docker/certs.d/reg.lan", &["certs-d-other"]),
            ("/etc/docker/certs.d/reg.lan:5000/ca.crt", &[]),
            ("/etc/docker/certs.d/ca.crt", &[]),
            ("/etc/docker/certs.d/https://reg.lan:5000", &["certs-d-other"]),
            ("docker login reg.lan, docker push reg.lan:5000/app", &["login-elsewhere"]),
            ("docker login reg.lan:5000, docker push reg.lan:5000/app", &[]),
            ("logged in to hub.lan; image reg.lan:5000/app", &["login-elsewhere"]),
            ("docker push reg.lan:5000/app", &[]),
        ];
        for (text, want) in rows {
            assert_eq!(read(text, Some(&registry)), *want, "{text}");
        }
    }
}
