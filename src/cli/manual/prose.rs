//! The texts of the manual, a little Markdown (headings, paragraphs, lists, tables of two columns, code), as source for
//! `man`. What stands between backticks, in clap's own words as well, is bold: it is what can be typed.

use clap_mangen::roff::{Roff, bold, roman};

/// Every piece that is written by itself begins with this, and one a page is enough.
const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// What comes before the first heading, and the rest.
pub fn split(text: &str) -> (&str, &str) {
    match text.find("## ") {
        Some(place) => text.split_at(place),
        None => (text, ""),
    }
}

/// The source of a text, section by section.
pub fn render(text: &str) -> Roff {
    let mut roff = Roff::new();
    let (mut code, mut headed, mut afresh) = (false, false, false);
    for line in text.lines() {
        match line {
            fence if fence.starts_with("```") => {
                code = !code;
                roff.control(if code { "PP\n.EX" } else { "EE" }, []);
            }
            _ if code => {
                roff.text([roman(format!("    {line}"))]);
            }
            // A section's first paragraph needs no sign that it begins.
            "" => afresh = !headed,
            _ => {
                block(&mut roff, line, afresh);
                (headed, afresh) = (line.starts_with("## "), false);
            }
        }
    }
    roff
}

/// One line, the first of a new block or not.
fn block(roff: &mut Roff, line: &str, first: bool) {
    if let Some(heading) = line.strip_prefix("## ") {
        roff.control("SH", [heading.to_uppercase().as_str()]);
    } else if let Some(item) = line.strip_prefix("- ") {
        roff.control("IP", ["\\(bu", "2"]).text([roman(item)]);
    } else if let Some((term, meaning)) = line.strip_prefix("| ").and_then(|row| row.split_once(" | ")) {
        let term = term.trim().trim_matches('`');
        roff.control("TP", []).text([bold(term)]).text([roman(meaning.trim_end_matches('|').trim())]);
    } else {
        if first {
            roff.control("PP", []);
        }
        roff.text([roman(line.trim_start())]);
    }
}

/// One page of all pieces.
pub fn finished(pieces: &str) -> String {
    let mut page = APOSTROPHE.to_string();
    let mut code = false;
    for line in pieces.replace(APOSTROPHE, "").lines() {
        code = (code || line == ".EX") && line != ".EE";
        page.push_str(&if code || line.starts_with('.') { line.to_string() } else { emphasised(line.trim_end()) });
        page.push('\n');
    }
    page
}

/// With what stands between two backticks in bold.
fn emphasised(line: &str) -> String {
    if line.matches('`').count() % 2 == 1 {
        return line.to_string();
    }
    let odd = |(index, part): (usize, &str)| if index % 2 == 1 { format!("\\fB{part}\\fR") } else { part.to_string() };
    line.split('`').enumerate().map(odd).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_block() {
        let text = "## A section\n\nOne two\n.three.\n\nfour `five-six`\n\n- a\n  b\n- c\n\n| `d` | e f |\n\n```\ng  `h`\n```\n";
        let want = ".SH \"A SECTION\"\nOne two\n\\&.three.\n.PP\nfour \\fBfive\\-six\\fR\n.IP \\(bu 2\na\nb\n.IP \\(bu 2\nc\n\
                    .TP\n\\fBd\\fR\ne f\n.PP\n.EX\n    g  `h`\n.EE\n";
        assert_eq!(finished(&render(text).render()), format!("{APOSTROPHE}{want}"));
    }

    #[test]
    fn pieces_become_one_page() {
        let pieces = format!("{}{}", render("one's").render(), render("it costs 5`").render());
        assert_eq!(finished(&pieces), format!("{APOSTROPHE}one\\*(Aqs\nit costs 5`\n"));
    }

    #[test]
    fn the_description_ends_at_the_first_heading() {
        assert_eq!(split("one\n\n## Two\nthree"), ("one\n\n", "## Two\nthree"));
        assert_eq!(split("one"), ("one", ""));
    }
}
