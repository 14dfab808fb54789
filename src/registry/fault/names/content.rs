//! What is pulled: missing, altered, cut, somewhere else, or not what it says it is.

use super::super::act::{Act, On, Transfer};
use super::super::bend::Bend;
use super::super::given::Given;
use super::super::kind::Kind;
use super::super::reply::{Reply, error};

/// A manifest of the first schema, as registries of 2016 still converted to.
const SCHEMA_1: &str = r#"{"schemaVersion":1,"name":"team/app","tag":"v1","architecture":"amd64","fsLayers":[{"blobSum":"sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"}],"history":[{"v1Compatibility":"{\"id\":\"e45a5af57b00862e5ef5782a9925979a02ba2b12dff832fd0991335f4a11e5c5\",\"architecture\":\"amd64\",\"os\":\"linux\"}"}],"signatures":[]}"#;

pub const KINDS: &[Kind] = &[
    Kind {
        name: "tag-or-repo-missing",
        summary: "no manifest is known",
        make: |_| unknown(On::ReadManifest, "MANIFEST_UNKNOWN", "manifest unknown"),
    },
    Kind {
        name: "registry-gc-or-delete-damage",
        summary: "manifests are there, and the blobs that they name are gone, until they are pushed again",
        make: |_| unknown(On::ReadOldBlob, "BLOB_UNKNOWN", "blob unknown to registry"),
    },
    Kind {
        name: "data-corrupted-on-path-or-host",
        summary: "one bit of each blob is another one, in the middle or at byte `after`",
        make: |_| bent(On::ReadBlob, Bend::Flip),
    },
    Kind {
        name: "manifest-corrupted",
        summary: "one bit of each manifest is another one, in the middle or at byte `after`",
        make: |_| bent(On::ReadManifest, Bend::Flip),
    },
    Kind {
        name: "blob-truncated",
        summary: "the end of each blob is missing, and its length fits what is left",
        make: |_| bent(On::ReadBlob, Bend::Cut),
    },
    Kind {
        name: "length-lie",
        summary: "so many bytes more are announced than come",
        make: |given| {
            let more = given.bytes("more", 16);
            vec![Act::Transfer { on: On::Reading, transfer: Transfer::Longer { more } }]
        },
    },
    Kind {
        name: "digest-lie",
        summary: "answers name the digest of something else",
        make: |_| bent(On::BehindBase, Bend::Digest),
    },
    Kind {
        name: "media-type-lie",
        summary: "manifests come with another media type than their own",
        make: |given| {
            let value = given.text("type", "application/octet-stream");
            bent(On::ReadManifest, Bend::Set { name: "content-type".into(), value })
        },
    },
    Kind {
        name: "manifest-format-mismatch",
        summary: "every manifest comes as one of schema 1",
        make: |_| {
            let media_type = "application/vnd.docker.distribution.manifest.v1+prettyjws".into();
            bent(On::ReadManifest, Bend::Body { media_type, text: SCHEMA_1.into() })
        },
    },
    Kind {
        name: "blob-host-unreachable-or-untrusted",
        summary: "blobs are to be had where nobody listens, or wherever `to` says",
        make: |given| moved(given, "https://127.0.0.1:1{path}"),
    },
    Kind {
        name: "blob-host-untrusted",
        summary: "blobs are to be had at a server whose certificate nobody trusts",
        make: |given| moved(given, "{elsewhere}{path}"),
    },
    Kind {
        name: "range-ignored",
        summary: "416 to whoever asks for a part of a blob",
        make: |_| {
            let reply = Reply::new(416, error("SIZE_INVALID", "the requested range is not satisfiable"));
            vec![Act::Reply { on: On::Part, reply }]
        },
    },
    Kind {
        name: "tags-endless",
        summary: "each page of a list of tags names itself as the next one",
        make: |_| {
            let value = "<{path}?n=1>; rel=\"next\"".into();
            bent(On::ListTags, Bend::Set { name: "link".into(), value })
        },
    },
];

fn unknown(on: On, code: &str, message: &str) -> Vec<Act> {
    vec![Act::Reply { on, reply: Reply::new(404, error(code, message)) }]
}

fn bent(on: On, bend: Bend) -> Vec<Act> {
    vec![Act::Bend { on, bend }]
}

fn moved(given: &mut Given<'_>, target: &str) -> Vec<Act> {
    let reply = Reply::new(307, "").header("location", given.text("to", target));
    vec![Act::Reply { on: On::ReadBlob, reply }]
}
