//! Where a login for this registry is, when it is not where it would be found.

use super::{
    CREDENTIAL_HELPER_UNUSABLE, CREDENTIALS_EXPIRED_OR_ALTERED, LOGIN_IN_OTHER_USERS_CONFIG,
    LOGIN_STORED_UNDER_OTHER_NAME, login_command,
};
use crate::check::elsewhere::SNAP_DOCKER_PATHS;
use crate::check::{Meeting, words};
use crate::model::entry_point::{self, EntryPoint};
use crate::model::facts::{LoginFile, LoginState, Packaging, Reader, bare};
use crate::model::finding::Finding;
use crate::model::trace::{Dns, HelperOutcome, HelperRun};

/// Whether the person has one for this registry, in the file or with a helper.
pub(super) fn is_there(meeting: &Meeting<'_>) -> bool {
    let registry = meeting.trace.registry.to_string();
    let helped = meeting.trace.helper.seen().is_some_and(|run| run.outcome == HelperOutcome::Gave);
    helped || own(meeting).and_then(|file| file.entry_for(&registry)).is_some_and(|entry| entry.has_secret)
}

fn own<'a>(meeting: &Meeting<'a>) -> Option<&'a LoginFile> {
    meeting.facts.logins.iter().find(|file| file.reader == Reader::ThisPerson)
}

pub(super) fn finding(meeting: &Meeting<'_>) -> Option<Finding> {
    if is_there(meeting) {
        return None;
    }
    unreadable(meeting)
        .or_else(|| meeting.trace.helper.seen().and_then(|run| unusable(meeting, run)))
        .or_else(|| in_the_snap(meeting))
        .or_else(|| other_name(meeting))
        .or_else(|| other_user(meeting))
}

/// The person's own file may not be read, or is broken: then `docker` has no login at all.
fn unreadable(meeting: &Meeting<'_>) -> Option<Finding> {
    let file = own(meeting)?;
    let path = file.path.display();
    let own = words::quoted(&file.path.display().to_string());
    let new = |cause| {
        Finding::new(cause, meeting.trace.registry.to_string())
            .leads_to(words::docker_says("WARNING: Error loading config file, and then: no basic auth credentials"))
    };
    match &file.state {
        LoginState::Read => None,
        LoginState::Denied => Some(
            new(&LOGIN_IN_OTHER_USERS_CONFIG)
                .evidence(format!("{path} may not be read"))
                .advice("give the file back to the person who runs `docker`, or log in again")
                .fix(format!("sudo chown {} {own}", words::quoted(person(meeting)))),
        ),
        LoginState::Broken(reason) => Some(
            new(&CREDENTIALS_EXPIRED_OR_ALTERED)
                .evidence(format!("{path} is broken: {}", words::shown(reason)))
                .advice("mend the file, and log in where no login is left in it")
                .fix(format!("${{EDITOR:-vi}} {own}"))
                .fix(login_command(meeting)),
        ),
    }
}

fn unusable(meeting: &Meeting<'_>, run: &HelperRun) -> Option<Finding> {
    let program = words::shown(&run.program);
    let (seen, says) = match &run.outcome {
        HelperOutcome::Gave | HelperOutcome::Nothing => return None,
        HelperOutcome::Missing => (
            format!("{program} is not on the search path"),
            format!("error getting credentials - err: exec: \"{program}\": executable file not found in $PATH"),
        ),
        HelperOutcome::NotRun(reason) => (
            format!("{program} could not be started: {}", words::shown(reason)),
            format!("error getting credentials - err: {}", words::shown(reason)),
        ),
        HelperOutcome::Refused(said) => (
            format!("{program} ended with an error: {}", words::shown(said)),
            format!("error getting credentials - err: exit status 1, out: `{}`", words::shown(said)),
        ),
        HelperOutcome::TimedOut => (
            format!("{program} gave no answer within 5 seconds, as when it waits for a key ring to be opened"),
            "nothing, and waits".into(),
        ),
        HelperOutcome::Unreadable => {
            (format!("what {program} prints is no login"), "error getting credentials".to_string())
        }
    };
    let file = own(meeting)?;
    let key = if file.helpers.iter().any(|(name, _)| *name == meeting.trace.registry.to_string()) {
        "credHelpers"
    } else {
        "credsStore"
    };
    let path = words::quoted(&file.path.display().to_string());
    Some(
        Finding::new(&CREDENTIAL_HELPER_UNUSABLE, meeting.trace.registry.to_string())
            .evidence(format!("{} names it under {key}", file.path.display()))
            .evidence(seen)
            .leads_to(words::docker_says(says))
            .advice(format!("install {program}, or take {key} out of the file and log in again"))
            .fix(format!("${{EDITOR:-vi}} {path}"))
            .fix(login_command(meeting)),
    )
}

