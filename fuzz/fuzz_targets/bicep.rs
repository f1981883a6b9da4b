//! Any bytes as `main.bicep`: no panic, no hang, and every result has a place.

#![no_main]

mod read;

libfuzzer_sys::fuzz_target!(|data: &[u8]| read::judge("main.bicep", data));
