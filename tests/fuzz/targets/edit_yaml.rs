//! The reader and the editor of registries.yaml, held to the laws on arbitrary bytes.

#![no_main]

use regdoctor::edit::{Syntax, laws};

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::fuzz(Syntax::Yaml, data));
