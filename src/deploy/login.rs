//! The users of a registry: lines of an `htpasswd` file, in bcrypt, the only form that the registry understands.

use bcrypt::Version;
use thiserror::Error;

use crate::model::secret::Secret;

/// The registry works this out again for each request that is signed in, and a push is hundreds of them: 2^8 rounds are
/// some 15 ms of its processor, the usual 2^10 or 2^12 would be the bulk of a push.
const COST: u32 = 8;
/// bcrypt reads no further.
const LONGEST: usize = 72;

/// Letters and digits that nobody mistakes for another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

#[derive(Debug, Error, PartialEq, Eq)]
pub enum LoginError {
    #[error("`{0}` cannot be a user's name: it is empty, or holds a colon, a blank or a control character")]
    User(String),
    #[error("the password is empty")]
    Empty,
    #[error("the password is longer than 72 bytes, and bcrypt reads no further")]
    Long,
    #[error("the password holds a control character")]
    Control,
    #[error("the password could not be hashed")]
    Hash,
}

/// A name that can stand in such a file.
pub fn user(name: &str) -> Result<&str, LoginError> {
    let wrong = |character: char| character == ':' || character.is_whitespace() || character.is_control();
    // The registry takes a line that begins with `#` for a comment.
    if name.is_empty() || name.starts_with('#') || name.contains(wrong) {
        return Err(LoginError::User(name.to_string()));
    }
    Ok(name)
}

/// The line of a user.
pub fn line(user: &str, password: &Secret) -> Result<String, LoginError> {
    let password = password.expose();
    if password.is_empty() {
        return Err(LoginError::Empty);
    }
    if password.len() > LONGEST {
        return Err(LoginError::Long);
    }
    if password.chars().any(char::is_control) {
        return Err(LoginError::Control);
    }
    let parts = bcrypt::hash_with_result(password, COST).map_err(|_| LoginError::Hash)?;
    // As `htpasswd -B` writes it.
    Ok(format!("{user}:{}\n", parts.format_for_version(Version::TwoY)))
}

/// The first user of a file.
#[must_use]
pub fn first_user(htpasswd: &str) -> Option<&str> {
    entries(htpasswd).next().map(|(user, _)| user)
}

/// Whether the file lets this user in with this password; `None` when it does not know the user.
#[must_use]
pub fn lets_in(htpasswd: &str, user: &str, password: Option<&Secret>) -> Option<bool> {
    // The registry takes the last of several.
    let (_, hash) = entries(htpasswd).filter(|(name, _)| *name == user).last()?;
    Some(password.is_none_or(|password| bcrypt::verify(password.expose(), hash).unwrap_or(false)))
}

fn entries(htpasswd: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = htpasswd.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(':'))
}

/// A password of these random bytes: 100 bits in five groups.
#[must_use]
pub fn made_up(random: [u8; 20]) -> Secret {
    let letters = random.map(|byte| char::from(ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'a')));
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Secret::new(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_htpasswd_writes() {
        let line = line("alice", &Secret::new("päss word")).unwrap();
        assert!(line.starts_with("alice:$2y$08$") && line.ends_with('\n'), "{line}");
        let file = format!("# users\nbob:$2y$05$x\n{line}");
        assert_eq!(lets_in(&file, "alice", Some(&Secret::new("päss word"))), Some(true));
        assert_eq!(lets_in(&file, "alice", Some(&Secret::new("pass word"))), Some(false));
        assert_eq!(lets_in(&file, "alice", None), Some(true));
        assert_eq!(lets_in(&file, "carol", None), None);
        assert_eq!(first_user(&file), Some("bob"));
    }

    #[test]
    fn what_no_registry_could_use_is_refused() {
        for (password, want) in
            [("", LoginError::Empty), (&*"x".repeat(73), LoginError::Long), ("a\nb", LoginError::Control)]
        {
            assert_eq!(line("alice", &Secret::new(password)), Err(want));
        }
        for name in ["", "a:b", "a b", "#a", "a\u{7}"] {
            assert_eq!(user(name), Err(LoginError::User(name.to_string())));
        }
        assert_eq!(user("ci-bot@lan"), Ok("ci-bot@lan"));
    }

    #[test]
    fn a_made_up_password_has_five_groups_of_every_letter() {
        let random = std::array::from_fn(|index| u8::try_from(index).unwrap());
        assert_eq!(made_up(random).expose(), "abcd-efgh-jkmn-pqrs-tuvw");
        let seen: std::collections::BTreeSet<_> = ALPHABET.iter().collect();
        assert_eq!(seen.len(), ALPHABET.len());
    }
}
