//! The table of scenarios, by subject.

mod answers;
mod certificates;
mod host;
mod known;
mod logins;
mod trust;
mod wire;

use super::scenario::{Scenario, Step};

pub use known::reason as known;

/// The authority of the registry where it belongs.
const TRUSTED: Step = Step::Run("mkdir -p '/etc/docker/certs.d/{reg}' && cp ca.crt '/etc/docker/certs.d/{reg}/'");

const TABLES: &[(&str, &[Scenario])] = &[
    ("certificates", certificates::ALL),
    ("trust", trust::ALL),
    ("wire", wire::ALL),
    ("answers", answers::ALL),
    ("host", host::ALL),
    ("logins", logins::ALL),
];

/// Every scenario with its subject.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Scenario)> {
    TABLES.iter().flat_map(|(subject, rows)| rows.iter().map(|row| (*subject, row)))
}
