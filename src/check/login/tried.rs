//! What the registry said to the stored login.

use super::{CREDENTIALS_EXPIRED_OR_ALTERED, DENIED_NO_PERMISSION, TOKEN_INSTEAD_OF_PASSWORD_REQUIRED, login_command};
use crate::check::{Meeting, words};
use crate::model::finding::{Finding, Severity};
use crate::model::trace::{Login, LoginSource, TokenAnswer};

pub(super) fn passed(login: &Login) -> String {
    let who = login.user.as_deref().map_or_else(|| "a token".to_string(), words::shown);
    format!("{who}, from {}", source(&login.source))
}

fn source(source: &LoginSource) -> String {
    match source {
        LoginSource::File { path, .. } => path.display().to_string(),
        LoginSource::Helper { program } => words::shown(program),
    }
}

pub(super) fn finding(meeting: &Meeting<'_>, login: &Login) -> Option<Finding> {
    rejected(meeting, login).or_else(|| denied(meeting, login))
}

/// The words of registries that want a token where a password was given.
const WANTS_TOKEN: &[&str] = &["personal access token", "access token", "two-factor", "2fa", "cli secret", "api key"];

fn rejected(meeting: &Meeting<'_>, login: &Login) -> Option<Finding> {
    let by_token = login.tokens.iter().find_map(|tried| match tried.answer {
        TokenAnswer::Refused(status @ (400 | 401 | 403)) => Some(status),
        _ => None,
    });
    let (what, status) = match (login.base.status(), by_token) {
        (Some(status @ (401 | 403)), _) => ("the registry", status),
        (_, Some(status)) => ("the token server", status),
        _ => return None,
    };
    let body = login.base.answer().map(|(_, answer)| answer.body.to_ascii_lowercase()).unwrap_or_default();
    let wants_token = WANTS_TOKEN.iter().any(|words| body.contains(words));
    let cause = if wants_token { &TOKEN_INSTEAD_OF_PASSWORD_REQUIRED } else { &CREDENTIALS_EXPIRED_OR_ALTERED };
    let finding = Finding::new(cause, meeting.trace.registry.to_string())
        .evidence(format!("the login is that of {}", passed(login)))
        .evidence(format!("{what} answers it with {status}"))
        .leads_to(words::docker_says("unauthorized: incorrect username or password, or authentication required"));
    let finding = if wants_token {
        finding
            .evidence("it asks for a token in place of the password")
            .advice("make an access token, and log in with it")
    } else {
        finding.advice("log in again; give the password by `--password-stdin`, so that no shell changes it")
    };
    Some(finding.fix(login_command(meeting)))
}

/// The login is right, and may not do this. That it may only pull is how most logins are meant.
fn denied(meeting: &Meeting<'_>, login: &Login) -> Option<Finding> {
    let repository = meeting.trace.repository.as_deref()?;
    let lacks = |action: &str| {
        let tried = login.tokens.iter().find(|tried| tried.wanted.iter().any(|one| one == action));
        tried
            .and_then(|tried| tried.granted.as_ref())
            .is_some_and(|granted| !granted.iter().any(|one| one == action || one == "*"))
    };
    let refused = |status: Option<u16>| matches!(status, Some(401 | 403));
    let challenge = login.manifest.answer().and_then(|(_, answer)| answer.header("www-authenticate"));
    if challenge.is_some_and(|challenge| challenge.contains("invalid_token")) {
        // The registry rejects what its own token server gave: that is no question of rights.
        return None;
    }
    let no_pull = refused(login.manifest.status());
    let no_push = login.upload.seen().is_some_and(|upload| refused(upload.start.status()));
    if !no_pull && !no_push {
        return None;
    }
    let subject = format!("{}/{repository}", meeting.trace.registry);
    let mut finding =
        Finding::new(&DENIED_NO_PERMISSION, subject).evidence(format!("the login is that of {}", passed(login)));
    if no_pull {
        let status = login.manifest.status().unwrap_or_default();
        finding = finding.evidence(format!("asked for the image with it, the registry answers {status}"));
    }
    if no_push {
        let status = login.upload.seen().and_then(|upload| upload.start.status()).unwrap_or_default();
        finding = finding.evidence(format!("asked to start an upload with it, the registry answers {status}"));
    }
    for action in ["pull", "push"].into_iter().filter(|action| lacks(action)) {
        finding = finding.evidence(format!("its token does not grant {action} for {repository}"));
    }
    let finding = if no_pull {
        finding
            .leads_to(words::docker_says("pull access denied, or denied: requested access to the resource is denied"))
    } else {
        finding
            .severity(Severity::Warning)
            .leads_to(words::docker_says("denied: requested access to the resource is denied, on push; pull works"))
    };
    Some(
        finding.advice(
            "whoever runs the registry can give that account the right, or make the repository or project first",
        ),
    )
}
