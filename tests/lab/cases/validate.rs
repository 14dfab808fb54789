//! Generated daemon.json files, edited by the library, before the real `dockerd --validate`: what it took before an edit, it
//! takes after.

use std::fmt::Write as _;
use std::fs;

use regdoctor::edit::{Syntax, edit};
use regdoctor::model::change::{Action, Change, Value};

use crate::bench::Bench;
use crate::dice::Dice;

const FOLDER: &str = "/root/validate";
const DOCUMENTS: u64 = 250;

pub fn generated_edits(bench: &mut Bench) -> Result<(), String> {
    bench.must(&format!("mkdir -p {FOLDER}"))?;
    let (mut refused, mut same, mut edited) = (0, 0, Vec::new());
    for seed in 1..=DOCUMENTS {
        let mut dice = Dice::new(seed);
        let (old, changes) = (document(&mut dice), changes(&mut dice));
        match edit(Syntax::Json, old.as_bytes(), &changes) {
            Err(_) => refused += 1,
            Ok(new) if new == old.as_bytes() => same += 1,
            Ok(new) => {
                bench.write(&format!("{FOLDER}/{seed}.old"), &old)?;
                fs::write(bench.machine.path(&format!("{FOLDER}/{seed}.new")), &new)
                    .map_err(|error| error.to_string())?;
                edited.push((seed, old, new, changes));
            }
        }
    }
    bench.must(&format!(
        "cd {FOLDER} && ls | xargs -P 2 -I FILE sh -c 'dockerd --validate --config-file FILE >FILE.said 2>&1 && : >FILE.taken; true'"
    ))?;
    let taken = |name: String| bench.machine.path(&format!("{FOLDER}/{name}.taken")).exists();
    let (mut before, mut after, mut wrong) = (0, 0, String::new());
    for (seed, old, new, changes) in &edited {
        let (old_taken, new_taken) = (taken(format!("{seed}.old")), taken(format!("{seed}.new")));
        before += usize::from(old_taken);
        after += usize::from(new_taken);
        if old_taken && !new_taken {
            let said = fs::read_to_string(bench.machine.path(&format!("{FOLDER}/{seed}.new.said"))).unwrap_or_default();
            let new = String::from_utf8_lossy(new);
            let _ = writeln!(wrong, "document {seed}: {said}{old:?}\n{new:?}\n{changes:?}");
        }
    }
    println!(
        "    {DOCUMENTS} documents: {refused} edits refused, {same} had nothing to do, {} made; \
         dockerd took {before} before, {after} after",
        edited.len()
    );
    if wrong.is_empty() && before > 100 { Ok(()) } else { Err(wrong) }
}

#[rustfmt::skip]
const MEMBERS: [(&str, &[&str]); 13] = [
    ("debug", &["true", "false"]),
    ("insecure-registries", &["[]", "[\"a.lan:5000\"]", "[ \"a.lan:5000\" , \"10.0.0.0/8\" ]", "[\n\"b.lan\",\n\"a.lan:5000\"\n]", "null"]),
    ("insecure\\u002dregistries", &["[\"c.lan\"]"]),
    ("registry-mirrors", &["[]", "[\"https://m.lan\"]"]),
    ("log-level", &["\"info\"", "\"debug\""]),
    ("dns", &["[\"1.1.1.1\",\"9.9.9.9\"]", "[]"]),
    ("labels", &["[\"a=b\"]", "[\"é=\\u0041\\/\"]"]),
    ("data-root", &["\"/var/lib/docker\"", "\"/x\\ty\""]),
    ("features", &["{}", "{\"buildkit\": true}"]),
    ("proxies", &["{}", "{\"http-proxy\":\"http://p:1\"}", "{ \"no-proxy\" : \"a\" }", "null"]),
    ("max-concurrent-downloads", &["3", "1e1"]),
    ("default-ulimits", &["{\n\t\"nofile\": {\"Name\": \"nofile\", \"Hard\": 64000, \"Soft\": 64000}\n}"]),
    ("log-opts", &["{\"max-size\": \"10m\", \"max-file\": \"3\"}"]),
];

/// A daemon.json in some style, now and then one that dockerd refuses.
fn document(dice: &mut Dice) -> String {
    if dice.below(20) == 0 {
        return dice.one(&["", "\n", "{}", "{}\n", "{ }", "{\n}\n", "null", " \r\n"]).to_owned();
    }
    let styles = [
        ("\n  ", ",\n  ", ": "),
        ("\n\t", ",\n\n\t", " : "),
        ("", ",", ":"),
        (" ", ", ", ": "),
        ("\n", "\n, ", ":\n "),
    ];
    let (open, comma, colon) = dice.one(&styles);
    let mut members = Vec::new();
    for _ in 0..dice.below(6) {
        let (key, values) = dice.one(&MEMBERS);
        members.push(format!("\"{key}\"{colon}{}", dice.one(values)));
    }
    // Which dockerd refuses.
    members.extend((dice.below(9) == 0).then(|| format!("\"no-such-key\"{colon}1")));
    let body = format!(
        "{}{{{open}{}{}}}{}",
        dice.one(&["", "", "\n"]),
        members.join(comma),
        open.trim_end_matches([' ', '\t']),
        dice.one(&["", "\n", "\n\n"])
    );
    let body = if dice.below(3) == 0 { body.replace('\n', "\r\n") } else { body };
    if dice.below(5) == 0 { format!("\u{feff}{body}") } else { body }
}

fn changes(dice: &mut Dice) -> Vec<Change> {
    let count = 1 + dice.below(3);
    let one = |_| {
        let registry = dice.one(&["reg.lan:5000", "a.lan:5000", "[::1]:5000", "b.lan"]).to_owned();
        let list = &["insecure-registries"][..];
        let (path, action) = match dice.below(8) {
            0..=3 => (list, Action::Append(registry)),
            4 => (list, Action::RemoveEntry(registry)),
            5 => (&["proxies", "no-proxy"][..], Action::Set(Value::Text(registry))),
            6 => (&["debug"][..], Action::Set(Value::Flag(true))),
            _ => (list, Action::Remove),
        };
        Change::new(path, action)
    };
    (0..count).map(one).collect()
}
