use super::super::testing::{self, only};
use super::*;
use crate::model::facts::ImageStore;
use crate::model::finding::Confidence;

fn with(certs: RegistryCerts) -> Verdict {
    bent(|engine| engine.certs.registries.push(certs))
}

fn bent(change: impl FnOnce(&mut EngineFacts)) -> Verdict {
    let mut engine = testing::engine();
    change(&mut engine);
    run(&testing::healthy(), Some(&engine))
}

#[test]
fn a_healthy_host_passes() {
    let lab = testing::lab();
    let pem = lab.authority.certificate_pem();
    let files = [("ca.crt", pem), ("client.cert", pem), ("client.key", ""), ("hosts.toml", ""), ("ca.pem", pem)];
    assert_eq!(
        with(testing::certs("reg.lan:5000", &files)),
        Verdict::Passed("1 folder under /etc/docker/certs.d".into())
    );
    assert_eq!(bent(|_| ()), Verdict::Passed("none under /etc/docker/certs.d".into()));
    assert!(matches!(with(testing::certs("[::1]:5000", &[])), Verdict::Passed(_)));
}

#[test]
fn names_that_never_match() {
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let rows: &[Row<'_>] = &[
        (
            "https:",
            &[("reg.lan:5000/", "")],
            &["sudo mv -n /etc/docker/certs.d/https:/reg.lan:5000 /etc/docker/certs.d/reg.lan:5000"],
        ),
        ("my_reg:5000", &[], &[]),
        ("_default", &[], &[]),
        ("reg.lan_5000_", &[], &[]),
        ("::1", &[], &["sudo mv -n /etc/docker/certs.d/::1 '/etc/docker/certs.d/[::1]'"]),
        ("reg.lan:5000 ", &[], &["sudo mv -n '/etc/docker/certs.d/reg.lan:5000 ' /etc/docker/certs.d/reg.lan:5000"]),
        ("REG.lan:5000", &[], &["sudo mv -n /etc/docker/certs.d/REG.lan:5000 /etc/docker/certs.d/reg.lan:5000"]),
    ];
    for (name, files, commands) in rows {
        let finding = only(with(testing::certs(name, files)));
        assert_eq!(finding.cause.slug, "certs-d-wrong-dir", "{name}");
        assert_eq!(finding.remedy.commands, *commands, "{name}");
    }
    let containerd = bent(|engine| {
        engine.effective.as_mut().unwrap().image_store = ImageStore::Containerd;
        engine.certs.registries.push(testing::certs("_default", &[]));
    });
    assert!(matches!(containerd, Verdict::Passed(_)));
}

#[test]
fn files_where_folders_belong() {
    let loose = |name: &str| {
        let mut certs = testing::certs(name, &[]);
        certs.not_a_folder = true;
        only(with(certs))
    };
    assert_eq!(loose("ca.crt").severity, Severity::Warning);
    let registry = loose("reg.lan:5000");
    assert_eq!((registry.severity, registry.confidence), (Severity::Error, Confidence::Likely));
}

#[test]
fn file_names_and_forms() {
    let lab = testing::lab();
    let pem = lab.authority.certificate_pem();
    let folder = "/etc/docker/certs.d/reg.lan:5000";
    let rows: &[(&str, &str, Severity, Option<String>)] = &[
        ("ca.cert", pem, Severity::Error, Some(format!("sudo mv -n {folder}/ca.cert {folder}/ca.crt"))),
        ("client.key", "", Severity::Error, None),
        ("ca.crt/", "", Severity::Error, None),
        ("ca.pem", pem, Severity::Warning, Some(format!("sudo mv -n {folder}/ca.pem {folder}/ca.crt"))),
        ("ca.CRT", pem, Severity::Warning, Some(format!("sudo mv -n {folder}/ca.CRT {folder}/ca.crt"))),
        (
            "ca.crt",
            "0\u{fffd}\u{3}\u{fffd}",
            Severity::Warning,
            Some(format!(
                "sudo openssl x509 -inform der -in {folder}/ca.crt -out {folder}/ca.crt.pem && sudo mv {folder}/ca.crt.pem {folder}/ca.crt"
            )),
        ),
        ("ca.crt", "", Severity::Warning, None),
        ("ca.crt", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", Severity::Warning, None),
    ];
    for (name, text, severity, command) in rows {
        let finding = only(with(testing::certs("reg.lan:5000", &[(name, text)])));
        assert_eq!(finding.cause.slug, "certs-d-wrong-file-name", "{name}");
        assert_eq!((finding.severity, finding.remedy.commands.first()), (*severity, command.as_ref()), "{name}");
    }
}

#[test]
fn garbage_is_fatal_with_the_containerd_store() {
    let finding = only(bent(|engine| {
        engine.effective.as_mut().unwrap().image_store = ImageStore::Containerd;
        engine.certs.registries.push(testing::certs("reg.lan:5000", &[("ca.crt", "nothing")]));
    }));
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.consequence.unwrap().contains("unable to load CA cert"));
}

#[test]
fn closed_folders() {
    let mut engine = testing::engine();
    engine.certs.unreadable = Some("permission denied".into());
    let mut facts = testing::healthy();
    assert!(matches!(run(&facts, Some(&engine)), Verdict::Skipped(_)));
    engine.packaging = Packaging::Rootless;
    let finding = only(run(&facts, Some(&engine)));
    assert_eq!(finding.cause.slug, "certs-d-unreadable");
    assert_eq!(finding.remedy.commands, ["sudo chown -R ann /etc/docker/certs.d && chmod -R u+rX /etc/docker/certs.d"]);
    engine.packaging = Packaging::DockerCe;
    facts.identity.uid = 0;
    assert_eq!(only(run(&facts, Some(&engine))).remedy.commands, ["restorecon -Rv /etc/docker/certs.d"]);
    facts.identity.uid = 1000;
    engine.certs.unreadable = None;
    let mut certs = testing::certs("reg.lan:5000", &[]);
    certs.unreadable = true;
    engine.certs.registries.push(certs);
    assert!(matches!(run(&facts, Some(&engine)), Verdict::Skipped(_)));
}
