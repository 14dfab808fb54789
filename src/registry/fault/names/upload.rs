//! Pushing: addresses of uploads, steps that fail, registries that cannot be written.

use super::super::act::{Act, On};
use super::super::bend::Bend;
use super::super::given::Given;
use super::super::kind::Kind;
use super::super::reply::{Reply, error};

pub const KINDS: &[Kind] = &[
    Kind {
        name: "upload-url-wrong-address",
        summary: "uploads are to go on under another scheme, or whatever stands in front of the path",
        make: |given| front(given, "{other-scheme}://{authority}"),
    },
    Kind {
        name: "upload-location-host",
        summary: "uploads are to go on at another host",
        make: |given| front(given, "{scheme}://backend.invalid:{port}"),
    },
    Kind {
        name: "upload-location-port",
        summary: "uploads are to go on at another port",
        make: |given| front(given, "{scheme}://{host}:1"),
    },
    Kind {
        name: "upload-location-prefix",
        summary: "uploads are to go on below another path",
        make: |given| front(given, "/registry"),
    },
    Kind {
        name: "upload-location-relative",
        summary: "the address of an upload is relative to that of the request",
        make: |_| vec![Act::Bend { on: On::Writing, bend: Bend::UploadRelative }],
    },
    Kind {
        name: "upload-location-missing",
        summary: "an upload has no address",
        make: |_| vec![Act::Bend { on: On::StartUpload, bend: Bend::Remove { name: "location".into() } }],
    },
    Kind {
        name: "registry-not-writable",
        summary: "405 to every push and delete, as from a registry that is read-only",
        make: |given| {
            let status = given.status("code", 405);
            let reply = Reply::new(status, error("UNSUPPORTED", "The operation is unsupported."));
            vec![Act::Reply { on: On::Writing, reply }]
        },
    },
    Kind {
        name: "storage-error",
        summary: "500 at one step of a push, or at all of them, as when the disk is full",
        make: |given| {
            let steps = [
                ("any", On::Writing),
                ("start", On::StartUpload),
                ("bytes", On::UploadBytes),
                ("finish", On::FinishUpload),
                ("manifest", On::WriteManifest),
            ];
            let on = given.word("at", &steps).unwrap_or(On::Writing);
            let status = given.status("code", 500);
            let text = error("UNKNOWN", "filesystem: write: no space left on device");
            vec![Act::Reply { on, reply: Reply::new(status, text) }]
        },
    },
    Kind {
        name: "multi-instance-no-shared-state",
        summary: "uploads are unknown to those who take their bytes, as when another instance answers",
        make: |_| {
            let text = error("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
            vec![Act::Reply { on: On::UploadBytes, reply: Reply::new(404, text) }]
        },
    },
    Kind {
        name: "index-refused",
        summary: "manifests of OCI and indexes are refused at a push",
        make: |_| {
            let reply = Reply::new(415, error("MANIFEST_INVALID", "manifest invalid: unknown media type"));
            vec![Act::Reply { on: On::WriteNewManifest, reply }]
        },
    },
    Kind {
        name: "mount-refused",
        summary: "blobs are never taken over from another repository",
        make: |_| {
            let reply = Reply::new(405, error("UNSUPPORTED", "The operation is unsupported."));
            vec![Act::Reply { on: On::Mount, reply }]
        },
    },
];

fn front(given: &mut Given<'_>, front: &str) -> Vec<Act> {
    let front = given.text("to", front);
    vec![Act::Bend { on: On::Everything, bend: Bend::UploadFront(front) }]
}
