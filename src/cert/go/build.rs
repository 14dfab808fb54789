//! Building chains from a leaf to an anchor: Go's `isValid`, `buildChains` and `CheckSignatureFrom`.

use std::rc::Rc;

use super::super::extensions::Usage;
use super::super::pool::Pool;
use super::super::public_key::KeyAlgorithm;
use super::super::read::Certificate;
use super::super::signature::{self, SignatureProblem};
use super::constraint;
use super::refusal::{Hint, Holder, Refusal};
use super::{Build, Question};

type Chain = Vec<Rc<Certificate>>;

/// Go's `maxChainSignatureChecks`: what a hostile chain may cost.
const SIGNATURES: usize = 100;

struct Builder<'a> {
    pools: &'a [&'a Pool],
    served: &'a [Rc<Certificate>],
    question: &'a Question<'a>,
    signatures: usize,
}

/// Every chain from `leaf` over `served` to an anchor, or why there is none.
pub(super) fn chains(
    leaf: &Certificate,
    served: &[Certificate],
    pools: &[&Pool],
    question: &Question<'_>,
) -> Result<Vec<Chain>, Refusal> {
    let leaf = Rc::new(leaf.clone());
    // Whatever lies in the pool is its own chain, be it CA:FALSE.
    if pools.iter().any(|pool| pool.contains(&leaf)) {
        return Ok(vec![vec![leaf]]);
    }
    let served: Vec<_> = served.iter().cloned().map(Rc::new).collect();
    Builder { pools, served: &served, question, signatures: 0 }.extend(&[leaf])
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Anchor,
    Intermediate,
}

impl Builder<'_> {
    /// Go's `buildChains`: the last error of a signer wins, else "unknown authority" with the first hint.
    fn extend(&mut self, current: &[Rc<Certificate>]) -> Result<Vec<Chain>, Refusal> {
        let Some(child) = current.last() else { return Ok(Vec::new()) };
        let (mut found, mut hint, mut refusal) = (Vec::new(), None, None);
        for (role, candidate) in self.candidates(child) {
            if current.iter().any(|one| same_authority(one, &candidate)) {
                continue;
            }
            self.signatures += 1;
            if self.signatures > SIGNATURES {
                refusal = Some(Refusal::TooManySignatures);
            } else if let Err(problem) = signed_by(child, &candidate, self.question) {
                hint.get_or_insert_with(|| Hint { candidate: called(&candidate), problem });
            } else {
                match self.accept(role, &candidate, current) {
                    Ok(mut chains) => {
                        refusal = None;
                        found.append(&mut chains);
                    }
                    Err(reason) => refusal = Some(reason),
                }
            }
        }
        if found.is_empty() { Err(refusal.unwrap_or_else(|| unknown(child, hint))) } else { Ok(found) }
    }

    fn accept(
        &mut self,
        role: Role,
        candidate: &Rc<Certificate>,
        current: &[Rc<Certificate>],
    ) -> Result<Vec<Chain>, Refusal> {
        valid(candidate, &Holder::Authority(called(candidate)), current, self.question)?;
        let mut longer = current.to_vec();
        longer.push(Rc::clone(candidate));
        match role {
            Role::Anchor => Ok(vec![longer]),
            Role::Intermediate if !candidate.is_ca() => {
                Err(Refusal::NotAuthorizedToSign { subject: candidate.subject.text.clone() })
            }
            Role::Intermediate => self.extend(&longer),
        }
    }

    /// Anchors before served certificates; in each, those whose key identifier fits first.
    fn candidates(&self, child: &Certificate) -> Vec<(Role, Rc<Certificate>)> {
        let issuer = &child.issuer.raw;
        let mut anchors: Chain = self.pools.iter().flat_map(|pool| pool.named(issuer)).map(Rc::new).collect();
        let mut served: Chain = self.served.iter().filter(|one| one.subject.raw == *issuer).cloned().collect();
        for list in [&mut anchors, &mut served] {
            list.sort_by_key(|one| key_distance(&one.extensions.subject_key, &child.extensions.authority_key));
        }
        let anchors = anchors.into_iter().map(|one| (Role::Anchor, one));
        anchors.chain(served.into_iter().map(|one| (Role::Intermediate, one))).collect()
    }
}

fn key_distance(subject: &[u8], authority: &[u8]) -> u8 {
    match (subject.is_empty(), authority.is_empty()) {
        _ if subject == authority => 0,
        (false, false) => 2,
        _ => 1,
    }
}

fn same_authority(one: &Certificate, other: &Certificate) -> bool {
    one.subject.raw == other.subject.raw
        && one.key == other.key
        && one.extensions.dns_names == other.extensions.dns_names
        && one.extensions.subject_key == other.extensions.subject_key
}

