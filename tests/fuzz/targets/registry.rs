//! Paths, parameters and headers of requests to the test registry, as arbitrary bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| regdoctor::registry::fuzz(data));
