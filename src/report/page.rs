//! An explanation page on a terminal: Markdown, broken at the terminal's width.

use colored::Colorize;

use super::human::Style;
use super::sanitize::ascii;
use super::wrap::{put, wrap};

/// Longer lines are hard to read.
const WIDEST: usize = 100;

/// The page as text. Headings stay as they are written, code is four blanks in, tables become lists.
#[must_use]
pub fn render(page: &str, style: Style) -> String {
    let mut text = String::new();
    let width = style.width.min(WIDEST);
    let (mut paragraph, mut code) = (Vec::new(), false);
    for line in page.lines() {
        let ends = line.is_empty() || line.starts_with(['#', '|', '-']) || line.starts_with("```");
        if ends && !code {
            flow(&mut text, &mut paragraph, width);
        }
        match line {
            fence if fence.starts_with("```") => code = !code,
            _ if code => put(&mut text, &format!("    {line}")),
            heading if heading.starts_with('#') => put(&mut text, &heading.bold().to_string()),
            row if row.starts_with('|') => draw_row(&mut text, row, width),
            "" => put(&mut text, ""),
            _ => paragraph.push(line),
        }
    }
    flow(&mut text, &mut paragraph, width);
    if style.unicode { text } else { ascii(&text) }
}

/// A list's second line stands below its first word.
fn flow(text: &mut String, paragraph: &mut Vec<&str>, width: usize) {
    if paragraph.is_empty() {
        return;
    }
    let joined = std::mem::take(paragraph).join(" ");
    let next = if joined.starts_with("- ") { "  " } else { "" };
    wrap(text, &joined, ("", next), width);
}

/// A row is a line of a list; the rule between head and body is left out.
fn draw_row(text: &mut String, row: &str, width: usize) {
    let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
    if cells.iter().all(|cell| cell.chars().all(|c| c == '-' || c == ':')) {
        return;
    }
    wrap(text, &format!("- {}", cells.join(": ")), ("", "  "), width);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lists_tables_and_code() {
        let page = "# slug\n\nOne two three four five six seven eight\nnine.\n\n- six seven eight nine ten eleven twelve\n  thirteen\n\n```\nas it  is, however long it is, and it is long\n```\n\n| a | b |\n|---|---|\n| c | d e |\n";
        let want = "# slug\n\nOne two three four five six seven\neight nine.\n\n- six seven eight nine ten eleven\n  twelve thirteen\n\n    as it  is, however long it is, and it is long\n\n- a: b\n- c: d e\n";
        let style = Style { unicode: true, width: 36, verbose: false };
        assert_eq!(render(page, style), want);
    }
}
