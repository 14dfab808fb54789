//! One served chain as one Docker sees it: what the findings about it share.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::cert::go::{self, Question};
use crate::cert::{Build, Certificate, GoRelease, Pool, Refusal};
use crate::check::{Meeting, reach, words};
use crate::engine::docker;
use crate::model::facts::RegistryCerts;
use crate::model::finding::{Cause, Finding};
use crate::model::trace::Handshake;

pub(super) struct Sight<'a> {
    pub(super) meeting: Meeting<'a>,
    pub(super) chain: &'a [Vec<u8>],
    pub(super) served: Vec<Certificate>,
    pub(super) go: GoRelease,
    build: Build,
}

impl<'a> Sight<'a> {
    pub(super) fn new(meeting: Meeting<'a>, handshake: &'a Handshake) -> Self {
        let served = handshake.chain.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
        let (go, build) = docker::go::of(meeting.engine);
        Self { meeting, chain: &handshake.chain, served, go, build }
    }

    pub(super) fn registry(&self) -> String {
        self.meeting.trace.registry.to_string()
    }

    pub(super) fn leaf(&self) -> Option<&Certificate> {
        self.served.first()
    }

    /// Whether a public authority signed it.
    pub(super) fn is_public(&self) -> bool {
        self.leaf().is_some_and(Certificate::is_publicly_logged)
    }

    /// The certificate folder that Docker looks into.
    pub(super) fn certs(&self) -> Option<&'a RegistryCerts> {
        docker::folder_of(self.meeting.engine?, &self.registry())
    }

    /// Whether Docker would trust the chain with these certificates besides the system's.
    pub(super) fn would_pass_with(&self, pool: &Pool) -> bool {
        let system = Pool::from_pem(&self.meeting.facts.system_store.pem);
        let (name, now) = (self.meeting.trace.registry.host(), self.meeting.facts.now);
        go::verify(self.chain, &[&system, pool], &Question { name, now, go: self.go, build: self.build }).is_ok()
    }

    /// A finding with what Docker says.
    pub(super) fn finding(&self, cause: &'static Cause, refusal: &Refusal) -> Finding {
        Finding::new(cause, self.registry()).leads_to(words::docker_says(refusal.message(self.go)))
    }

    /// Whom the certificate is for, who signed it and how long it holds.
    pub(super) fn described(&self, finding: Finding) -> Finding {
        match self.leaf() {
            Some(leaf) => finding.evidence(format!(
                "shown: \"{}\", issued by \"{}\", valid from {} to {}",
                leaf.subject.short(),
                leaf.issuer.short(),
                words::day(leaf.not_before),
                words::day(leaf.not_after)
            )),
            None => finding,
        }
    }

    /// The time by the registry's own clock, when its answer has it.
    pub(super) fn registrys_time(&self) -> Option<i64> {
        let (_, answer) = reach::base(&self.meeting)?;
        let date = answer.header("date")?;
        OffsetDateTime::parse(date, &Rfc2822).ok().map(OffsetDateTime::unix_timestamp)
    }
}
