use super::super::testing::{self, answer, meet, only, reached};
use super::*;
use crate::model::facts::{Facts, LoginEntry, LoginFile, LoginState, Packaging, Reader};
use crate::model::trace::{
    Challenge, HelperOutcome, HelperRun, Http, Login, LoginSource, TokenAnswer, TokenTry, Trace, Upload,
};

fn file(reader: Reader, path: &str, keys: &[&str]) -> LoginFile {
    let entry = |key: &&str| LoginEntry { key: (*key).into(), line: 4, user: Some("ann".into()), has_secret: true };
    LoginFile {
        path: path.into(),
        reader,
        state: LoginState::Read,
        entries: keys.iter().map(entry).collect(),
        store: None,
        helpers: Vec::new(),
    }
}

fn own(keys: &[&str]) -> LoginFile {
    file(Reader::ThisPerson, "/home/ann/.docker/config.json", keys)
}

fn asks(scheme: &str) -> Auth {
    let realm = ("realm".to_string(), "https://auth.lan/token".to_string());
    Auth { challenges: vec![Challenge { scheme: scheme.into(), parameters: vec![realm] }], ..Auth::default() }
}

fn with(scheme: &str, change: impl FnOnce(&mut Facts, &mut Trace)) -> Verdict {
    let (mut facts, mut trace) = (testing::healthy(), testing::lab().trace);
    trace.repository = Some("team/app".into());
    testing::asks_login(&mut trace, asks(scheme));
    trace.manifest = reached(answer("https", 401, &[], ""));
    change(&mut facts, &mut trace);
    meet(run, &facts, &trace)
}

fn upload(status: u16) -> Upload {
    let start = answer("https", status, &[], "");
    Upload { start, location: None, resolved: None, elsewhere: None, cancelled: None }
}

fn login(base: u16, manifest: u16, push: u16) -> Login {
    Login {
        source: LoginSource::File { path: "/home/ann/.docker/config.json".into(), key: "reg.lan:5000".into() },
        user: Some("ann".into()),
        because: "its certificate is trusted".into(),
        base: reached(answer("https", base, &[], "")),
        tokens: Vec::new(),
        manifest: reached(answer("https", manifest, &[], "")),
        upload: reached(upload(push)),
    }
}

#[test]
fn a_login_that_is_right() {
    assert_eq!(meet(run, &testing::healthy(), &testing::lab().trace), Verdict::NotApplicable);
    let passed = with("Basic", |_, trace| trace.login = reached(login(200, 200, 202)));
    assert_eq!(passed, Verdict::Passed("ann, from /home/ann/.docker/config.json".into()));
    assert_eq!(with("Basic", |_, _| ()), Verdict::Skipped("none is stored for it on this host".into()));
    let untried = with("Basic", |facts, trace| {
        facts.logins = vec![own(&["reg.lan:5000"])];
        trace.login = Layer::skipped("the connection is not trusted, so no login was sent");
    });
    assert!(matches!(untried, Verdict::Skipped(why) if why.contains("no login was sent")));
}

#[test]
fn a_login_that_is_rejected() {
    let finding = only(with("Basic", |_, trace| trace.login = reached(login(401, 401, 401))));
    assert_eq!(finding.cause.slug, "credentials-expired-or-altered");
    assert_eq!(finding.remedy.commands, ["docker login reg.lan:5000"]);
    let by_token = only(with("Bearer", |_, trace| {
        let refused = TokenTry { wanted: vec!["pull".into()], answer: TokenAnswer::Refused(401), granted: None };
        trace.login = reached(Login { tokens: vec![refused], ..login(200, 401, 401) });
    }));
    assert_eq!(by_token.cause.slug, "credentials-expired-or-altered");
    let wants_token = only(with("Basic", |_, trace| {
        let base: Http = answer("https", 401, &[], "HTTP Basic: Access denied. Use a personal access token");
        trace.login = reached(Login { base: reached(base), ..login(401, 401, 401) });
    }));
    assert_eq!(wants_token.cause.slug, "token-instead-of-password-required");
}

#[test]
fn a_login_without_rights() {
    let none = only(with("Bearer", |_, trace| {
        let granted = TokenTry { wanted: vec!["pull".into()], answer: TokenAnswer::Granted, granted: Some(Vec::new()) };
        trace.login = reached(Login { tokens: vec![granted], ..login(200, 403, 403) });
    }));
    assert_eq!((none.cause.slug, none.severity), ("denied-no-permission", Severity::Error));
    assert!(none.evidence.iter().any(|line| line == "its token does not grant pull for team/app"));
    let reader = only(with("Basic", |_, trace| trace.login = reached(login(200, 200, 403))));
    assert_eq!((reader.cause.slug, reader.severity), ("denied-no-permission", Severity::Warning));
}

#[test]
fn a_login_that_is_somewhere_else() {
    for key in ["reg.lan", "reg.lan:443", "https://reg.lan:5001/v1/", "10.0.0.7:5000", "REG.lan:5000"] {
        let finding = only(with("Basic", |facts, _| facts.logins = vec![own(&[key])]));
        assert_eq!(finding.cause.slug, "login-stored-under-other-name", "{key}");
    }
    let root = file(Reader::Other("root".into()), "/root/.docker/config.json", &["reg.lan:5000"]);
    let finding = only(with("Basic", |facts, _| facts.logins = vec![own(&[]), root]));
    assert_eq!(finding.cause.slug, "login-in-other-users-config");
    let unreadable = LoginFile { state: LoginState::Denied, ..own(&[]) };
    let finding = only(with("Basic", |facts, _| facts.logins = vec![unreadable]));
    assert_eq!(finding.remedy.commands, ["sudo chown ann /home/ann/.docker/config.json"]);
    let snap = only(with("Basic", |facts, _| {
        facts.engines[0].packaging = Packaging::Snap;
        facts.logins = vec![own(&["reg.lan:5000"])];
        facts.logins[0].entries[0].has_secret = false;
    }));
    assert_eq!(snap.cause.slug, "snap-docker-paths");
}

#[test]
fn a_helper_that_does_not_help() {
    let rows = [
        (HelperOutcome::Missing, "executable file not found in $PATH"),
        (HelperOutcome::Refused("gpg: decryption failed".into()), "gpg: decryption failed"),
        (HelperOutcome::TimedOut, "nothing, and waits"),
        (HelperOutcome::Unreadable, "error getting credentials"),
    ];
    for (outcome, words) in rows {
        let finding = only(with("Basic", |facts, trace| {
            facts.logins = vec![LoginFile { store: Some("pass".into()), ..own(&[]) }];
            trace.helper = reached(HelperRun { program: "docker-credential-pass".into(), outcome });
        }));
        assert_eq!(finding.cause.slug, "credential-helper-unusable");
        assert!(finding.consequence.unwrap().contains(words), "{words}");
    }
}

#[test]
fn an_image_for_everybody_behind_a_challenge() {
    let finding = only(with("Basic", |_, trace| trace.manifest = reached(answer("https", 200, &[], ""))));
    assert_eq!(finding.cause.slug, "anonymous-pull-not-enabled");
    let swarm = only(with("Basic", |facts, trace| {
        facts.engines[0].effective.as_mut().unwrap().swarm = true;
        trace.login = reached(login(200, 200, 202));
    }));
    assert_eq!((swarm.cause.slug, swarm.severity), ("swarm-nodes-not-authenticated", Severity::Info));
}
