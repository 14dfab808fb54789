//! When Docker takes a registry as insecure: exact name, or any of its addresses in a listed range.

use super::plan::KEY;
use super::rules;
use crate::model::facts::EngineFacts;
use crate::model::trace::Trace;
use crate::model::wish::{InsecureEntry, in_range, parse_range};

/// The entry that makes it insecure, in words; `None` when Docker insists on a verified connection.
pub(super) fn because(engine: &EngineFacts, trace: &Trace) -> Option<String> {
    let listed = listed(engine);
    if trace.registry.is_docker_hub() {
        return None;
    }
    let exact = InsecureEntry::Registry(trace.registry.clone());
    if listed.contains(&exact) {
        return Some(format!("{exact} is listed as insecure"));
    }
    let addresses = trace.dns.seen().map(|dns| dns.addresses().to_vec()).unwrap_or_default();
    listed.iter().find_map(|entry| match entry {
        InsecureEntry::Range(network, length) => {
            let inside = addresses.iter().find(|address| in_range(**address, *network, *length))?;
            Some(format!("{inside} lies in {entry}, which is listed as insecure"))
        }
        InsecureEntry::Registry(_) => None,
    })
}

/// The daemon's own list; of a daemon that does not answer, what it would read at its next start.
fn listed(engine: &EngineFacts) -> Vec<InsecureEntry> {
    if let Some(effective) = &engine.effective {
        return effective.insecure.clone();
    }
    // 127.0.0.0/8 since 1.3.2, ::1/128 since 28.0.
    let mut all: Vec<InsecureEntry> = parse_range("127.0.0.0/8").into_iter().collect();
    if super::place::version(engine).is_some_and(|version| version.at_least(28, 0, 0)) {
        all.extend(parse_range("::1/128"));
    }
    all.extend(engine.settings_of(KEY).filter_map(|setting| rules::entry(&setting.value)));
    all
}
