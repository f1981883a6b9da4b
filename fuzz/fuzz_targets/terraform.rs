//! Any bytes as `main.tf`: no panic, no hang, and every result has a place.

#![no_main]

mod read;

libfuzzer_sys::fuzz_target!(|data: &[u8]| read::judge("main.tf", data));
