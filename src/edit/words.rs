//! Flags in a list of words, as dockerd's flag parser (pflag) sees them. Nothing here splits text into words.

use std::ops::Range;

use super::error::EditError;

/// One value of a flag and the words it takes up: one for `--name=value`, two for `--name value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagValue<'w> {
    pub value: &'w str,
    pub words: Range<usize>,
}

/// All values of `--name`, in order. Words behind `--` are no flags.
#[must_use]
pub fn flag_values<'w>(words: &'w [String], name: &str) -> Vec<FlagValue<'w>> {
    let dashes = if name.len() == 1 { "-" } else { "--" };
    values_of(words, &format!("{dashes}{name}")).0
}

/// The same for a flag with its dashes, and where the flags end.
fn values_of<'w>(words: &'w [String], flag: &str) -> (Vec<FlagValue<'w>>, usize) {
    let mut values = Vec::new();
    let mut rest = words.iter().enumerate();
    while let Some((at, word)) = rest.next() {
        if word == "--" {
            return (values, at);
        }
        let Some(tail) = word.strip_prefix(flag) else { continue };
        if let Some(value) = tail.strip_prefix('=') {
            values.push(FlagValue { value, words: at..at + 1 });
        } else if tail.is_empty()
            && let Some((_, value)) = rest.next()
        {
            values.push(FlagValue { value, words: at..at + 2 });
        }
    }
    (values, words.len())
}

/// Where `entry` is among the words. An entry `--name=value` is also found as two words, and the other way round.
#[must_use]
pub fn find_entry(words: &[String], entry: &str) -> Vec<Range<usize>> {
    let wanted: Vec<&str> = entry.split_whitespace().collect();
    let flag = match wanted.as_slice() {
        [word] => word.split_once('='),
        [name, value] if !name.contains('=') => Some((*name, *value)),
        _ => None,
    };
    if let Some((name, value)) = flag
        && !name.trim_start_matches('-').is_empty()
        && name.starts_with('-')
    {
        let (values, end) = values_of(words, name);
        let mut found: Vec<_> =
            values.into_iter().filter(|found| found.value == value).map(|found| found.words).collect();
        // Behind `--` there are no flags, only words: there the entry is itself.
        let behind = find_words(words.get(end..).unwrap_or_default(), &wanted);
        found.extend(behind.into_iter().map(|words| words.start + end..words.end + end));
        return found;
    }
    find_words(words, &wanted)
}

/// Where these words follow each other.
fn find_words(words: &[String], wanted: &[&str]) -> Vec<Range<usize>> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, window) in words.windows(wanted.len()).enumerate() {
        let apart = found.last().is_none_or(|last| last.end <= at);
        if apart && window.iter().zip(wanted).all(|(word, wanted)| word == wanted) {
            found.push(at..at + wanted.len());
        }
    }
    found
}

/// The words with an entry behind them, which is not among them yet.
///
/// # Errors
/// The last word is a flag that waits for its value, and Docker would take the entry for that.
pub fn with(words: &[String], entry: &str) -> Result<Vec<String>, EditError> {
    let mut all = words.to_vec();
    all.extend(entry.split_whitespace().map(str::to_owned));
    if find_entry(&all, entry).is_empty() {
        let found = format!("{entry} as the value of {}", words.last().map_or("nothing", String::as_str));
        return Err(EditError::Misread { reader: "Docker", expected: format!("{entry} as it is"), found });
    }
    Ok(all)
}

/// The words without those at the ranges.
#[must_use]
pub fn without(words: &[String], gone: &[Range<usize>]) -> Vec<String> {
    let mut kept = vec![true; words.len()];
    for at in gone.iter().flat_map(Clone::clone) {
        if let Some(kept) = kept.get_mut(at) {
            *kept = false;
        }
    }
    words.iter().zip(kept).filter(|(_, kept)| *kept).map(|(word, _)| word.clone()).collect()
}

/// The first character that some reader (systemd, a shell, `eval`) could take for more than itself.
/// Blanks are allowed: they part words.
#[must_use]
pub fn unsafe_character(text: &str) -> Option<char> {
    let safe = |character: char| character.is_ascii_alphanumeric() || "._:/=,@%+-[] ".contains(character);
    text.chars().find(|character| !safe(*character))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn values_in_both_spellings() {
        let words = words(
            "-H fd:// --insecure-registry a --insecure-registry=b --insecure-registry-x=c -- --insecure-registry=d",
        );
        let found: Vec<_> = flag_values(&words, "insecure-registry").into_iter().map(|found| found.value).collect();
        assert_eq!(found, ["a", "b"]);
        assert_eq!(flag_values(&words, "H"), [FlagValue { value: "fd://", words: 0..2 }]);
    }

    #[test]
    fn entries_in_both_spellings() {
        let words = words("--debug --insecure-registry a --insecure-registry=a --debug");
        assert_eq!(find_entry(&words, "--insecure-registry=a"), [1..3, 3..4]);
        assert_eq!(find_entry(&words, "--insecure-registry a"), [1..3, 3..4]);
        assert_eq!(find_entry(&words, "--debug"), [0..1, 4..5]);
        assert_eq!(find_entry(&words, "a").first(), Some(&(2..3)));
        assert!(find_entry(&words, "").is_empty());
        let twice = self::words("-H fd:// -H -H fd://");
        let both = std::slice::from_ref(&(0..2));
        assert_eq!(find_entry(&twice, "-H fd://"), both, "the second is the value of the first");
        assert!(find_entry(&without(&twice, both), "-H fd://").is_empty());
        assert_eq!(without(&words, &[1..3, 3..4]), ["--debug", "--debug"]);
        assert_eq!(find_entry(&self::words("-H a -d -- -H a -H=a"), "-H a"), [0..2, 4..6]);
    }

    #[test]
    fn a_flag_without_its_value_is_no_value() {
        assert_eq!(flag_values(&words("--insecure-registry"), "insecure-registry"), []);
    }

    #[test]
    fn an_entry_is_no_value_of_the_flag_before_it() {
        assert_eq!(with(&words("-d"), "-H fd://"), Ok(words("-d -H fd://")));
        assert_eq!(with(&words("-H"), "--debug"), Ok(words("-H --debug")), "whether it wants a value is not known");
        let refused = with(&words("-d -H"), "-H fd://").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "after the change Docker would read -H fd:// as the value of -H, not -H fd:// as it is"
        );
    }

    #[test]
    fn unsafe_characters() {
        for (text, expected) in
            [("--a=[::1]:5000/x,y@z%41", None), ("--a=$X", Some('$')), ("a\nb", Some('\n')), ("é", Some('é'))]
        {
            assert_eq!(unsafe_character(text), expected, "{text}");
        }
    }
}
