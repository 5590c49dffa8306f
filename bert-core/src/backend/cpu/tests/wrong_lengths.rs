//! What a kernel refuses: slices that do not belong together, and ids outside their tables.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::attention::{self, Shape};
use super::super::matmul::{Matrix, product, product_plus};
use super::super::{activation, adamw, cross_entropy, embeddings, layer_norm, reduce, weighted};
use super::*;
use crate::backend::{AdamWStep, EmbeddingsSpec};
use crate::config::HiddenAct;

/// Asserts that something panics with a message that has all `parts`.
#[track_caller]
fn refused<T>(parts: &[&str], call: impl FnOnce() -> T) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(call)) else {
        panic!("taken, but {parts:?} is wrong");
    };
    let message = match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => (*panic.downcast::<&str>().expect("a message")).to_owned(),
    };
    for part in parts {
        assert!(message.contains(part), "{message} has no {part}");
    }
}

fn floats(len: usize) -> Vec<f32> {
    vec![0.5; len]
}

#[test]
fn a_layer_norm_of_slices_that_differ_is_refused() {
    let forward = |x: usize, bias: usize, residual: usize, weight: usize, shift: usize| {
        let norm = [&*floats(weight), &*floats(shift)];
        layer_norm::add_forward(
            &mut floats(x),
            &floats(bias),
            &floats(residual),
            norm,
            spec(ON),
        )
    };
    forward(32, 8, 32, 8, 8);
    // The case: four rows, and a residual of two.
    let parts = ["add_layer_norm", "residual has 16 elements", "4 x 8"];
    refused(&parts, || forward(32, 8, 16, 8, 8));
    refused(&["residual has 40", "4 x 8"], || forward(32, 8, 40, 8, 8));
    refused(&["bias has 7", "1 x 8"], || forward(32, 7, 32, 8, 8));
    refused(&["the norm's bias has 9"], || forward(32, 8, 32, 8, 9));
    refused(&["x has 31", "rows of 8"], || forward(31, 8, 31, 8, 8));
    refused(&["x has 0", "rows of 0"], || forward(0, 0, 0, 0, 0));

    let backward = |grad: usize, normed: usize, scales: usize, weight: usize| {
        let (mut grad, mut normed) = (floats(grad), floats(normed));
        layer_norm::add_backward(&mut grad, &mut normed, &floats(scales), &floats(weight), ON)
    };
    backward(32, 32, 4, 8);
    let operation = "add_layer_norm_backward";
    refused(&[operation, "grad has 24", "4 x 8"], || {
        backward(24, 32, 4, 8)
    });
    refused(&[operation, "rows has 24", "4 x 8"], || {
        backward(32, 24, 4, 8)
    });
    refused(&[operation, "grad has 32", "5 x 8"], || {
        backward(32, 32, 5, 8)
    });
    refused(&[operation, "rows of 0"], || backward(0, 0, 4, 0));
}

#[test]
fn an_activation_of_slices_that_differ_is_refused() {
    let gelu = HiddenAct::Gelu;
    let forward = |x: usize, bias: usize| activation::forward(&floats(x), &floats(bias), gelu);
    refused(&["bias_activation", "x has 31", "rows of 8"], || {
        forward(31, 8)
    });
    refused(&["rows of 0"], || forward(8, 0));
    let backward = |x: usize, bias: usize, grad: usize| {
        activation::backward(&mut floats(x), &floats(bias), &floats(grad), gelu)
    };
    let operation = "bias_activation_backward";
    refused(&[operation, "grad has 16", "4 x 8"], || backward(32, 8, 16));
    refused(&[operation, "grad has 40", "4 x 8"], || backward(32, 8, 40));
    refused(&[operation, "x has 7"], || backward(7, 8, 7));
}

