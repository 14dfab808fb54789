//! What people paste, and what is none of it.

use super::*;

#[test]
fn reads_what_people_paste() {
    type Row<'a> = (&'a str, &'a str, Option<&'a str>, Option<&'a str>, usize);
    let rows: &[Row<'_>] = &[
        ("reg.lan", "reg.lan", None, None, 0),
        ("reg.lan:5000", "reg.lan:5000", None, None, 0),
        ("REG.lan:5000", "REG.lan:5000", None, None, 0),
        ("10.0.0.1:5000", "10.0.0.1:5000", None, None, 0),
        ("[::1]:5000", "[::1]:5000", None, None, 0),
        ("::1", "[::1]", None, None, 0),
        ("https://reg.lan:5000/v2/", "reg.lan:5000", None, None, 2),
        ("http://reg.lan", "reg.lan", None, None, 1),
        ("reg.lan:5000/team/app:tag", "reg.lan:5000", Some("team/app"), Some("tag"), 0),
        ("https://reg.lan/v2/_catalog?n=1", "reg.lan", None, None, 3),
        (
            "reg.lan:5000/app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "reg.lan:5000",
            Some("app"),
            Some("sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            0,
        ),
        ("  reg.lan:5000\n", "reg.lan:5000", None, None, 0),
    ];
    for (text, want, repository, reference, dropped) in rows {
        let pasted = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(pasted.entry_point.to_string(), *want, "{text}");
        assert_eq!(pasted.repository.as_deref(), *repository, "{text}");
        assert_eq!(pasted.reference.as_deref(), *reference, "{text}");
        assert_eq!(pasted.dropped.len(), *dropped, "{text}: {:?}", pasted.dropped);
    }
}

#[test]
fn refuses_nonsense() {
    use EntryPointError as E;
    let rows = [
        ("", E::Empty),
        ("a\u{1b}[31mb:5000", E::ControlCharacter),
        ("reg lan:5000", E::ControlCharacter),
        ("../etc/passwd", E::PathStep("..".into())),
        ("reg.lan:5000/../../etc", E::PathStep("..".into())),
        ("reg\\lan", E::PathStep("\\".into())),
        ("ftp://reg.lan", E::Scheme("ftp".into())),
        ("bob:pw@reg.lan", E::UserInfo("bob".into())),
        ("my_reg:5000", E::Host("my_reg:5000".into())),
        ("*.lan", E::Host("*.lan".into())),
        ("reg:99999", E::Port("99999".into())),
        ("reg:", E::Port(String::new())),
        ("reg:+80", E::Port("+80".into())),
        ("reg:5000:5000", E::Port("5000:5000".into())),
        ("reg:5000/Team/App", E::Repository("Team/App".into())),
        ("reg:5000/app:ta$g", E::Reference("ta$g".into())),
        ("[::1", E::Host("[::1".into())),
        ("-reg", E::Host("-reg".into())),
    ];
    for (text, want) in rows {
        assert_eq!(parse(text), Err(want), "{text}");
    }
}
