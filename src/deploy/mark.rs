//! Whose a file is: the first line of each says what regdoctor wrote below it, so that a change by anybody else shows.

use crate::model::secret::sha256;

const MARK: &str = "# regdoctor deploy sha256:";
const WORDS: &str = ". Change what you like: regdoctor then leaves it to you.";

/// What is to become of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There is none yet.
    New,
    /// It says this already.
    Same,
    /// regdoctor wrote it, nobody changed it, and it is to say something else now.
    Ours,
    /// Somebody changed it since, and what regdoctor would write is what it wrote then.
    Theirs,
    /// Somebody else wrote it, or changed it, and it is to say something else now.
    InTheWay,
}

/// The text with its mark.
#[must_use]
pub fn marked(text: &str) -> String {
    format!("{MARK}{}{WORDS}\n{text}", sha256(text.as_bytes()))
}

/// What is there against what is to be there.
#[must_use]
pub fn standing(old: Option<&[u8]>, new: &str) -> Standing {
    let Some(old) = old else { return Standing::New };
    if old == new.as_bytes() {
        return Standing::Same;
    }
    let Some((promised, text)) = std::str::from_utf8(old).ok().and_then(read) else { return Standing::InTheWay };
    if sha256(text.as_bytes()) == promised {
        Standing::Ours
    } else if read(new).is_some_and(|(again, _)| again == promised) {
        Standing::Theirs
    } else {
        Standing::InTheWay
    }
}

/// The digest that the first line names, and what is below it.
fn read(text: &str) -> Option<(&str, &str)> {
    let (first, rest) = text.split_once('\n')?;
    Some((first.strip_prefix(MARK)?.split('.').next()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_only_by_whoever_wrote_it() {
        let (first, second) = (marked("a: 1\n"), marked("a: 2\n"));
        let edited = format!("{first}b: 3\n");
        let rows: [(Option<&str>, &str, Standing); 8] = [
            (None, &first, Standing::New),
            (Some(&first), &first, Standing::Same),
            (Some(&first), &second, Standing::Ours),
            (Some(&edited), &first, Standing::Theirs),
            (Some(&edited), &second, Standing::InTheWay),
            (Some("a: 1\n"), &first, Standing::InTheWay),
            (Some(""), &first, Standing::InTheWay),
            (Some("# regdoctor deploy sha256:"), &first, Standing::InTheWay),
        ];
        for (old, new, want) in rows {
            assert_eq!(standing(old.map(str::as_bytes), new), want, "{old:?}");
        }
        assert_eq!(standing(Some(b"\xff\xfe"), &first), Standing::InTheWay);
    }
}
