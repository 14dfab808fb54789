//! Can people sign in, as the registry asks for it?

mod causes;
mod realm;

pub use causes::TOKEN_ENDPOINT_NOT_TRUSTED;

use super::reach;
use super::trust;
use super::words;
use super::{Check, Meeting, Run};
use crate::engine::docker;
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};
use crate::model::trace::{Auth, Challenge, Dns, Layer, TokenAnswer};
use realm::Trouble;

pub const CHECK: Check = Check {
    id: "sign-in",
    passed: "signing in is possible",
    topic: "sign-in",
    causes: &[
        &AUTH_CHALLENGE_MISSING,
        &TOKEN_REALM_WRONG_ADDRESS,
        &TOKEN_ENDPOINT_NOT_TRUSTED,
        &REGISTRY_AUTH_BACKEND_FAULT,
    ],
    run: Run::Registry(run),
};

pub const AUTH_CHALLENGE_MISSING: Cause = Cause {
    slug: "auth-challenge-missing",
    summary: "it demands a login and does not say how",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("auth-challenge-missing.md"),
    signs: include_str!("auth-challenge-missing.signs"),
};

pub const TOKEN_REALM_WRONG_ADDRESS: Cause = Cause {
    slug: "token-realm-wrong-address",
    summary: "it sends clients to a token server that they cannot use",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("token-realm-wrong-address.md"),
    signs: include_str!("token-realm-wrong-address.signs"),
};

pub const REGISTRY_AUTH_BACKEND_FAULT: Cause = Cause {
    slug: "registry-auth-backend-fault",
    summary: "its own login service fails",
    severity: Severity::Error,
    seen_from: &[Sight::Credentials, Sight::Server],
    page: include_str!("registry-auth-backend-fault.md"),
    signs: include_str!("registry-auth-backend-fault.signs"),
};

fn run(meeting: &Meeting<'_>) -> Verdict {
    if let Some(why) = reach::untrusted(meeting) {
        return Verdict::Skipped(why);
    }
    let Some((scheme, answer)) = reach::base(meeting) else {
        return Verdict::Skipped("no answer from the registry".into());
    };
    match (answer.status, &meeting.trace.auth) {
        (200, _) => Verdict::Passed("open to everyone".into()),
        (401, Layer::Reached { seen, .. }) => of_auth(meeting, scheme, seen),
        (401, Layer::NotReached(why)) => Verdict::Skipped(why.clone()),
        _ => Verdict::Skipped("the registry's answer is not one".into()),
    }
}

fn of_auth(meeting: &Meeting<'_>, scheme: &str, auth: &Auth) -> Verdict {
    let named = |name: &str| auth.challenges.iter().find(|challenge| challenge.scheme.eq_ignore_ascii_case(name));
    if let Some(bearer) = named("bearer") {
        return match untrusted_server(meeting, auth).or_else(|| unknown_to_the_system(meeting, auth)) {
            Some(finding) => Verdict::Found(vec![finding]),
            None => match unreached_server(meeting, auth, bearer) {
                Some(finding) => Verdict::Found(vec![finding]),
                None => of_token(meeting, scheme, bearer, auth.anonymous_token.as_ref()),
            },
        };
    }
    match named("basic") {
        Some(_) if scheme == "http" => Verdict::Passed("asks for a login (Basic), which travels unencrypted".into()),
        Some(_) => Verdict::Passed("asks for a login (Basic)".into()),
        None => Verdict::Found(vec![no_challenge(meeting, &auth.challenges)]),
    }
}

/// Nobody is there, at an address that this host cannot mean otherwise than Docker does.
fn unreached_server(meeting: &Meeting<'_>, auth: &Auth, bearer: &Challenge) -> Option<Finding> {
    let visit = auth.token_server.as_deref()?;
    let reason = match (&visit.dns, &visit.tcp) {
        (Layer::Reached { seen: Dns::NoSuchName, .. }, _) => {
            "asked for a token there: its name does not resolve".into()
        }
        (_, Layer::Reached { seen, .. }) if seen.connected().is_none() => {
            let last = seen.attempts.last()?;
            format!("asked for a token there: {} does not accept connections", last.address)
        }
        _ => return None,
    };
    Some(wrong_address(meeting, bearer.parameter("realm").unwrap_or_default(), &Trouble::likely(&reason)))
}

