//! What real readers make of env files: systemd's own parser and word splitting, dash, bash, busybox, and OpenRC, which
//! evaluates once more. Each file is read as it is and as regdoctor edits it.
//!
//! The files are the cases in `fixtures/edits/env`, and some put together at random. Where the program knows what a reader
//! sees, it must see that; what it wrote, all readers must see alike.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use regdoctor::edit::env::{Release, pairs, shell_value, split_openrc_words, split_shell_words, split_systemd_words};
use regdoctor::edit::{Syntax, edit};
use regdoctor::model::change::{Action, Change};

use crate::bench::Bench;
use crate::dice::Dice;
use crate::specs::Init;

const FOLDER: &str = "/root/readers";
const FLAG: &str = "--insecure-registry=reg:5000";
const GENERATED: u64 = 150;
/// Behind the name of a file that an editor wrote.
const EDITED: &str = ", edited";
const SHELLS: [(&str, &str); 3] = [("dash", "dash"), ("bash", "bash --posix"), ("busybox", "busybox ash")];

/// A file, and how the real readers see a variable of it.
struct Sample {
    label: String,
    text: String,
    name: String,
    /// It was written by an editor: all must see the same.
    edited: bool,
}

/// The value, where a reader can say it, and the words.
type Seen = (Option<String>, Vec<String>);

pub fn env_files(bench: &mut Bench) -> Result<(), String> {
    let (texts, refused) = texts()?;
    let systemd = match bench.machine.spec.init {
        Init::Systemd => Some(release(&bench.must("systemctl --version")?.stdout)?),
        Init::Sysvinit | Init::Openrc => None,
    };
    prepare(bench, &texts)?;
    bench.must(&shell_script())?;
    let readers: Vec<&str> = match bench.machine.spec.init {
        Init::Systemd => {
            bench.must(&format!("systemctl daemon-reload; systemctl start $(cd {FOLDER}; for f in *.env; do echo reader-${{f%.env}}.service; done) || true"))?;
            vec!["dash", "bash", "busybox", "systemd"]
        }
        Init::Openrc => {
            bench.must(OPENRC)?;
            vec!["dash", "bash", "busybox", "openrc"]
        }
        Init::Sysvinit => vec!["dash", "bash", "busybox"],
    };
    let (mut wrong, mut known, mut alike) = (String::new(), 0, 0);
    let mut turned_away: BTreeSet<&str> = BTreeSet::new();
    for (number, text) in texts.iter().enumerate() {
        let seen = readers.iter().filter_map(|reader| Some((*reader, look(bench, number, reader)?)));
        let mut seen: BTreeMap<&str, Seen> = seen.collect();
        if seen.len() < readers.len() {
            turned_away.insert(&text.label);
        }
        // What `eval` makes of active characters is not foretold.
        if claimed(text, "openrc", systemd).is_none() {
            seen.remove("openrc");
        }
        for (reader, seen) in &seen {
            let Some(claimed) = claimed(text, reader, systemd) else { continue };
            known += 1;
            let same_value = claimed.0.is_none() || seen.0.is_none() || claimed.0 == seen.0;
            if !same_value || claimed.1 != seen.1 {
                let _ = writeln!(wrong, "{}: {reader} reads {seen:?}, not {claimed:?}\n{:?}", text.label, text.text);
            }
        }
        let first = seen.values().next();
        if text.edited && seen.values().all(|seen| Some(&seen.1) == first.map(|first| &first.1)) {
            alike += 1;
        } else if text.edited {
            let _ = writeln!(wrong, "{}: the readers differ: {seen:?}\n{:?}", text.label, text.text);
        }
    }
    // OpenRC starts no service whose file ends in a command that fails; an edit may not make such a file.
    for label in turned_away.iter().filter_map(|label| label.strip_suffix(EDITED)) {
        if !turned_away.contains(label) {
            let _ = writeln!(wrong, "{label}: OpenRC takes the file, and does not take it after the edit");
        }
    }
    println!(
        "    {} files, {refused} edits refused; {known} readings as foretold by {readers:?}; {alike} edited files read alike by all",
        texts.len()
    );
    if wrong.is_empty() && alike > 20 && known > 200 { Ok(()) } else { Err(wrong) }
}

/// The cases and generated files, each before and after its edit, and how many edits were refused.
fn texts() -> Result<(Vec<Sample>, usize), String> {
    let mut sources = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/edits/env");
    let mut cases: Vec<_> = fs::read_dir(&folder).map_err(|error| error.to_string())?.flatten().collect();
    cases.sort_by_key(fs::DirEntry::file_name);
    for case in cases {
        let read = |name: &str| fs::read_to_string(case.path().join(name)).map_err(|error| format!("{name}: {error}"));
        let name = read("change")?.split_whitespace().nth(1).unwrap_or("O").to_owned();
        sources.push((case.file_name().to_string_lossy().into_owned(), read("in")?, name));
    }
    for seed in 1..=GENERATED {
        sources.push((format!("generated {seed}"), generated(seed), "O".to_owned()));
    }
    let (mut texts, mut refused) = (Vec::new(), 0);
    for (label, text, name) in sources {
        let change = Change::new(&[&name], Action::Append(FLAG.to_owned()));
        match edit(Syntax::Env, text.as_bytes(), &[change]) {
            Ok(new) => {
                let text = String::from_utf8(new).map_err(|error| error.to_string())?;
                texts.push(Sample { label: format!("{label}{EDITED}"), text, name: name.clone(), edited: true });
            }
            Err(_) => refused += 1,
        }
        texts.push(Sample { label, text, name, edited: false });
    }
    Ok((texts, refused))
}