fn signed_by(child: &Certificate, parent: &Certificate, question: &Question<'_>) -> Result<(), SignatureProblem> {
    let basic = parent.extensions.basic_constraints.as_ref();
    if (parent.version == 3 && basic.is_none())
        || basic.is_some_and(|basic| !basic.ca)
        || parent.extensions.may_sign == Some(false)
    {
        return Err(SignatureProblem::MayNotSign);
    }
    let algorithm = &child.signature_algorithm;
    // SHA-1 since Go 1.18; GODEBUG=x509sha1=1 is not modelled.
    if algorithm == "MD5-RSA" || (algorithm.contains("SHA1") && question.go.at_least(1, 18)) {
        return Err(SignatureProblem::Insecure { algorithm: algorithm.clone() });
    }
    let bits = parent.key.bits;
    if parent.key.algorithm == KeyAlgorithm::Rsa && algorithm.contains("RSA") && bits < least_rsa_bits(question) {
        return Err(SignatureProblem::ShortKey { bits });
    }
    signature::made_by(child, parent)
}

pub(super) fn least_rsa_bits(question: &Question<'_>) -> usize {
    if question.go.at_least(1, 24) && question.build == Build::Module { 1024 } else { 0 }
}

/// Critical extensions, dates, name constraints, path length. Key usage bits count only where something was signed.
pub(super) fn valid(
    certificate: &Certificate,
    holder: &Holder,
    below: &[Rc<Certificate>],
    question: &Question<'_>,
) -> Result<(), Refusal> {
    let (now, holder) = (question.now, || holder.clone());
    if let Some(oid) = unhandled(certificate, question) {
        return Err(Refusal::UnhandledCriticalExtension { holder: holder(), oid });
    }
    if now < certificate.not_before {
        return Err(Refusal::NotYetValid { holder: holder(), not_before: certificate.not_before, now });
    }
    if now > certificate.not_after {
        return Err(Refusal::Expired { holder: holder(), not_after: certificate.not_after, now });
    }
    if let (Some(constraints), Some(leaf)) = (&certificate.extensions.constraints, below.first()) {
        constraint::check(constraints, leaf)
            .map_err(|detail| Refusal::NameNotPermitted { subject: certificate.subject.text.clone(), detail })?;
    }
    let allowed = certificate.extensions.basic_constraints.as_ref().and_then(|basic| basic.path_length);
    let intermediates = below.len().saturating_sub(1);
    if allowed.is_some_and(|allowed| intermediates > allowed as usize) {
        return Err(Refusal::TooManyIntermediates { subject: certificate.subject.text.clone() });
    }
    Ok(())
}

/// The first critical extension that this release does not know.
fn unhandled(certificate: &Certificate, question: &Question<'_>) -> Option<String> {
    let extensions = &certificate.extensions;
    let understood = |oid: &str| match oid {
        "2.5.29.17" => extensions.dns_names.len() + extensions.ip_addresses.len() + extensions.other_names > 0,
        "2.5.29.30" => extensions.constraints.as_ref().is_some_and(|constraints| !constraints.unsupported),
        "2.5.29.14" | "2.5.29.15" | "2.5.29.19" | "2.5.29.31" | "2.5.29.32" | "2.5.29.35" | "2.5.29.37" => true,
        // Policy mappings and constraints are understood since Go 1.24.
        "2.5.29.33" | "2.5.29.36" | "2.5.29.54" => question.go.at_least(1, 24),
        _ => false,
    };
    extensions.critical.iter().find(|oid| !understood(oid)).cloned()
}

/// Every certificate that lists extended key usages must list serving, the anchor included.
pub(super) fn may_serve(chain: &[Rc<Certificate>]) -> bool {
    chain.iter().all(|one| {
        let usages = &one.extensions.usages;
        usages.is_empty() || usages.iter().any(|usage| matches!(usage, Usage::Any | Usage::ServerAuth))
    })
}

fn unknown(child: &Certificate, hint: Option<Hint>) -> Refusal {
    match hint {
        Some(Hint { candidate, problem: SignatureProblem::Insecure { algorithm } }) => {
            Refusal::SignatureTooWeak { algorithm, candidate }
        }
        Some(Hint { candidate, problem: SignatureProblem::ShortKey { bits } }) => {
            Refusal::KeyTooWeak { bits, holder: Holder::Authority(candidate) }
        }
        hint => {
            Refusal::UnknownAuthority { subject: child.subject.text.clone(), issuer: child.issuer.text.clone(), hint }
        }
    }
}

/// What Go calls a candidate in its hint.
fn called(certificate: &Certificate) -> String {
    certificate.subject.short().to_string()
}