/// Reached, and with a certificate that Docker does not take from it.
fn untrusted_server(meeting: &Meeting<'_>, auth: &Auth) -> Option<Finding> {
    let visit = auth.token_server.as_deref()?;
    let refusal = trust::refusal(meeting, visit)?;
    let registry = subject(meeting);
    Some(
        Finding::new(&TOKEN_ENDPOINT_NOT_TRUSTED, registry.clone())
            .evidence(format!("the 401 of `/v2/` sends clients to {} for a token", words::shown(&visit.url)))
            .evidence(format!("for it Docker uses the certificates of {registry}, and with those: {refusal}"))
            .leads_to(words::docker_says(refusal))
            .advice("get the authority of the token server as PEM (here token-ca.crt), and trust it for the registry")
            .fix(words::regdoctor(meeting.facts, meeting.engine, &["trust", &registry, "--ca", "token-ca.crt"])),
    )
}

/// Reached, and trusted by what lies in certs.d alone, which containerd's image store leaves aside when it asks for tokens.
fn unknown_to_the_system(meeting: &Meeting<'_>, auth: &Auth) -> Option<Finding> {
    let visit = auth.token_server.as_deref()?;
    meeting.engine.filter(|engine| docker::asks_for_tokens_by_system_alone(engine))?;
    let refusal = trust::refusal_by_system(meeting, visit)?;
    let registry = subject(meeting);
    let authority = trust::authority_for(meeting, visit).map(|path| path.display().to_string());
    let file = authority.as_deref().unwrap_or("ca.crt");
    Some(
        Finding::new(&TOKEN_ENDPOINT_NOT_TRUSTED, registry.clone())
            .evidence(format!("the 401 of `/v2/` sends clients to {} for a token", words::shown(&visit.url)))
            .evidence("there, the containerd image store of this Docker goes by the system's certificates alone, not by certs.d")
            .leads_to(words::docker_says(format!("failed to fetch oauth token: {refusal}")))
            .advice("let the whole system trust its authority, or use the classic image store")
            .fix(words::regdoctor(meeting.facts, meeting.engine, &["trust", &registry, "--ca", file, "--system-store"])),
    )
}

fn no_challenge(meeting: &Meeting<'_>, challenges: &[Challenge]) -> Finding {
    let schemes: Vec<String> = challenges.iter().map(|challenge| words::shown(&challenge.scheme)).collect();
    Finding::new(&AUTH_CHALLENGE_MISSING, subject(meeting))
        .evidence(if schemes.is_empty() {
            "`/v2/` answers 401 without a header WWW-Authenticate".to_string()
        } else {
            format!("`/v2/` answers 401 and offers {}; Docker knows Basic and Bearer", schemes.join(", "))
        })
        .leads_to(words::docker_says("unauthorized: authentication required, whatever the password"))
        .advice("let the registry, or what stands in front of it, send WWW-Authenticate with every 401")
}

fn of_token(meeting: &Meeting<'_>, scheme: &str, bearer: &Challenge, token: Option<&TokenAnswer>) -> Verdict {
    let realm = bearer.parameter("realm").unwrap_or_default();
    let found = |finding: Finding| Verdict::Found(vec![finding]);
    match (realm::trouble(meeting, scheme, realm), token) {
        (Some(trouble), _) => found(wrong_address(meeting, realm, &trouble)),
        (None, Some(TokenAnswer::Unusable(reason))) => {
            let reason = format!("asked for a token, it could not be used: {}", words::shown(reason));
            found(wrong_address(meeting, realm, &Trouble::likely(&reason)))
        }
        (None, Some(TokenAnswer::Refused(404))) => {
            found(wrong_address(meeting, realm, &Trouble::likely("asked for a token, it answers 404 Not Found")))
        }
        (None, Some(TokenAnswer::Refused(status @ 500..=599))) => found(
            Finding::new(&REGISTRY_AUTH_BACKEND_FAULT, subject(meeting))
                .evidence(format!("{} answers {status} when asked for a token", words::shown(realm)))
                .leads_to("nobody can sign in, and images that are open to everyone cannot be pulled either")
                .advice("look into the log of the token server"),
        ),
        (None, _) => Verdict::Passed(format!("Bearer via {}", words::shown(realm::host(realm).unwrap_or(realm)))),
    }
}

fn wrong_address(meeting: &Meeting<'_>, realm: &str, trouble: &Trouble) -> Finding {
    let finding = Finding::new(&TOKEN_REALM_WRONG_ADDRESS, subject(meeting))
        .severity(trouble.severity)
        .evidence(format!("the 401 of `/v2/` names the token server \"{}\"", words::shown(realm)))
        .evidence(trouble.reason.clone())
        .leads_to(trouble.consequence.clone())
        .advice("set the registry's public address (realm, external URL, hostname) to what clients use");
    if trouble.certain { finding } else { finding.likely() }
}

