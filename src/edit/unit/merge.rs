//! Puts a unit and its drop-ins together, as systemd does: later files add, an empty value starts over.

use super::parse::Entry;

/// A value and where it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub value: String,
    pub file: String,
    pub line: usize,
}

/// The values of a key that are left over all files, given in the order systemd reads them. For a key that holds one
/// value, the last counts.
#[must_use]
pub fn merge(files: &[(&str, &[Entry])], section: &str, key: &str) -> Vec<Origin> {
    let mut values = Vec::new();
    for (file, entries) in files {
        for entry in entries.iter().filter(|entry| entry.section == section && entry.key == key) {
            if entry.value.is_empty() {
                values.clear();
            } else {
                values.push(Origin { value: entry.value.clone(), file: (*file).to_owned(), line: entry.line });
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    #[test]
    fn an_empty_value_starts_over() {
        let unit = parse("[Service]\nExecStart=/a\nEnvironment=A=1\n[Unit]\nEnvironment=no\n");
        let first = parse("[Service]\nExecStart=\nExecStart=/b\nEnvironment=B=2\n");
        let files: [(&str, &[Entry]); 2] = [("docker.service", &unit), ("10.conf", &first)];
        let origin = |value: &str, file: &str, line| Origin { value: value.into(), file: file.into(), line };
        assert_eq!(merge(&files, "Service", "ExecStart"), [origin("/b", "10.conf", 3)]);
        let both = [origin("A=1", "docker.service", 3), origin("B=2", "10.conf", 4)];
        assert_eq!(merge(&files, "Service", "Environment"), both);
        assert_eq!(merge(&files, "Service", "User"), []);
    }
}
