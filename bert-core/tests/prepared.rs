//! The form for inference: its operations against the ones that they stand for, and the whole model
//! against Hugging Face transformers, on every backend that is compiled in.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};

use bert_core::backend::composed;
use bert_core::config::HiddenAct;
use bert_core::model::{BertInput, Precision};
use burn::tensor::{Tensor, TensorData};
use common::{Reference, TestBackend, assert_close, tiny_bert, values};

on_every_backend!(
    prepared_dense,
    ragged_self_attention,
    wrong_shapes_are_refused,
    nothing_goes_in_and_nothing_comes_out,
    a_prepared_model_equals_transformers,
    a_row_of_padding_is_finite,
);

/// Reproducible numbers in `[-1, 1)`.
fn tensor<B: TestBackend, const D: usize>(seed: usize, shape: [usize; D]) -> Tensor<B, D> {
    let value = |at: usize| ((at * 7919 + seed * 104_729) % 2003) as f32 / 1001.5 - 1.0;
    let numbers: Vec<f32> = (0..shape.iter().product()).map(value).collect();
    Tensor::from_data(TensorData::new(numbers, shape), &B::test_device())
}

/// Rows around the heights of tiles, widths around those of panels and their halves.
fn prepared_dense<B: TestBackend>() {
    for rows in [1, 2, 5, 6, 7, 8, 9, 17, 97, 200] {
        for (d_in, d_out) in [(1, 1), (33, 15), (7, 16), (64, 33), (40, 96), (100, 49)] {
            let x = tensor::<B, 2>(1, [rows, d_in]);
            let weight = tensor::<B, 2>(2, [d_in, d_out]);
            let bias = tensor::<B, 1>(3, [d_out]);
            for with_bias in [false, true] {
                let bias = with_bias.then_some(bias.clone());
                let layer = B::prepare_dense(weight.clone(), bias.clone());
                assert_eq!(layer.shape(), [d_in, d_out]);
                let plain = composed::dense::forward(x.clone(), weight.clone(), bias);
                for activation in [None, Some(HiddenAct::Gelu), Some(HiddenAct::Tanh)] {
                    let expected = match activation {
                        None => plain.clone(),
                        Some(activation) => {
                            let zero = Tensor::zeros([d_out], &B::test_device());
                            composed::activation::forward(plain.clone(), zero, activation)
                        }
                    };
                    let expected = values(expected);
                    let largest = expected.iter().fold(1.0_f32, |most, v| most.max(v.abs()));
                    assert_close(
                        &format!("[{rows}, {d_in}] x [{d_in}, {d_out}], {activation:?}"),
                        &values(B::prepared_dense(x.clone(), &layer, activation)),
                        &expected,
                        B::FORWARD * largest,
                    );
                }
            }
        }
    }
}

fn ragged_self_attention<B: TestBackend>() {
    let batches: [&[usize]; 6] = [&[1], &[5], &[1, 1], &[7, 3, 12], &[4, 0, 2], &[130, 1, 129]];
    for lengths in batches {
        for (heads, head_size) in [(1, 8), (3, 32)] {
            let rows = lengths.iter().sum();
            let qkv = tensor::<B, 2>(4, [rows, 3 * heads * head_size]);
            let expected = composed::attention::ragged(qkv.clone(), heads, lengths);
            assert_close(
                &format!("{lengths:?}, {heads} heads of {head_size}"),
                &values(B::ragged_self_attention(qkv, heads, lengths)),
                &values(expected),
                B::FORWARD,
            );
        }
    }
}

/// Asserts that a call panics with a message that names the operation and the shapes.
#[track_caller]
fn refused<T>(parts: [&str; 2], call: impl FnOnce() -> T) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(call)) else {
        panic!("taken, but {parts:?} is wrong");
    };
    let message = panic.downcast::<String>().expect("a message");
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
}