#[test]
fn attention_of_slices_that_differ_is_refused() {
    let lengths = [3, 2];
    let shape = |lengths| Shape {
        seq: 3,
        heads: 2,
        head_size: 4,
        lengths,
    };
    let forward = |qkv: usize, lengths| attention::forward(&floats(qkv), &shape(lengths), ON);
    forward(6 * 24, &lengths);
    let operation = "self_attention";
    refused(&[operation, "qkv has 120", "6 x 24"], || {
        forward(5 * 24, &lengths)
    });
    refused(&[operation, "qkv has 168", "6 x 24"], || {
        forward(7 * 24, &lengths)
    });
    refused(&[operation, "qkv has 144", "9 x 24"], || {
        forward(6 * 24, &[3, 2, 1])
    });
    // Would look, and in the backward pass write, beyond its sequence.
    refused(&[operation, "a length is 4", "at most 3"], || {
        forward(6 * 24, &[3, 4])
    });
    for (seq, heads, head_size) in [(0, 2, 4), (3, 0, 4), (3, 2, 0)] {
        let shape = Shape {
            seq,
            heads,
            head_size,
            lengths: &[0, 0],
        };
        refused(
            &[operation, "expected tokens, heads and head sizes"],
            || attention::forward(&[], &shape, ON),
        );
    }
    let huge = usize::MAX / 2;
    let shape_of = |seq, heads, head_size| Shape {
        seq,
        heads,
        head_size,
        lengths: &[1, 1, 1],
    };
    refused(&["too many"], || {
        attention::forward(&[], &shape_of(huge, 1, 1), ON)
    });
    refused(&["too many"], || {
        attention::forward(&[], &shape_of(1, huge, 3), ON)
    });

    let backward = |qkv: usize, context: usize, sums: usize, grad: usize| {
        attention::backward(
            &floats(qkv),
            &floats(context),
            &floats(sums),
            &floats(grad),
            &shape(&lengths),
            ON,
        )
    };
    backward(144, 48, 12, 48);
    let operation = "self_attention_backward";
    refused(&[operation, "qkv has 120"], || backward(120, 48, 12, 48));
    refused(&[operation, "the context has 40"], || {
        backward(144, 40, 12, 48)
    });
    refused(&[operation, "the sums of the rows has 6"], || {
        backward(144, 48, 6, 48)
    });
    refused(&[operation, "grad has 56", "6 x 8"], || {
        backward(144, 48, 12, 56)
    });
}

#[test]
fn embeddings_of_ids_outside_their_tables_are_refused() {
    let forward = |input: &[u32], token_type: &[u32], seq: usize, position: usize| {
        let tables = embeddings::Tables {
            word: &floats(10 * 4),
            position: &floats(position),
            token_type: &floats(2 * 4),
        };
        let ids = embeddings::Ids {
            input,
            token_type,
            seq,
        };
        embeddings::forward(tables, ids, [&floats(4), &floats(4)], spec(ON))
    };
    forward(&[9, 0, 1, 2], &[0, 1, 1, 0], 2, 12);
    let zeros = [0; 4];
    let of = "embeddings";
    refused(&[of, "input_ids has 10", "below 10"], || {
        forward(&[0, 10, 0, 0], &zeros, 2, 12)
    });
    refused(&[of, "token_type_ids has 2", "below 2"], || {
        forward(&zeros, &[0, 0, 0, 2], 2, 12)
    });
    refused(&[of, "token_type_ids has 3 elements", "4"], || {
        forward(&zeros, &[0; 3], 2, 12)
    });
    refused(&[of, "sequences of 4", "3 positions"], || {
        forward(&zeros, &zeros, 4, 12)
    });
    refused(&[of, "4 elements", "sequences of 3"], || {
        forward(&zeros, &zeros, 3, 12)
    });
    refused(&[of, "sequences of 0"], || forward(&zeros, &zeros, 0, 12));
    refused(&[of, "the position table has 11", "rows of 4"], || {
        forward(&zeros, &zeros, 2, 11)
    });

    let backward = |grad: usize, normed: usize, scales: usize, input: &[u32], positions| {
        let ids = embeddings::Ids {
            input,
            token_type: &zeros,
            seq: 2,
        };
        let spec = EmbeddingsSpec {
            norm: spec(ON),
            vocab: 10,
            positions,
            token_types: 1,
        };
        let (mut grad, normed) = (floats(grad), floats(normed));
        embeddings::backward(&mut grad, &normed, &floats(scales), &floats(4), ids, spec)
    };
    backward(16, 16, 4, &[9, 0, 0, 0], 3);
    let of = "embeddings_backward";
    refused(&[of, "grad has 12", "4 x 4"], || {
        backward(12, 16, 4, &zeros, 3)
    });
    refused(&[of, "rows has 20", "4 x 4"], || {
        backward(16, 20, 4, &zeros, 3)
    });
    refused(&[of, "the scales of the rows has 3"], || {
        backward(16, 16, 3, &zeros, 3)
    });
    // Their gradient would be nobody's.
    refused(&[of, "input_ids has 10"], || {
        backward(16, 16, 4, &[0, 0, 10, 0], 3)
    });
    refused(&[of, "1 positions"], || backward(16, 16, 4, &zeros, 1));
}

