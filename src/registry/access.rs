//! Who may enter. Pure.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderMap};

use super::refusal::Refusal;
use crate::model::secret::Secret;

const REALM: &str = "regdoctor test registry";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Access {
    #[default]
    Open,
    /// One user, who may do everything; nobody else may do anything.
    Basic { user: String, password: Secret },
}

impl Access {
    /// The name of the user, when one signed in; a refusal with a challenge, when one must.
    pub fn admit(&self, headers: &HeaderMap) -> Result<Option<String>, Refusal> {
        let Self::Basic { user, password } = self else { return Ok(None) };
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(credentials);
        let expected = format!("{user}:{}", password.expose());
        match given {
            Some(given) if verify_slices_are_equal(given.as_slice(), expected.as_bytes()).is_ok() => {
                Ok(Some(user.clone()))
            }
            _ => Err(Refusal::SignInNeeded { realm: REALM }),
        }
    }
}

/// `user:password` out of `Basic …`; the scheme's case does not matter.
fn credentials(header: &str) -> Option<Vec<u8>> {
    let (scheme, encoded) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(encoded.trim()).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admits_the_one_user() {
        let access = Access::Basic { user: "alice".into(), password: Secret::new("p:w") };
        let rows = [
            (Some("Basic YWxpY2U6cDp3"), true),
            (Some("basic YWxpY2U6cDp3"), true),
            (Some("Basic YWxpY2U6cHc="), false),
            (Some("Basic YWxpY2U6"), false),
            (Some("Basic ***"), false),
            (Some("Bearer YWxpY2U6cDp3"), false),
            (None, false),
        ];
        for (header, want) in rows {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(AUTHORIZATION, header.parse().unwrap());
            }
            assert_eq!(access.admit(&headers).is_ok(), want, "{header:?}");
            assert!(Access::Open.admit(&headers).is_ok());
        }
    }
}
