//! The kernels by themselves, on small and odd shapes.
//!
//! What they compute is tested on every backend in `tests/operations.rs`. Here it is that every
//! element of a result is written and nothing else is touched: these tests are what `.ci/sanitize`
//! and `.ci/miri` run, so they are small and use no backend.

mod attention;
mod packed;
mod rows;
mod wrong_lengths;

use crate::backend::{Dropout, LayerNormSpec};

/// Numbers of rows: none, one, some, and more than one task's.
const ROWS: [usize; 4] = [0, 1, 3, 37];
/// Widths around those of vector registers.
const WIDTHS: [usize; 4] = [1, 5, 16, 33];

const ON: Dropout = Dropout {
    prob: 0.25,
    seed: 0x1234_5678_9ABC_DEF0,
};

fn spec(dropout: Dropout) -> LayerNormSpec {
    LayerNormSpec { eps: 1e-6, dropout }
}

/// Reproducible numbers in `[-1, 1)`.
fn numbers(seed: u64, len: usize) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

fn shapes() -> impl Iterator<Item = (usize, usize)> {
    ROWS.into_iter()
        .flat_map(|rows| WIDTHS.into_iter().map(move |width| (rows, width)))
}

/// 1 everywhere, or what a dropout multiplies with.
fn factors(dropout: Dropout, len: usize) -> Vec<f32> {
    match dropout.is_on() {
        true => dropout.mask(len),
        false => vec![1.0; len],
    }
}

/// Looks at every element.
#[track_caller]
fn assert_close(what: &str, found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}: number of elements");
    for (at, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let difference = (f64::from(found) - expected).abs();
        let allowed = 2e-4 * expected.abs().max(1.0);
        assert!(
            difference < allowed,
            "{what}[{at}] is {found}, expected {expected}"
        );
    }
}
