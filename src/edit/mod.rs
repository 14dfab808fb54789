//! Lossless editors: text and changes in, text out. Every editor locates, splices the bytes, then judges the result;
//! a text for which that cannot be done safely is refused, never reformatted. No input or output here.
//!
//! A format is one folder with `edit(text, change)` and its reader, and one line in `Syntax`.

#[cfg(test)]
mod cases;
pub mod env;
mod error;
mod flow;
pub mod json;
#[cfg(any(test, fuzzing))]
pub mod laws;
mod splice;
pub mod toml;
mod tree;
pub mod unit;
pub mod words;
pub mod yaml;

pub use crate::model::change::Syntax;
pub use error::{EditError, JsonProblem, Oddity, Place};

use crate::model::change::Change;

/// The text with the changes made, in their order. No changes: the same bytes, whatever they are.
pub fn edit(syntax: Syntax, text: &[u8], changes: &[Change]) -> Result<Vec<u8>, EditError> {
    if changes.is_empty() {
        return Ok(text.to_vec());
    }
    let mut text = decode(text)?.to_owned();
    for change in changes {
        text = match syntax {
            Syntax::Json => json::edit(&text, change)?,
            Syntax::Env => env::edit(&text, change)?,
            Syntax::Unit => unit::edit(&text, change)?,
            Syntax::Toml => toml::edit(&text, change)?,
            Syntax::Yaml => yaml::edit(&text, change)?,
        };
    }
    Ok(text.into_bytes())
}

/// The text, if it is UTF-8. (dockerd since 23.0 also takes UTF-16 with a mark, which is not edited.)
pub fn decode(text: &[u8]) -> Result<&str, EditError> {
    std::str::from_utf8(text).map_err(|error| {
        let readable = String::from_utf8_lossy(text);
        let at = text.get(..error.valid_up_to()).map_or(0, <[u8]>::len);
        EditError::NotUtf8 { place: Place::at(&readable, at) }
    })
}
