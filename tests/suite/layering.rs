//! Which folder of `src` may use which: the table, held to every path that leaves a folder. Tests may use anything.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// Each folder, and the folders that it may use. `cli` may use all.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("cert", &["model"]),
    ("edit", &["model"]),
    ("distro", &["model"]),
    ("host", &["model"]),
    ("probe", &["model", "cert"]),
    ("client", &["model", "cert", "probe"]),
    ("deploy", &["model"]),
    ("registry", &["model", "cert"]),
    ("apply", &["model", "host"]),
    ("plan", &["model", "edit"]),
    ("engine", &["model", "edit", "cert"]),
    ("facts", &["model", "distro", "engine", "edit", "cert"]),
    ("check", &["model", "cert", "engine"]),
    ("report", &["model", "check", "engine"]),
];

#[test]
fn every_folder_uses_only_what_it_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut table = String::new();
    for path in code(&src) {
        let file = path.strip_prefix(&src).unwrap();
        let steps: Vec<&str> = file.iter().map(|step| step.to_str().unwrap()).collect();
        let [folder, .., name] = steps.as_slice() else { continue };
        if *folder == "cli" {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(one, _)| one == folder) else {
            writeln!(table, "src/{}: {folder} is not in the table", file.display()).unwrap();
            continue;
        };
        let depth = if *name == "mod.rs" { steps.len() - 1 } else { steps.len() };
        for (line, text) in statements(&fs::read_to_string(&path).unwrap()) {
            for used in roots(&text, depth).iter().filter(|used| *used != *folder && !allowed.contains(&used.as_str()))
            {
                writeln!(table, "src/{} line {line}: {folder} may not use {used}", file.display()).unwrap();
            }
        }
    }
    assert!(table.is_empty(), "\n{table}");
}

/// The source files that are no tests.
fn code(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap();
        if name == "tests" || name == "testing" || name.ends_with("_tests") || is_test_module(folder, name) {
            continue;
        }
        if path.is_dir() {
            found.extend(code(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The folder's module declares it with `#[cfg(test)]`.
fn is_test_module(folder: &Path, name: &str) -> bool {
    let declaration = [format!("#[cfg(test)]\nmod {name};"), format!("#[cfg(test)]\npub(crate) mod {name};")];
    let parents = [folder.join("mod.rs"), folder.join("lib.rs"), folder.with_extension("rs")];
    let texts = parents.iter().filter_map(|parent| fs::read_to_string(parent).ok());
    texts.into_iter().any(|text| declaration.iter().any(|one| text.contains(one.as_str())))
}

/// Lines of code, a group of names with all the lines that it spans.
fn statements(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for (number, line) in lines_of_code(text) {
        match found.last_mut() {
            Some((_, open)) if open.contains("crate::{") && !open.contains(';') => open.push_str(line),
            _ => found.push((number, line.to_string())),
        }
    }
    found
}

/// Lines with their numbers, without comments and without what stands behind `#[cfg(test)]`, which comes last.
fn lines_of_code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let mut rest = numbered.peekable();
    let mut skipped: Option<String> = None;
    std::iter::from_fn(move || {
        loop {
            let (number, line) = rest.next()?;
            if let Some(end) = &skipped {
                if line == end {
                    skipped = None;
                }
                continue;
            }
            if line.trim() == "#[cfg(test)]" {
                let indent = &line[..line.len() - line.trim_start().len()];
                // The next item ends with its own closing brace, or on its own line.
                let opens = loop {
                    match rest.peek() {
                        Some((_, next)) if next.trim_start().starts_with("#[") && !next.trim_end().ends_with('{') => {
                            rest.next();
                        }
                        next => break next.is_some_and(|(_, next)| next.trim_end().ends_with('{')),
                    }
                };
                if opens {
                    skipped = Some(format!("{indent}}}"));
                } else {
                    rest.next();
                }
                continue;
            }
            if !line.trim_start().starts_with("//") {
                return Some((number, line));
            }
        }
    })
}

static FROM_ROOT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bcrate::(?:(\w+)|\{([^;]*))").unwrap());
static FROM_HERE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b((?:super::)+)(\w+)").unwrap());

/// The folders at the crate's root that a line names, from a module this deep.
fn roots(line: &str, depth: usize) -> Vec<String> {
    let mut found = Vec::new();
    for captures in FROM_ROOT.captures_iter(line) {
        match (captures.get(1), captures.get(2)) {
            (Some(name), _) => found.push(name.as_str().to_string()),
            (_, group) => found.extend(heads(group.map_or("", |group| group.as_str()))),
        }
    }
    for captures in FROM_HERE.captures_iter(line) {
        if captures[1].matches("super").count() >= depth {
            found.push(captures[2].to_string());
        }
    }
    found
}

/// The first names of `a::b, c::{d, e}, f`.
fn heads(group: &str) -> Vec<String> {
    let mut nested = 0_usize;
    let mut heads = vec![String::new()];
    for character in group.chars() {
        match character {
            '{' => nested += 1,
            '}' => nested = nested.saturating_sub(1),
            ',' if nested == 0 => heads.push(String::new()),
            _ if nested == 0 => heads.last_mut().unwrap().push(character),
            _ => {}
        }
    }
    let first = |path: String| path.trim().split("::").next().unwrap_or_default().trim().to_string();
    heads.into_iter().map(first).filter(|head| !head.is_empty()).collect()
}

#[test]
fn the_table_is_held_to_every_form_of_a_path() {
    let rows: [(&str, usize, &[&str]); 7] = [
        ("use crate::model::ask::Ask;", 2, &["model"]),
        ("let found = crate::host::Live::new();", 2, &["host"]),
        ("use crate::{edit::json, model::{ask::Ask, plan}, host};", 2, &["edit", "model", "host"]),
        ("use super::flags;", 2, &[]),
        ("use super::super::host::Live;", 2, &["host"]),
        ("pub(crate) fn model() {}", 2, &[]),
        ("use super::cli;", 1, &["cli"]),
    ];
    for (line, depth, want) in rows {
        assert_eq!(roots(line, depth), want, "{line}");
    }
    let text = "use a;\n// crate::host\n#[cfg(test)]\nuse crate::host;\n#[cfg(test)]\n#[expect(x)]\nmod tests {\n    use crate::cli;\n}\nuse b;\n";
    assert_eq!(statements(text), [(1, "use a;".to_string()), (10, "use b;".to_string())]);
    assert_eq!(statements("use crate::{\n    a,\n    b,\n};\nc\n").len(), 2);
}
