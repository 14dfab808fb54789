//! The public contract: the schema of every answer is stored in `src/report/schema/`, and a change of it is seen.
#![expect(clippy::disallowed_methods, reason = "a schema that changed is written down to be read")]

use std::path::{Path, PathBuf};

use schemars::{JsonSchema, schema_for};

use super::explanation::Explanation;
use super::pushed::PushReport;
use super::view::Report;

#[test]
fn the_stored_schemas_are_those_of_the_answers() {
    let changed = [
        changed::<Report>("report-1.json", include_str!("schema/report-1.json")),
        changed::<PushReport>("push-1.json", include_str!("schema/push-1.json")),
        changed::<Explanation>("explain-1.json", include_str!("schema/explain-1.json")),
    ];
    let changed: Vec<PathBuf> = changed.into_iter().flatten().collect();
    assert!(changed.is_empty(), "these schemas changed: {changed:?}");
}

/// One that differs is left in `target/schema`: copy it to `src/report/schema/` if only fields were added.
fn changed<View: JsonSchema>(name: &str, stored: &str) -> Option<PathBuf> {
    let schema = serde_json::to_string_pretty(&schema_for!(View)).unwrap() + "\n";
    if schema == stored {
        return None;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/schema");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), schema).unwrap();
    Some(folder.join(name))
}
