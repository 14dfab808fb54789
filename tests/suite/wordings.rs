//! What clients, daemons, front ends and registries of every release say for each root cause, and how far the rules of
//! `explain` carry beyond the texts that they were written from.
//!
//! The texts were written before the rules saw any of them, from what the programs print and from how people describe
//! it. Of `fresh.txt` every second text of a cause is held out: no rule was ever mended for its sake. The reports of
//! `threads.txt` came in seven lots, and each lot was measured before a rule was mended by it: of all 145 together, 61 of a
//! hundred had their cause first at that first sight, and 80 among the first three.

use regdoctor::check::message;

/// Blocks of texts under `# CAUSE`; ` ⏎ ` is an end of line, `{host}` is HOST:PORT and `{name}` a host alone.
const KNOWN: &str = include_str!("../../fixtures/wordings/known.txt");
/// What people reported, in our own words, and what it turned out to be.
const THREADS: &str = include_str!("../../fixtures/wordings/threads.txt");
const FRESH: &str = include_str!("../../fixtures/wordings/fresh.txt");
const HOSTS: [(&str, &str); 2] = [("images.intra.acme.org", "5000"), ("hub7.lan", "8443")];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    First,
    Second,
}

struct Wording {
    cause: &'static str,
    template: &'static str,
    part: Part,
}

fn wordings(file: &'static str) -> Vec<Wording> {
    let (mut cause, mut found, mut number) = ("", Vec::new(), 0);
    for line in file.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            (cause, number) = (name, 0);
        } else {
            let part = if number % 2 == 0 { Part::First } else { Part::Second };
            found.push(Wording { cause, template: line, part });
            number += 1;
        }
    }
    found
}

/// The worst place of the cause over all hosts: a rule that knows a host is none.
fn place(wording: &Wording) -> Option<usize> {
    let places = HOSTS.map(|(name, port)| {
        let host = format!("{name}:{port}");
        let text = wording.template.replace(" ⏎ ", "\n").replace("{host}", &host).replace("{name}", name);
        message::read(&text).suspects.iter().position(|suspect| suspect.cause.slug == wording.cause)
    });
    places.into_iter().map(|place| place.ok_or(())).collect::<Result<Vec<_>, ()>>().ok()?.into_iter().max()
}

/// How many texts, how many in a thousand have their cause first, and among the first three.
#[expect(clippy::disallowed_macros, reason = "the figures are what these tests are for")]
fn measured(name: &str, texts: &[Wording]) -> (usize, usize) {
    let places: Vec<Option<usize>> = texts.iter().map(place).collect();
    let share = |within: usize| {
        places.iter().filter(|place| place.is_some_and(|place| place < within)).count() * 1000 / places.len()
    };
    let (first, three) = (share(1), share(3));
    println!("{name}: {first} first and {three} among the first three, of a thousand ({} texts)", texts.len());
    (first, three)
}

#[test]
fn the_wordings_that_rules_were_written_from_are_known() {
    let (first, three) = measured("known wordings", &wordings(KNOWN));
    assert!(first >= 950 && three >= 990, "{first} and {three} in a thousand");
}

#[test]
fn what_people_reported_is_known() {
    let (first, three) = measured("what people reported", &wordings(THREADS));
    assert!(first >= 900 && three >= 970, "{first} and {three} in a thousand");
}

#[test]
fn rules_carry_beyond_the_texts_that_they_were_written_from() {
    let (seen, held_out): (Vec<_>, Vec<_>) = wordings(FRESH).into_iter().partition(|one| one.part == Part::First);
    measured("fresh wordings, mended by", &seen);
    let (first, three) = measured("fresh wordings, held out", &held_out);
    assert!(first >= 780 && three >= 920, "{first} and {three} in a thousand");
}