fn subject(meeting: &Meeting<'_>) -> String {
    meeting.trace.registry.to_string()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, meet, only};
    use super::*;
    use crate::model::finding::Confidence;
    use crate::model::trace::{Trace, Visit};

    fn challenge(scheme: &str, realm: &str) -> Challenge {
        Challenge { scheme: scheme.into(), parameters: vec![("realm".into(), realm.into())] }
    }

    fn with(challenges: Vec<Challenge>, token: Option<TokenAnswer>) -> Verdict {
        let mut trace = testing::lab().trace;
        testing::asks_login(&mut trace, Auth { challenges, anonymous_token: token, ..Auth::default() });
        meet(run, &testing::healthy(), &trace)
    }

    #[test]
    fn a_healthy_registry_passes() {
        assert_eq!(meet(run, &testing::healthy(), &testing::lab().trace), Verdict::Passed("open to everyone".into()));
        assert_eq!(with(vec![challenge("Basic", "r")], None), Verdict::Passed("asks for a login (Basic)".into()));
        let bearer = || vec![challenge("Bearer", "https://auth.lan/token")];
        assert_eq!(with(bearer(), None), Verdict::Passed("Bearer via auth.lan".into()));
        assert!(matches!(with(bearer(), Some(TokenAnswer::Refused(401))), Verdict::Passed(_)));
        assert!(matches!(with(bearer(), Some(TokenAnswer::Granted)), Verdict::Passed(_)));
    }

    #[test]
    fn a_login_that_nobody_can_do() {
        for challenges in [Vec::new(), vec![challenge("Negotiate", "")]] {
            assert_eq!(only(with(challenges, None)).cause.slug, "auth-challenge-missing");
        }
    }

    #[test]
    fn token_servers_that_fail() {
        let bearer = |realm: &str, token| only(with(vec![challenge("Bearer", realm)], token));
        let rows = [
            ("", Confidence::Certain),
            ("Registry", Confidence::Certain),
            ("ftp://auth.lan/token", Confidence::Certain),
            ("https://", Confidence::Certain),
            ("https://localhost/token", Confidence::Certain),
            ("https://127.0.0.1:5001/token", Confidence::Certain),
            ("https://api./auth", Confidence::Likely),
        ];
        for (realm, confidence) in rows {
            let finding = bearer(realm, None);
            assert_eq!((finding.cause.slug, finding.confidence), ("token-realm-wrong-address", confidence), "{realm}");
        }
        assert_eq!(bearer("http://auth.lan/token", None).severity, Severity::Warning);
        let unusable = bearer("https://auth.lan/token", Some(TokenAnswer::Unusable("connection refused".into())));
        assert_eq!(unusable.confidence, Confidence::Likely);
        let fault = bearer("https://auth.lan/token", Some(TokenAnswer::Refused(500)));
        assert_eq!(fault.cause.slug, "registry-auth-backend-fault");
    }

    /// Docker verifies the token server with the registry's own certificates, which do not know this one.
    #[test]
    fn a_token_server_that_is_not_trusted() {
        let lab = testing::lab();
        let other = testing::lab_with(|request| request.names = vec!["auth.lan".into()]);
        let mut facts = testing::healthy();
        facts.engines[0].effective.as_mut().unwrap().insecure.clear();
        let pem = lab.authority.certificate_pem().to_string();
        facts.engines[0].certs.registries.push(testing::certs("reg.lan:5000", &[("ca.crt", &pem)]));
        let visit = Visit {
            url: "https://auth.lan/token?…".into(),
            dns: Layer::default(),
            tcp: Layer::default(),
            tls: other.trace.tls,
            http: Layer::default(),
        };
        let mut trace = lab.trace;
        let challenges = vec![challenge("Bearer", "https://auth.lan/token")];
        let auth = Auth { challenges, token_server: Some(Box::new(visit)), ..Auth::default() };
        testing::asks_login(&mut trace, auth);
        let finding = only(meet(run, &facts, &trace));
        assert_eq!(finding.cause.slug, "token-endpoint-not-trusted");
        assert_eq!(finding.remedy.commands, ["sudo regdoctor trust reg.lan:5000 --ca token-ca.crt"]);
        assert!(finding.consequence.unwrap().contains("certificate signed by unknown authority"));
        // What is not verified is not verified there either.
        assert!(matches!(meet(run, &testing::healthy(), &trace), Verdict::Passed(_)));
    }

    #[test]
    fn what_comes_before_is_left_before() {
        let skipped = |change: fn(&mut Trace)| {
            let mut trace = testing::lab().trace;
            change(&mut trace);
            meet(run, &testing::healthy(), &trace)
        };
        let broken = skipped(|trace| trace.http = testing::reached(testing::answer("https", 503, &[], "")));
        assert!(matches!(broken, Verdict::Skipped(_)));
        let unconnected = skipped(|trace| trace.tcp = Layer::NotReached("no".into()));
        assert_eq!(unconnected, Verdict::Skipped("no connection".into()));
    }
}
