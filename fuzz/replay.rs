//! What the fuzz targets begin with, as it is and changed at random, without a nightly toolchain: the
//! body of `tests/fuzz.rs` of each crate. `PROPTEST_CASES` sets how many changes.

use std::path::Path;

use proptest::prelude::*;

use super::ALLOWED;
use super::hostile::{apply, change, largest_allocation};
use super::targets::TARGETS;

/// The seeds of a target.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/seeds")).join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect()
}

fn run(target: fn(&[u8]), bytes: &[u8]) {
    let largest = largest_allocation(|| target(bytes));
    assert!(largest <= ALLOWED, "{largest} bytes were allocated at once");
}

#[test]
fn every_seed_is_read_or_refused() {
    for (name, target) in TARGETS {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name}");
        seeds.iter().for_each(|seed| run(target, seed));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_seed_is_read_or_refused(
        (name, target) in proptest::sample::select(&TARGETS),
        seed in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((0.0..1.0, change()), 1..6),
        cut in prop_oneof![4 => Just(1.0), 1 => 0.0..1.0],
    ) {
        let mut bytes = seed.get(&seeds(name)).clone();
        for (place, change) in changes {
            apply(&mut bytes, place, change);
        }
        bytes.truncate((cut * bytes.len() as f64) as usize);
        run(target, &bytes);
    }
}