/// The snap of Docker has a home of its own.
fn in_the_snap(meeting: &Meeting<'_>) -> Option<Finding> {
    let registry = meeting.trace.registry.to_string();
    let snap = meeting.engine.is_some_and(|engine| engine.packaging == Packaging::Snap);
    let has = |reader: &Reader| {
        let file = meeting.facts.logins.iter().find(|file| file.reader == *reader)?;
        file.entry_for(&registry).map(|entry| (file, entry.line))
    };
    let (file, line) = has(&Reader::ThisPerson).filter(|_| snap && has(&Reader::Snap).is_none())?;
    Some(
        Finding::new(&SNAP_DOCKER_PATHS, registry)
            .evidence(format!("{} line {line} has a login for it", file.path.display()))
            .evidence("the snap of Docker reads ~/snap/docker/current/.docker/config.json")
            .leads_to(words::docker_says("no basic auth credentials"))
            .advice("log in with the snap's own `docker`")
            .fix(format!("/snap/bin/{}", login_command(meeting))),
    )
}

/// The same registry under another name: another port, none, or an alias of the same address.
fn other_name(meeting: &Meeting<'_>) -> Option<Finding> {
    let registry = &meeting.trace.registry;
    let file = own(meeting)?;
    let same = |key: &str| entry_point::parse(bare(key)).is_ok_and(|pasted| is_alias(meeting, &pasted.entry_point));
    let entry = file.entries.iter().find(|entry| bare(&entry.key) != registry.to_string() && same(&entry.key))?;
    Some(
        Finding::new(&LOGIN_STORED_UNDER_OTHER_NAME, registry.to_string())
            .evidence(format!(
                "{} line {} has a login for {}",
                file.path.display(),
                entry.line,
                words::shown(&entry.key)
            ))
            .evidence(format!("it has none for {registry}, and Docker compares names byte by byte"))
            .leads_to(words::docker_says("no basic auth credentials, unauthorized, or denied"))
            .advice("log in under the name that the image has")
            .fix(login_command(meeting)),
    )
}

fn is_alias(meeting: &Meeting<'_>, other: &EntryPoint) -> bool {
    let registry = &meeting.trace.registry;
    if other.host().eq_ignore_ascii_case(registry.host()) {
        return true;
    }
    let addresses = meeting.trace.dns.seen().map(Dns::addresses).unwrap_or_default();
    let loopback = addresses.iter().any(std::net::IpAddr::is_loopback) && other.host() == "localhost";
    let by_address = other.address().is_some_and(|address| addresses.contains(&address));
    // `reg` for `reg.lan`.
    let shortened = registry.host().starts_with(&format!("{}.", other.host()))
        || other.host().starts_with(&format!("{}.", registry.host()));
    (loopback || by_address || shortened) && (other.port() == registry.port() || other.port().is_none())
}

fn other_user(meeting: &Meeting<'_>) -> Option<Finding> {
    let registry = meeting.trace.registry.to_string();
    let others = meeting.facts.logins.iter().filter_map(|file| match &file.reader {
        Reader::Other(name) => Some((name, file)),
        _ => None,
    });
    let (name, file, entry) =
        others.into_iter().find_map(|(name, file)| Some((name, file, file.entry_for(&registry)?)))?;
    let mine = own(meeting).map_or_else(|| "~/.docker/config.json".to_string(), |file| file.path.display().to_string());
    let person = person(meeting);
    Some(
        Finding::new(&LOGIN_IN_OTHER_USERS_CONFIG, registry)
            .evidence(format!("{} line {} has a login for it", file.path.display(), entry.line))
            .evidence(format!("`docker`, run by {person}, reads {mine}, which has none"))
            .leads_to(words::docker_says("no basic auth credentials, or pull access denied"))
            .advice(format!("log in as {person}; or run `docker` as {name}, with sudo where that is root"))
            .fix(login_command(meeting)),
    )
}

fn person<'a>(meeting: &Meeting<'a>) -> &'a str {
    let identity = &meeting.facts.identity;
    identity.sudo.as_ref().map_or(identity.user.as_str(), |caller| caller.user.as_str())
}
