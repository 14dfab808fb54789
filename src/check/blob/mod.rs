//! Do the parts of an image arrive as they are?

mod causes;

pub use causes::{BLOB_HOST_UNREACHABLE_OR_UNTRUSTED, DATA_CORRUPTED_ON_PATH_OR_HOST, REGISTRY_GC_OR_DELETE_DAMAGE};