/// What files are made of that somebody, or something, wrote.
#[rustfmt::skip]
const PARTS: [&str; 34] = [
    "O=", "O=", "O=\"--a --b\"", "O='--c'", "P=", "\"", "'", "\\", "\n", "\n", "\n", "\n", " ", "#", "--a", "x", ";", "export ",
    "$P", "\r\n", "&&", "é", "[", "~/", "\\\n", "(", "\t", "O", "+=", "if :; then\n", "fi\n", "O=\"--d \\\n  --e\"\n", "# c \\\n", " # c\n",
];

fn generated(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    (0..2 + dice.below(9)).map(|_| dice.one(&PARTS)).collect()
}

/// Writes every file, and what systemd or OpenRC needs to read it.
fn prepare(bench: &mut Bench, texts: &[Sample]) -> Result<(), String> {
    bench.must(&format!("mkdir -p {FOLDER}/empty /etc/conf.d"))?;
    let words = "#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done\n";
    bench.write(&format!("{FOLDER}/words"), words)?;
    bench.must(&format!("chmod +x {FOLDER}/words"))?;
    for (number, Sample { text, name, .. }) in texts.iter().enumerate() {
        bench.write(&format!("{FOLDER}/{number}.env"), text)?;
        bench.write(&format!("{FOLDER}/{number}.name"), name)?;
        match bench.machine.spec.init {
            Init::Systemd => bench.write(
                &format!("/run/systemd/system/reader-{number}.service"),
                &format!(
                    "[Service]\nType=oneshot\nWorkingDirectory={FOLDER}/empty\nEnvironmentFile={FOLDER}/{number}.env\n\
                     ExecStart={FOLDER}/words \"${{{name}}}\" ${name}\nStandardOutput=file:{FOLDER}/{number}.systemd\n"
                ),
            )?,
            Init::Openrc => {
                bench.write(&format!("/etc/conf.d/reader{number}"), text)?;
                let service = format!("#!/sbin/openrc-run\ncommand={FOLDER}/words\ncommand_args=\"${name}\"\n");
                bench.write(&format!("/etc/init.d/reader{number}"), &service)?;
            }
            Init::Sysvinit => {}
        }
    }
    Ok(())
}

/// Sources each file in each shell, without a way to run anything, and prints the value and its words.
fn shell_script() -> String {
    let read = "PATH=/nonexistent; w() { for x; do printf \"%s\\0\" \"$x\"; done; }
        . \"$1\" >/dev/null 2>&1 </dev/null
        eval \"v=\\$$2\"; w \"$v\" $v";
    let mut script = format!("cd {FOLDER}/empty\nfor f in ../*.env; do n=$(cat ${{f%.env}}.name)\n");
    for (name, command) in SHELLS {
        let _ = writeln!(script, "{command} -c '{read}' sh $f $n >${{f%.env}}.{name} 2>/dev/null");
    }
    script + "done; true"
}

/// OpenRC sources the file of a service and evaluates its arguments once more. What it says itself comes before ` ...`, and has no NUL behind it.
const OPENRC: &str = "cd /root/readers/empty; chmod +x /etc/init.d/reader*; for f in ../*.env; do n=${f##*/}; n=${n%.env}
    rc-service --nodeps reader$n start >../$n.openrc 2>/dev/null </dev/null; rc-service reader$n zap >/dev/null 2>&1; done; true";

/// What a real reader saw; nothing where `OpenRC` did not get so far as to start the service.
fn look(bench: &Bench, number: usize, reader: &str) -> Option<Seen> {
    let bytes = fs::read(bench.machine.path(&format!("{FOLDER}/{number}.{reader}"))).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let text = if reader == "openrc" { text.split_once(" ...")?.1.to_owned() } else { text };
    let end = text.rfind('\0').map_or(0, |end| end);
    let mut words = text[..end].split('\0').map(str::to_owned).collect::<Vec<_>>();
    if text.is_empty() || reader == "openrc" {
        words.retain(|_| !text.is_empty() && end > 0);
        return Some((None, words));
    }
    let value = words.remove(0);
    Some((Some(value), words))
}

/// What regdoctor says that the reader sees; nothing where it says that this cannot be known.
fn claimed(text: &Sample, reader: &str, systemd: Option<Release>) -> Option<Seen> {
    if reader == "systemd" {
        let value = pairs(&text.text, systemd?).into_iter().rfind(|pair| pair.name == text.name).map(|pair| pair.value);
        let value = value.unwrap_or_default();
        return Some((Some(value.clone()), split_systemd_words(&value)));
    }
    let value = shell_value(&text.text, &text.name).ok()?.unwrap_or_default();
    match reader {
        "openrc" => Some((None, split_openrc_words(&value)?)),
        _ => Some((Some(value.clone()), split_shell_words(&value))),
    }
}

/// `systemd 247 (247.3-7+deb11u5)`
fn release(version: &str) -> Result<Release, String> {
    let number = version.split_whitespace().nth(1).and_then(|number| number.parse::<u32>().ok());
    Ok(match number.ok_or("no version of systemd")? {
        ..=240 => Release::UpTo240,
        241..=253 => Release::UpTo253,
        254.. => Release::Since254,
    })
}
