//! Reads systemd units and drop-ins: sections, keys, continued lines. Follows `src/shared/conf-parser.c` of systemd 252.

use std::ops::Range;

use super::super::splice::slice;

/// One setting, as systemd sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub section: String,
    pub key: String,
    /// Continued lines are joined. An empty value resets a list.
    pub value: String,
    pub line: usize,
    /// The lines it takes up, with their ends; comments may stand between them.
    pub(in crate::edit) rows: Vec<Range<usize>>,
    /// Where the parts of the value stand, one for each line; a blank joins them.
    pub(super) parts: Vec<Range<usize>>,
    /// Where each of them begins in the value.
    offsets: Vec<usize>,
    /// The equals sign and the blanks around it.
    pub(super) equals: Range<usize>,
}

impl Entry {
    /// Where a place in the value is in the text.
    pub(super) fn in_text(&self, offset: usize) -> usize {
        let at = self.offsets.partition_point(|start| *start <= offset).saturating_sub(1);
        match (self.parts.get(at), self.offsets.get(at)) {
            (Some(part), Some(start)) => (part.start + (offset - start)).min(part.end),
            _ => self.equals.end,
        }
    }

    pub(super) fn start(&self) -> usize {
        self.rows.first().map_or(0, |row| row.start)
    }

    /// Where the next line may begin.
    pub(super) fn below(&self) -> usize {
        self.rows.last().map_or(0, |row| row.end)
    }

    /// Where the value ends, but for blanks.
    pub(super) fn end(&self) -> usize {
        self.in_text(self.value.len())
    }
}

/// The settings of a unit or drop-in, in order. Lines that systemd ignores are not there.
#[must_use]
pub fn parse(text: &str) -> Vec<Entry> {
    read(text).entries
}

/// A unit or drop-in with what an editor needs to know.
#[derive(Debug, Default)]
pub(super) struct Unit {
    pub entries: Vec<Entry>,
    /// The names of sections, and where the lines of their headers end.
    pub headers: Vec<(String, usize)>,
}

pub(super) fn read(text: &str) -> Unit {
    let mut unit = Unit::default();
    let mut joined: Option<Joined> = None;
    let mut at = 0;
    for (number, line) in lines(text).enumerate() {
        let range = at..at + line.len();
        at = range.end;
        let unmarked = if number == 0 { line.trim_start_matches('\u{feff}') } else { line };
        let inner = unmarked.trim_end_matches(['\n', '\r']).trim_start_matches(BLANKS);
        if inner.starts_with(['#', ';']) {
            continue;
        }
        let start = if inner.is_empty() { range.start } else { at - unmarked.trim_start_matches(BLANKS).len() };
        let continues = inner.chars().rev().take_while(|character| *character == '\\').count() % 2 == 1;
        let part = start..start + inner.len() - usize::from(continues);
        let whole = joined.get_or_insert_with(|| Joined { line: number + 1, rows: Vec::new(), parts: Vec::new() });
        whole.rows.push(range);
        whole.parts.push(part);
        if !continues && let Some(whole) = joined.take() {
            unit.take(text, whole);
        }
    }
    // A backslash at the very end: systemd takes the line as it is.
    if let Some(whole) = joined {
        unit.take(text, whole);
    }
    unit
}

pub(super) const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// Lines end with LF, CR LF or CR.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.find(['\n', '\r']);
        let end = end.map_or(rest.len(), |at| at + if slice(rest, at..at + 2) == "\r\n" { 2 } else { 1 });
        let (line, after) = rest.split_at_checked(end)?;
        rest = after;
        (!line.is_empty()).then_some(line)
    })
}

struct Joined {
    line: usize,
    rows: Vec<Range<usize>>,
    parts: Vec<Range<usize>>,
}

impl Unit {
    fn take(&mut self, text: &str, whole: Joined) {
        let parts: Vec<&str> = whole.parts.iter().map(|part| slice(text, part.clone())).collect();
        let line = parts.join(" ");
        let line = line.trim_matches(BLANKS);
        if let Some(name) = line.strip_prefix('[') {
            self.headers.push((
                name.strip_suffix(']').unwrap_or_default().to_owned(),
                whole.rows.last().map_or(0, |row| row.end),
            ));
            return;
        }
        let (Some((section, _)), Some((key, value))) = (self.headers.last(), line.split_once('=')) else { return };
        let Some(equals) = whole.parts.first().and_then(|first| equals(text, first)) else { return };
        let first_end = whole.parts.first().map_or(equals.end, |first| first.end);
        let parts = std::iter::once(equals.end..first_end).chain(whole.parts.into_iter().skip(1)).collect();
        let (section, key) = (section.clone(), key.trim_end_matches(BLANKS).to_owned());
        let value = value.trim_matches(BLANKS).to_owned();
        let (line, rows, offsets) = (whole.line, whole.rows, Vec::new());
        self.entries.push(aligned(text, Entry { section, key, value, line, rows, parts, offsets, equals }));
    }
}

/// The equals sign with the blanks around it, in the first line of a setting.
fn equals(text: &str, first: &Range<usize>) -> Option<Range<usize>> {
    let (key, value) = slice(text, first.clone()).split_once('=')?;
    let start = first.start + key.trim_end_matches(BLANKS).len();
    Some(start..first.end - value.trim_start_matches(BLANKS).len())
}

/// Lets the parts begin where the value does: a value may begin on a later line than its key.
fn aligned(text: &str, mut entry: Entry) -> Entry {
    let blank = |part: &&Range<usize>| slice(text, (*part).clone()).trim_matches(BLANKS).is_empty();
    if !entry.value.is_empty() {
        let before = entry.parts.iter().take_while(blank).count();
        entry.parts.drain(..before);
    }
    let mut at = 0;
    for part in &entry.parts {
        entry.offsets.push(at);
        at += part.len() + 1;
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_as_systemd_sees_them() {
        let text = "\u{feff}# c \\\nlost=1\n[Service]\r\n Type = notify \r\n;x=1\nExecStart=/a \\\n# between\n  --b \\\n  --c\\\\\nEmpty=\nno equals\n[Install]\nA=\\\n b=c\rB=é";
        let found: Vec<_> = parse(text).into_iter().map(|e| (e.section, e.key, e.value, e.line)).collect();
        let expected = [
            ("Service", "Type", "notify", 4),
            ("Service", "ExecStart", "/a  --b  --c\\\\", 6),
            ("Service", "Empty", "", 10),
            ("Install", "A", "b=c", 13),
            ("Install", "B", "é", 15),
        ];
        assert_eq!(found, expected.map(|(s, k, v, l)| (s.to_owned(), k.to_owned(), v.to_owned(), l)));
    }

    #[test]
    fn places_in_the_text() {
        let text = "[S]\nA =  one \\\n  two \\\n\nB=\n";
        let entries = parse(text);
        assert_eq!(entries[0].value, "one  two");
        assert_eq!(&text[entries[0].in_text(0)..][..3], "one");
        assert_eq!(&text[entries[0].in_text(5)..entries[0].end()], "two");
        assert_eq!(&text[entries[0].equals.clone()], " =  ");
        assert_eq!(&text[entries[0].start()..entries[0].below()], "A =  one \\\n  two \\\n\n");
        assert_eq!(&text[..entries[1].end()], "[S]\nA =  one \\\n  two \\\n\nB=");
    }
}
