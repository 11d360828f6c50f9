//! `bodies/profiles.rs` before libFuzzer.

#![no_main]

#[path = "../bodies/mod.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| bodies::profiles::run(octets));
