//! What an image's name says.

mod causes;

pub use causes::{IMAGE_NAME_HAS_NO_REGISTRY, IMAGE_NAME_INVALID, IMAGE_NAME_MISSING_PORT, REGISTRY_PATH_PREFIX};
