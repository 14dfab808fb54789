//! The os-release format as real files have it: shell-like assignments that no shell is asked about.
//!
//! Nothing is expanded, the last of several assignments counts, and what the format forbids (capitals in an id,
//! blanks without quotes) is read as it was meant.

use super::{Told, version};

pub(super) fn parse(text: &str) -> Told {
    let value = |key| assigned(text, key).filter(|value| !value.is_empty());
    let id = value("ID").map_or_else(|| "linux".to_string(), |id| id.to_lowercase());
    let like = value("ID_LIKE").unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
    let version = value("VERSION_ID").and_then(|text| version(&text));
    let title = value("NAME").map(|name| titled(&name, version.as_deref()));
    let name = value("PRETTY_NAME").or(title).unwrap_or_else(|| id.clone());
    Told { id, like, version, name }
}

fn titled(name: &str, version: Option<&str>) -> String {
    version.map_or_else(|| name.to_string(), |version| format!("{name} {version}"))
}

/// The value of the last assignment to `wanted`, as os-release and lsb-release write assignments.
pub(super) fn assigned(text: &str, wanted: &str) -> Option<String> {
    text.trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| key.trim() == wanted)
        .map(|(_, value)| unquoted(value.trim()))
        .next_back()
}

fn unquoted(value: &str) -> String {
    if let Some(rest) = value.strip_prefix('\'') {
        return rest.split('\'').next().unwrap_or_default().trim().to_string();
    }
    let (rest, quoted) = value.strip_prefix('"').map_or((value, false), |rest| (rest, true));
    let mut out = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted => break,
            '\\' => out.push(chars.next().unwrap_or('\\')),
            // A blank ends no value here (Wind River has unquoted ones), but a comment does.
            '#' if !quoted && out.ends_with(char::is_whitespace) => break,
            _ => out.push(c),
        }
    }
    out.trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, id, alike, version, name.
    type Row = (&'static str, &'static str, &'static [&'static str], Option<&'static str>, &'static str);

    #[test]
    fn reads_what_real_files_say() {
        let rows: [Row; 17] = [
            (
                "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"",
                "debian",
                &[],
                Some("12"),
                "Debian GNU/Linux 12 (bookworm)",
            ),
            (
                "PRETTY_NAME=\"Debian GNU/Linux forky/sid\"\nID=debian\nVERSION_CODENAME=forky",
                "debian",
                &[],
                None,
                "Debian GNU/Linux forky/sid",
            ),
            (
                "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"22\"\nPRETTY_NAME=\"Linux Mint 22\"",
                "linuxmint",
                &["ubuntu", "debian"],
                Some("22"),
                "Linux Mint 22",
            ),
            ("ID=Deepin\nVERSION_ID=\"20.9\"\nPRETTY_NAME=\"Deepin 20.9\"", "deepin", &[], Some("20.9"), "Deepin 20.9"),
            (
                "ID=\"openEuler\"\nVERSION_ID=\"24.03\"\nNAME=\"openEuler\"",
                "openeuler",
                &[],
                Some("24.03"),
                "openEuler 24.03",
            ),
            (
                "ID=\"XCP-ng\"\nID_LIKE=\"centos rhel fedora\"\nVERSION_ID=\"7.4.0\"\nPRETTY_NAME=\"XCP-ng 7.4.0\"",
                "xcp-ng",
                &["centos", "rhel", "fedora"],
                Some("7.4.0"),
                "XCP-ng 7.4.0",
            ),
            (
                "ID=nixos\nID_LIKE=\"\"\nVERSION_ID=\"25.05\"\nPRETTY_NAME=\"NixOS 25.05 (Warbler)\"",
                "nixos",
                &[],
                Some("25.05"),
                "NixOS 25.05 (Warbler)",
            ),
            (
                "ID=rancheros\nID_LIKE=\nVERSION_ID=v1.4.2\nPRETTY_NAME=\"RancherOS v1.4.2\"",
                "rancheros",
                &[],
                Some("v1.4.2"),
                "RancherOS v1.4.2",
            ),
            ("ID=arch\nVERSION_ID=TEMPLATE_VERSION_ID\nPRETTY_NAME=\"Arch Linux\"", "arch", &[], None, "Arch Linux"),
            ("ID=manjaro\nID_LIKE=arch\nPRETTY_NAME=\"Manjaro Linux\"", "manjaro", &["arch"], None, "Manjaro Linux"),
            (
                "ID=wrlinux\nNAME=Wind River Linux\nVERSION=7.0.0.2\nVERSION_ID=7.0.0.2\nPRETTY_NAME=Wind River Linux 7.0.0.2",
                "wrlinux",
                &[],
                Some("7.0.0.2"),
                "Wind River Linux 7.0.0.2",
            ),
            (
                "ID=clear-linux-os\nID_LIKE=clear-linux-os\nVERSION_ID=39150\nPRETTY_NAME=\"Clear Linux OS\"",
                "clear-linux-os",
                &["clear-linux-os"],
                Some("39150"),
                "Clear Linux OS",
            ),
            ("ID='void'\nNAME='Void'\nPRETTY_NAME='Void Linux'", "void", &[], None, "Void Linux"),
            ("ID=\"amzn\"\r\nID_LIKE=\"fedora\"\r\nVERSION_ID=\"2023\"\r\n", "amzn", &["fedora"], Some("2023"), "amzn"),
            (
                "# ID=debian\n  ID = ol\nVERSION_ID=\"7.4\" # note\nID=\"ol\"\n\nnonsense\n",
                "ol",
                &[],
                Some("7.4"),
                "ol",
            ),
            ("ID=fedora # not debian\nNAME=\"A \\\"B\\\" \\$C\nVERSION_ID=", "fedora", &[], None, "A \"B\" $C"),
            ("", "linux", &[], None, "linux"),
        ];
        for (text, id, like, version, name) in rows {
            let told = parse(text);
            assert_eq!((told.id.as_str(), told.name.as_str()), (id, name), "{text}");
            assert_eq!((told.like, told.version.as_deref()), (like.iter().map(ToString::to_string).collect(), version));
        }
    }

    #[test]
    fn the_last_assignment_counts() {
        assert_eq!(assigned("A=1\nA=2\nAB=3", "A").as_deref(), Some("2"));
        assert_eq!(assigned("\u{feff}A=\"x\"y", "A").as_deref(), Some("x"));
        assert_eq!(assigned("A='x\\", "A").as_deref(), Some("x\\"));
        assert_eq!(assigned("B=1", "A"), None);
    }
}
