//! Products with packed weights, and attention without padding, against their formulas in f64.

use super::super::attention::{self, Shape};
use super::super::packed::{Packed, product};
use super::super::ragged;
use super::*;

/// Heights of tiles, and more than one task's rows.
const HEIGHTS: [usize; 8] = [0, 1, 2, 5, 6, 8, 9, 100];

fn expected(x: &[f32], weight: &[f32], bias: &[f32], [d_in, d_out]: [usize; 2]) -> Vec<f64> {
    let sum = |row: &[f32], column: usize| -> f64 {
        let term = |at: usize| f64::from(row[at]) * f64::from(weight[at * d_out + column]);
        f64::from(bias[column]) + (0..d_in).map(term).sum::<f64>()
    };
    let rows = x.chunks_exact(d_in);
    rows.flat_map(|row| (0..d_out).map(move |column| sum(row, column)))
        .collect()
}

#[test]
fn every_element_of_a_product_is_written() {
    for rows in HEIGHTS {
        for (d_in, d_out) in [(1, 1), (5, 15), (17, 16), (3, 33), (9, 64), (4, 49)] {
            let x = numbers(1, rows * d_in);
            let (weight, bias) = (numbers(2, d_in * d_out), numbers(3, d_out));
            let packed = Packed::new(&weight, [d_in, d_out]);
            let found = product(&x, rows, &packed, Some(&bias), None);
            let expected = expected(&x, &weight, &bias, [d_in, d_out]);
            assert_close("product", &found, &expected);
        }
    }
}

/// What a row comes to does not depend on the rows beside it.
#[test]
fn rows_have_the_same_bits_alone() {
    let [rows, d_in, d_out] = [23, 37, 70];
    let x = numbers(1, rows * d_in);
    let (weight, bias) = (numbers(2, d_in * d_out), numbers(3, d_out));
    let packed = Packed::new(&weight, [d_in, d_out]);
    let bias = Some(&bias[..]);
    let activation = Some(crate::config::HiddenAct::Gelu);
    let together = product(&x, rows, &packed, bias, activation);
    for (row, expected) in x.chunks_exact(d_in).zip(together.chunks_exact(d_out)) {
        assert_eq!(product(row, 1, &packed, bias, activation), expected);
    }
}

#[test]
fn attention_without_padding_is_that_of_each_sequence() {
    let (heads, head_size) = (2, 3);
    let width = 3 * heads * head_size;
    let tokens = [3, 1, 0, 7];
    let qkv = numbers(4, tokens.iter().sum::<usize>() * width);
    let found = ragged::attention(&qkv, &tokens, [heads, head_size]);
    let mut rest = &qkv[..];
    let mut expected = Vec::new();
    for length in tokens.into_iter().filter(|&length| length > 0) {
        let (own, others) = rest.split_at(length * width);
        rest = others;
        let shape = Shape {
            seq: length,
            heads,
            head_size,
            lengths: &[length],
        };
        let (context, _) = attention::forward(own, &shape, Dropout::NONE);
        expected.extend(context.into_iter().map(f64::from));
    }
    assert_close("the context", &found, &expected);
}

#[test]
#[should_panic(expected = "x has 5 elements, expected 2 x 3")]
fn a_product_of_slices_that_differ_is_refused() {
    product(&[0.5; 5], 2, &Packed::new(&[0.5; 6], [3, 2]), None, None);
}
