#![no_main]

#[path = "../targets/data.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::tagged(bytes));
