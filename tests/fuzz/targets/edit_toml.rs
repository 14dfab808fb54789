//! The reader and the editor of containerd's files and registries.conf, held to the laws on arbitrary bytes.

#![no_main]

use regdoctor::edit::{Syntax, laws};

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::fuzz(Syntax::Toml, data));