#[test]
fn a_cross_entropy_of_labels_outside_the_classes_is_refused() {
    let of = "cross_entropy";
    let forward = |logits: usize, labels: &[u32]| cross_entropy::forward(&floats(logits), labels);
    refused(&[of, "labels has 3", "below 3"], || forward(6, &[0, 3]));
    refused(&[of, "7 elements", "2 labels"], || forward(7, &[0, 1]));
    refused(&[of, "0 labels"], || forward(0, &[]));
    let labels = [0, 3];
    refused(&[of, "labels has 3"], || {
        cross_entropy::backward(&mut floats(6), &labels, 1.0)
    });
    refused(&[of, "5 elements"], || {
        cross_entropy::backward(&mut floats(5), &labels, 1.0)
    });
}

#[test]
fn other_slices_that_differ_are_refused() {
    let step = AdamWStep {
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-6,
        decay: 1.0,
        rate: 0.1,
        second_scale: 1.0,
    };
    let adamw = |parameter: usize, grad: usize, first: usize, second: usize| {
        let [mut parameter, mut first, mut second] = [parameter, first, second].map(floats);
        adamw::step(&mut parameter, &floats(grad), &mut first, &mut second, step);
    };
    refused(&["adamw", "grad has 7", "1 x 8"], || adamw(8, 7, 8, 8));
    refused(&["adamw", "the first moment has 9"], || adamw(8, 8, 9, 8));
    refused(&["adamw", "the second moment has 7"], || adamw(8, 8, 8, 7));
    refused(&["adamw", "grad has 8", "1 x 7"], || adamw(7, 8, 8, 8));

    let sum = |a: usize, b: usize| weighted::sum(&mut floats(a), 1.0, &floats(b), 1.0);
    refused(&["weighted_sum", "b has 7", "1 x 8"], || sum(8, 7));

    refused(&["column_sums", "x has 7", "rows of 2"], || {
        reduce::column_sums(&floats(7), 2)
    });
    refused(&["column_sums", "rows of 0"], || {
        reduce::column_sums(&[], 0)
    });

    let six = floats(6);
    let matrix = |rows, columns| Matrix::new(&six, rows, columns);
    refused(&["a product", "[2, 4]", "6 elements"], || matrix(2, 4));
    refused(&["a product", "6 elements"], || {
        matrix(usize::MAX, usize::MAX)
    });
    refused(&["a product", "[2, 3] times [2, 3]"], || {
        product(matrix(2, 3), matrix(2, 3))
    });
    refused(&["a product", "bias has 3", "1 x 2"], || {
        product_plus(matrix(2, 3), matrix(3, 2), &floats(3))
    });
    let none = usize::MAX / 2;
    refused(&["too many"], || product(matrix(none, 0), matrix(0, 3)));
}

#[test]
fn a_dropout_of_everything_is_refused() {
    for prob in [1.0, 1.5, f32::INFINITY] {
        let dropout = Dropout { prob, seed: 1 };
        refused(&["dropout", "below 1"], || dropout.mask(1));
        let norm = [&*floats(4), &*floats(4)];
        refused(&["dropout"], || {
            layer_norm::add_forward(&mut floats(4), &floats(4), &floats(4), norm, spec(dropout))
        });
    }
}