fn wrong_shapes_are_refused<B: TestBackend>() {
    let a = |shape| tensor::<B, 2>(5, shape);
    refused(["prepare_dense", "bias is [2], expected [3]"], || {
        B::prepare_dense(a([6, 3]), Some(tensor(5, [2])))
    });
    let layer = B::prepare_dense(a([6, 3]), None);
    refused(["prepared_dense", "x is [4, 5], expected [4, 6]"], || {
        B::prepared_dense(a([4, 5]), &layer, None)
    });
    let attend = |qkv, lengths: &[usize]| B::ragged_self_attention(a(qkv), 2, lengths);
    let of = "ragged_self_attention";
    refused([of, "as 2 sequences"], || attend([5, 12], &[3, 3]));
    refused([of, "as 2 sequences"], || attend([5, 12], &[6, usize::MAX]));
    refused([of, "3 times 2 heads"], || attend([5, 9], &[2, 3]));
}

fn nothing_goes_in_and_nothing_comes_out<B: TestBackend>() {
    // Of the kernels alone; what Burn's own operations do with nothing is theirs.
    if !B::SKIPS_PADDING {
        return;
    }
    let a = |shape| tensor::<B, 2>(6, shape);
    let layer = B::prepare_dense(a([6, 3]), None);
    let product = B::prepared_dense(a([0, 6]), &layer, Some(HiddenAct::Gelu));
    assert_eq!(product.dims(), [0, 3]);
    let layer = B::prepare_dense(a([0, 3]), Some(tensor(6, [3])));
    let found = values(B::prepared_dense(a([2, 0]), &layer, None));
    assert_eq!(found, values(tensor::<B, 1>(6, [3])).repeat(2));
    assert_eq!(B::ragged_self_attention(a([0, 12]), 2, &[]).dims(), [0, 4]);
    assert_eq!(
        B::ragged_self_attention(a([0, 12]), 2, &[0, 0]).dims(),
        [0, 4]
    );
}

/// The batch has sequences of several lengths.
fn a_prepared_model_equals_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-bert");
    let (model, config) = tiny_bert::<B>();
    let batch = reference.batch("");
    let input = BertInput::<B>::new(
        &config,
        batch.shape,
        &batch.input_ids,
        &batch.token_type_ids,
        &batch.attention_mask,
        &B::test_device(),
    )
    .unwrap();
    assert!(batch.attention_mask.contains(&0), "nothing is padded");
    let prepared = model.prepare(Precision::F32);
    assert_close(
        "pooled_output",
        &values(prepared.pooled(&input)),
        &reference.floats("pooled_output"),
        B::FORWARD,
    );

    let last = format!("hidden_states.{}", config.num_hidden_layers);
    let width = config.hidden_size;
    let of_tokens = |hidden: &[f32]| -> Vec<f32> {
        let rows = hidden.chunks_exact(width).zip(&batch.attention_mask);
        let tokens = rows.filter(|&(_, &mask)| mask == 1);
        tokens.flat_map(|(row, _)| row.to_vec()).collect()
    };
    let found = values(prepared.trunk().forward(&input));
    assert_eq!(found.len(), batch.attention_mask.len() * width);
    assert!(found.iter().all(|value| value.is_finite()));
    assert_close(
        &last,
        &of_tokens(&found),
        &of_tokens(&reference.floats(&last)),
        B::FORWARD,
    );
}

fn a_row_of_padding_is_finite<B: TestBackend>() {
    let (model, config) = tiny_bert::<B>();
    let (ids, mask) = ([2, 7, 3, 0, 0, 0], [1, 1, 1, 0, 0, 0]);
    let device = B::test_device();
    let input = BertInput::<B>::new(&config, [2, 3], &ids, &[0; 6], &mask, &device).unwrap();
    let expected = values(model.forward(input.clone()).pooled_output);
    let prepared = model.prepare(Precision::F32);
    assert_close(
        "pooled_output",
        &values(prepared.pooled(&input)),
        &expected,
        B::FORWARD,
    );
    let hidden = values(prepared.trunk().forward(&input));
    assert!(hidden.iter().all(|value| value.is_finite()));
}
