//! Certificates that are wrong in one way, made by the registry's own authority or by a stranger.

use std::net::IpAddr;

use time::{Duration, OffsetDateTime};

use super::act::Certificate;
use crate::cert::issue::{Authority, IssueError, Issued, Naming, ServerRequest, Signer, Usage};

const MONTH: Duration = Duration::days(30);
const FIVE_YEARS: Duration = Duration::days(5 * 365);

/// The certificate that is shown instead of the right one.
pub fn issue(
    wrong: Certificate,
    authority: &Authority,
    names: &[String],
    now: OffsetDateTime,
) -> Result<Issued, IssueError> {
    let right = ServerRequest::new(names.to_vec(), now);
    let only =
        |names: &[&str]| ServerRequest { names: names.iter().map(ToString::to_string).collect(), ..right.clone() };
    let between = |start, end| ServerRequest { not_before: start, not_after: end, ..right.clone() };
    let request = match wrong {
        Certificate::Expired => between(now - MONTH * 2, now - MONTH),
        Certificate::NotYetValid => between(now + FIVE_YEARS, now + FIVE_YEARS + MONTH * 12),
        Certificate::FromTheFuture => between(now + FIVE_YEARS - MONTH, now + FIVE_YEARS * 2),
        Certificate::OtherName => only(&["other.invalid"]),
        Certificate::CommonNameOnly => ServerRequest { naming: Naming::CommonNameOnly, ..right },
        Certificate::Malformed => ServerRequest { naming: Naming::Twice, ..right },
        Certificate::Constrained => ServerRequest { signer: Signer::Constrained, ..right },
        Certificate::NoAddress => ServerRequest { names: without_addresses(names), ..right },
        Certificate::ClientOnly => ServerRequest { usage: Usage::ClientOnly, ..right },
        Certificate::Sha1 => ServerRequest { signer: Signer::Sha1, ..right },
        Certificate::WeakKey => ServerRequest { signer: Signer::WeakKey, ..right },
        Certificate::NoIntermediate => {
            let whole = authority.issue(&ServerRequest { signer: Signer::Intermediate, ..right })?;
            return Ok(Issued { chain_pem: whole.certificate_pem.clone(), ..whole });
        }
        Certificate::OtherAuthority => return Authority::create(now)?.issue(&right),
        Certificate::Reissued => return authority.namesake(now)?.issue(&right),
        Certificate::Gateway => return Authority::named("Zscaler Intermediate Root CA", now)?.issue(&right),
        Certificate::Default => ServerRequest {
            common_name: Some("Kubernetes Ingress Controller Fake Certificate".into()),
            signer: Signer::Itself,
            ..only(&["ingress.local"])
        },
        Certificate::Stranger => return Authority::create(now)?.issue(&only(&["parking.example"])),
        Certificate::EscapeSequences => {
            let mut names = names.to_vec();
            names.push("\u{1b}[2Jevil\u{1b}[31m".into());
            let common_name = Some("\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mregistry".into());
            ServerRequest { names, common_name, ..right }
        }
        Certificate::ClientDemanded => right,
    };
    authority.issue(&request)
}

/// A name has to be left.
fn without_addresses(names: &[String]) -> Vec<String> {
    let is_address = |name: &&String| name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    let left: Vec<String> = names.iter().filter(|name| !is_address(name)).cloned().collect();
    if left.is_empty() { vec!["localhost".into()] } else { left }
}
