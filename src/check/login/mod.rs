//! Logins: is there one, is it the right one, and may it do that?

mod causes;
mod stored;
#[cfg(test)]
mod tests;
mod tried;

pub use causes::{
    ANONYMOUS_PULL_NOT_ENABLED, CREDENTIAL_HELPER_UNUSABLE, CREDENTIALS_EXPIRED_OR_ALTERED, DENIED_NO_PERMISSION,
    HTPASSWD_HASH_UNSUPPORTED, LOGIN_IN_OTHER_USERS_CONFIG, LOGIN_STORED_UNDER_OTHER_NAME,
    SWARM_NODES_NOT_AUTHENTICATED, TOKEN_INSTEAD_OF_PASSWORD_REQUIRED,
};

use super::reach;
use super::words;
use super::{Check, Meeting, Run};
use crate::model::finding::{Finding, Severity, Verdict};
use crate::model::trace::{Auth, Layer};

pub const CHECK: Check = Check {
    id: "login",
    passed: "the stored login is accepted",
    topic: "a stored login",
    causes: &[
        &CREDENTIAL_HELPER_UNUSABLE,
        &LOGIN_STORED_UNDER_OTHER_NAME,
        &LOGIN_IN_OTHER_USERS_CONFIG,
        &CREDENTIALS_EXPIRED_OR_ALTERED,
        &TOKEN_INSTEAD_OF_PASSWORD_REQUIRED,
        &DENIED_NO_PERMISSION,
        &ANONYMOUS_PULL_NOT_ENABLED,
        &SWARM_NODES_NOT_AUTHENTICATED,
    ],
    run: Run::Registry(run),
};

fn run(meeting: &Meeting<'_>) -> Verdict {
    let Some(auth) = meeting.trace.auth.seen().filter(|auth| !auth.challenges.is_empty()) else {
        return Verdict::NotApplicable;
    };
    if let Some(why) = reach::untrusted(meeting) {
        return Verdict::Skipped(why);
    }
    if let Some(finding) = finding(meeting, auth) {
        return Verdict::Found(vec![finding]);
    }
    match &meeting.trace.login {
        Layer::Reached { seen, .. } => match swarm(meeting) {
            Some(finding) => Verdict::Found(vec![finding]),
            None => Verdict::Passed(tried::passed(seen)),
        },
        Layer::NotReached(why) if stored::is_there(meeting) => Verdict::Skipped(words::shown(why)),
        Layer::NotReached(_) => Verdict::Skipped("none is stored for it on this host".into()),
    }
}

/// What keeps a login from working, or an image from being had without one; the cause that the image's line then names.
pub(super) fn finding(meeting: &Meeting<'_>, auth: &Auth) -> Option<Finding> {
    match meeting.trace.login.seen() {
        Some(login) => tried::finding(meeting, login),
        None => anonymous(meeting, auth).or_else(|| stored::finding(meeting)),
    }
}

/// `Basic` is a challenge to every request: without a login Docker asks for nothing, not even for what everybody may have.
fn anonymous(meeting: &Meeting<'_>, auth: &Auth) -> Option<Finding> {
    let basic_only = auth.challenge("basic").is_some() && auth.challenge("bearer").is_none();
    if !basic_only || meeting.trace.manifest.status() != Some(200) || stored::is_there(meeting) {
        return None;
    }
    Some(
        Finding::new(&ANONYMOUS_PULL_NOT_ENABLED, meeting.trace.registry.to_string())
            .evidence("`/v2/` answers 401 with a challenge of Basic, and gives the image to everybody")
            .leads_to(words::docker_says("no basic auth credentials"))
            .advice("let `/v2/` itself be open to everybody as well, or hand out tokens to anonymous clients (Bearer)")
            .fix(login_command(meeting)),
    )
}

/// Nodes of a swarm pull with the login that a service was given, not with what is stored on each of them.
fn swarm(meeting: &Meeting<'_>) -> Option<Finding> {
    let swarm = meeting.engine.and_then(|engine| engine.effective.as_ref()).is_some_and(|effective| effective.swarm);
    let registry = meeting.trace.registry.to_string();
    swarm.then(|| {
        Finding::new(&SWARM_NODES_NOT_AUTHENTICATED, registry)
            .severity(Severity::Info)
            .likely()
            .evidence("this Docker is a node of a swarm, and the registry asks for a login")
            .leads_to("No such image, or no basic auth credentials, on nodes that run a service of such an image")
            .advice("give services the login: `docker service create --with-registry-auth …`, `docker stack deploy --with-registry-auth …`")
    })
}

pub(super) fn login_command(meeting: &Meeting<'_>) -> String {
    format!("docker login {}", words::quoted(&meeting.trace.registry.to_string()))
}
