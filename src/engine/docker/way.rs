//! How this Docker goes to a registry: what it accepts, and through which proxy.

use super::{place, proxy};
use crate::model::facts::{EngineFacts, ImageStore};
use crate::model::version::Version;
use crate::model::way::Way;

const SCHEMA_2: &str = "application/vnd.docker.distribution.manifest.v2+json";
const LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

pub(super) fn way(engine: &EngineFacts) -> Way {
    let store = engine.effective.as_ref().map_or(ImageStore::Classic, |effective| effective.image_store);
    Way { accept: accept(place::version(engine), store), proxies: proxy::proxies(engine), ..Way::default() }
}

/// Schema 2 and lists since 1.10, OCI since 20.10, schema 1 until 28.2; nothing at all before 1.10.
fn accept(version: Option<&Version>, store: ImageStore) -> Vec<String> {
    let since = |major, minor| version.is_none_or(|version| version.at_least(major, minor, 0));
    let types: &[&str] = match store {
        // containerd's resolver says at the end that it would take anything.
        ImageStore::Containerd => &[SCHEMA_2, LIST, OCI, INDEX, "*/*"],
        ImageStore::Classic if since(28, 2) => &[SCHEMA_2, LIST, OCI, INDEX],
        ImageStore::Classic if since(20, 10) => &[SCHEMA_2, LIST, OCI, INDEX, SCHEMA_1, "application/json"],
        ImageStore::Classic if since(1, 10) => &[SCHEMA_2, LIST, SCHEMA_1, "application/json"],
        ImageStore::Classic => &[],
    };
    types.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_accepts_what_it_knows() {
        use ImageStore::{Classic, Containerd};
        let rows = [
            ("29.7.2", Classic, 4, false),
            ("28.5.2", Containerd, 5, false),
            ("28.1.1", Classic, 6, true),
            ("20.10.24+dfsg1", Classic, 6, true),
            ("19.03.9", Classic, 4, true),
            ("1.9.1", Classic, 0, false),
        ];
        for (version, store, count, schema_1) in rows {
            let types = accept(Version::parse(version).as_ref(), store);
            assert_eq!((types.len(), types.iter().any(|one| one == SCHEMA_1)), (count, schema_1), "{version}");
        }
    }
}
