//! Every operation of `BertBackend` against the same thing composed of Burn's own operations and
//! differentiated by Burn: the result and every gradient, with and without dropout, in odd shapes.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};

use bert_core::backend::{
    AdamWStep, AttentionSpec, BertBackend, Dropout, EmbeddingTables, EmbeddingsSpec,
    LayerNormParameters, LayerNormSpec, Moments, composed,
};
use bert_core::config::HiddenAct;
use burn::backend::Autodiff;
use burn::tensor::{Int, Tensor, TensorData};
use common::{TestBackend, assert_close, assert_close_relative, values};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

on_every_backend!(
    dense,
    qkv,
    self_attention,
    add_layer_norm,
    bias_activation,
    embeddings,
    cross_entropy,
    adamw,
    sum_of_squares,
    scale_and_weighted_sum,
    wrong_shapes_are_refused,
    empty_batches_have_empty_results,
    views_are_read_as_what_they_show,
);

/// With gradients.
type Ad<B> = Autodiff<B>;

/// Reproducible numbers in `[-1, 1)`.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    fn tensor<B: TestBackend, const D: usize>(&mut self, shape: [usize; D]) -> Tensor<Ad<B>, D> {
        let len = shape.iter().product();
        let values: Vec<f32> = (0..len).map(|_| self.next()).collect();
        Tensor::from_data(TensorData::new(values, shape), &B::test_device()).require_grad()
    }

    fn ids<B: TestBackend, const D: usize>(
        &mut self,
        shape: [usize; D],
        below: usize,
    ) -> Tensor<Ad<B>, D, Int> {
        let len = shape.iter().product();
        let values: Vec<i64> = (0..len)
            .map(|_| ((f64::from(self.next()) + 1.0) / 2.0 * below as f64) as i64)
            .collect();
        Tensor::from_data(TensorData::new(values, shape), &B::test_device())
    }
}

/// Compares two results, and their gradients with respect to tensors of rank 1 and 2, where the
/// gradient of the result is a fixed pattern.
fn compare<B: TestBackend, const D: usize>(
    what: &str,
    found: Tensor<Ad<B>, D>,
    expected: Tensor<Ad<B>, D>,
    vectors: &[&Tensor<Ad<B>, 1>],
    matrices: &[&Tensor<Ad<B>, 2>],
) {
    let shape = found.dims();
    let upstream = Numbers(99).tensor::<B, D>(shape).detach();
    let largest = values(expected.clone())
        .into_iter()
        .fold(1.0_f32, |largest, v| largest.max(v.abs()));
    assert_close(
        what,
        &values(found.clone()),
        &values(expected.clone()),
        B::FORWARD * largest,
    );
    let found = (found * upstream.clone()).sum().backward();
    let expected = (expected * upstream).sum().backward();
    for (number, input) in vectors.iter().enumerate() {
        let of = |grads| values(input.grad(grads).expect("a gradient"));
        let name = format!("{what}: gradient of vector {number}");
        assert_close_relative(&name, &of(&found), &of(&expected), B::GRADIENT);
    }
    for (number, input) in matrices.iter().enumerate() {
        let of = |grads| values(input.grad(grads).expect("a gradient"));
        let name = format!("{what}: gradient of matrix {number}");
        assert_close_relative(&name, &of(&found), &of(&expected), B::GRADIENT);
    }
}

/// Runs a check on shapes that proptest draws, and on the named ones.
fn for_shapes<S: Strategy>(strategy: S, named: &[S::Value], check: impl Fn(S::Value))
where
    S::Value: Clone,
{
    named.iter().cloned().for_each(&check);
    let config = Config {
        cases: 12,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let result = runner.run(&strategy, |shape| {
        check(shape);
        Ok(())
    });
    result.unwrap();
}

/// The mask that a backend draws from a seed, so that the composed body can use the same; absent
/// where the backend draws from its own generator, and then only the mean can be compared.
fn same_mask<B: TestBackend, const D: usize>(
    dropout: Dropout,
    shape: [usize; D],
) -> Option<Tensor<Ad<B>, D>> {
    let mask = dropout.mask(shape.iter().product());
    let mask = Tensor::from_data(TensorData::new(mask, shape), &B::test_device());
    dropout.is_on().then_some(mask)
}

/// No dropout; and dropout where its mask can be known.
fn dropouts<B: TestBackend>() -> Vec<Dropout> {
    let on = Dropout {
        prob: 0.3,
        seed: 0x1234_5678_9ABC_DEF0,
    };
    match B::SEEDED_DROPOUT {
        true => vec![Dropout::NONE, on],
        false => vec![Dropout::NONE],
    }
}

fn dense<B: TestBackend>() {
    let sizes = (1..40_usize, 1..130_usize, 1..70_usize);
    for_shapes(sizes, &[(1, 1, 1), (7, 33, 127)], |(rows, d_in, d_out)| {
        for with_bias in [false, true] {
            let mut numbers = Numbers(1);
            let x = numbers.tensor::<B, 2>([rows, d_in]);
            let weight = numbers.tensor::<B, 2>([d_in, d_out]);
            let bias = numbers.tensor::<B, 1>([d_out]);
            let bias = with_bias.then_some(bias);
            let product = x.clone().matmul(weight.clone());
            compare::<B, 2>(
                &format!("dense, bias: {with_bias}"),
                <Ad<B>>::dense(x.clone(), weight.clone(), bias.clone()),
                match &bias {
                    Some(bias) => product + bias.clone().unsqueeze(),
                    None => product,
                },
                bias.as_ref().as_slice(),
                &[&x, &weight],
            );
        }
    });
}

fn qkv<B: TestBackend>() {
    for_shapes(
        (1..40_usize, 1..80_usize),
        &[(1, 16), (33, 127)],
        |(rows, hidden)| {
            let mut numbers = Numbers(2);
            let x = numbers.tensor::<B, 2>([rows, hidden]);
            let weights = [0; 3].map(|_| numbers.tensor::<B, 2>([hidden, hidden]));
            let biases = [0; 3].map(|_| numbers.tensor::<B, 1>([hidden]));
            let part =
                |i: usize| x.clone().matmul(weights[i].clone()) + biases[i].clone().unsqueeze();
            let [a, b, c] = &weights;
            compare::<B, 2>(
                "qkv",
                <Ad<B>>::qkv(x.clone(), weights.clone(), biases.clone()),
                Tensor::cat(vec![part(0), part(1), part(2)], 1),
                &biases.each_ref(),
                &[&x, a, b, c],
            );
        },
    );
}

fn self_attention<B: TestBackend>() {
    let sizes = (
        1..4_usize,
        1..40_usize,
        1..4_usize,
        1..5_usize,
        any::<u64>(),
    );
    // The last: two blocks of rows, nearly all padding in one sequence.
    let named = [
        (1, 1, 1, 1, 0),
        (2, 7, 1, 8, 1),
        (2, 33, 3, 2, 2),
        (2, 130, 2, 1, 3),
    ];
    for_shapes(sizes, &named, |(batch, seq, heads, size, seed)| {
        let head_size = 16 * size;
        let mut numbers = Numbers(seed);
        let qkv = numbers.tensor::<B, 2>([batch * seq, 3 * heads * head_size]);
        let mut lengths: Vec<usize> = (0..batch)
            .map(|_| 1 + ((numbers.next() + 1.0) / 2.0 * seq as f32) as usize % seq)
            .collect();
        lengths[0] = if seed % 2 == 0 { seq } else { 1 };
        let bias: Vec<f32> = lengths
            .iter()
            .flat_map(|&length| (0..seq).map(move |at| if at < length { 0.0 } else { -1e9 }))
            .collect();
        let bias = TensorData::new(bias, [batch, 1, 1, seq]);
        for dropout in dropouts::<B>() {
            let spec = AttentionSpec {
                batch,
                seq,
                heads,
                lengths: lengths.clone().into(),
                bias: Some(Tensor::from_data(bias.clone(), &B::test_device())),
                dropout,
            };
            let mask = same_mask::<B, 4>(dropout, [batch, heads, seq, seq]);
            let (expected, _) = composed::attention::forward_with(qkv.clone(), &spec, mask);
            compare::<B, 2>(
                &format!("attention {batch} x {seq}, {heads} heads of {head_size}, {dropout:?}"),
                <Ad<B>>::self_attention(qkv.clone(), &spec),
                expected,
                &[],
                &[&qkv],
            );
        }
    });
}

fn norm_spec(dropout: Dropout) -> LayerNormSpec {
    LayerNormSpec {
        eps: 1e-12,
        dropout,
    }
}

fn norm_parameters<B: TestBackend>(
    numbers: &mut Numbers,
    hidden: usize,
) -> LayerNormParameters<Ad<B>> {
    LayerNormParameters {
        weight: numbers.tensor::<B, 1>([hidden]),
        bias: numbers.tensor::<B, 1>([hidden]),
    }
}

fn add_layer_norm<B: TestBackend>() {
    for_shapes(
        (1..80_usize, 2..140_usize),
        &[(1, 7), (33, 33), (40, 127)],
        |(rows, hidden)| {
            let mut numbers = Numbers(3);
            let x = numbers.tensor::<B, 2>([rows, hidden]);
            let residual = numbers.tensor::<B, 2>([rows, hidden]);
            let bias = numbers.tensor::<B, 1>([hidden]);
            let norm = norm_parameters::<B>(&mut numbers, hidden);
            for dropout in dropouts::<B>() {
                let spec = norm_spec(dropout);
                let arguments = || (x.clone(), bias.clone(), residual.clone(), norm.clone());
                let (a, b, c, d) = arguments();
                let mask = same_mask::<B, 2>(dropout, [rows, hidden]);
                let (expected, _) = composed::layer_norm::add_forward_with(a, b, c, d, spec, mask);
                let (a, b, c, d) = arguments();
                compare::<B, 2>(
                    &format!("add_layer_norm [{rows}, {hidden}], {dropout:?}"),
                    <Ad<B>>::add_layer_norm(a, b, c, d, spec),
                    expected,
                    &[&bias, &norm.weight, &norm.bias],
                    &[&x, &residual],
                );
            }
        },
    );
}

fn bias_activation<B: TestBackend>() {
    let activations = [
        HiddenAct::Gelu,
        HiddenAct::GeluNew,
        HiddenAct::Relu,
        HiddenAct::Silu,
        HiddenAct::Tanh,
    ];
    for_shapes(
        (1..80_usize, 1..140_usize),
        &[(1, 1), (33, 127)],
        |(rows, width)| {
            let mut numbers = Numbers(4);
            // Times 4, so that the tails are there too.
            let x = numbers.tensor::<B, 2>([rows, width]).inner();
            let x = Tensor::<Ad<B>, 2>::from_inner(x.mul_scalar(4.0)).require_grad();
            let bias = numbers.tensor::<B, 1>([width]);
            for activation in activations {
                compare::<B, 2>(
                    &format!("{activation:?} [{rows}, {width}]"),
                    <Ad<B>>::bias_activation(x.clone(), bias.clone(), activation),
                    activation.forward(x.clone() + bias.clone().unsqueeze()),
                    &[&bias],
                    &[&x],
                );
            }
        },
    );
}

fn embeddings<B: TestBackend>() {
    let sizes = (1..5_usize, 1..30_usize, 2..80_usize, 3..1200_usize);
    for_shapes(
        sizes,
        &[(1, 1, 7, 3), (3, 9, 33, 1100)],
        |(batch, seq, hidden, vocab)| {
            let mut numbers = Numbers(5);
            let tables = EmbeddingTables {
                word: numbers.tensor::<B, 2>([vocab, hidden]),
                position: numbers.tensor::<B, 2>([seq + 3, hidden]),
                token_type: numbers.tensor::<B, 2>([2, hidden]),
            };
            let norm = norm_parameters::<B>(&mut numbers, hidden);
            let ids = numbers.ids::<B, 2>([batch, seq], vocab);
            let types = numbers.ids::<B, 2>([batch, seq], 2);
            for dropout in dropouts::<B>() {
                let spec = norm_spec(dropout);
                let (expected, _) = composed::embeddings::forward_with(
                    tables.clone(),
                    norm.clone(),
                    ids.clone(),
                    types.clone(),
                    spec,
                    same_mask::<B, 2>(dropout, [batch * seq, hidden]),
                );
                compare::<B, 2>(
                    &format!("embeddings {batch} x {seq} x {hidden}, {dropout:?}"),
                    <Ad<B>>::embeddings(
                        tables.clone(),
                        norm.clone(),
                        ids.clone(),
                        types.clone(),
                        spec,
                    ),
                    expected,
                    &[&norm.weight, &norm.bias],
                    &[&tables.word, &tables.position, &tables.token_type],
                );
            }
        },
    );
}

fn cross_entropy<B: TestBackend>() {
    for_shapes(
        (1..40_usize, 2..300_usize),
        &[(1, 2), (32, 2), (7, 1027)],
        |(rows, classes)| {
            let mut numbers = Numbers(6);
            let logits = numbers.tensor::<B, 2>([rows, classes]);
            let labels = numbers.ids::<B, 1>([rows], classes);
            compare::<B, 1>(
                "cross_entropy",
                <Ad<B>>::cross_entropy(logits.clone(), labels.clone()),
                composed::cross_entropy::forward(logits.clone(), labels),
                &[],
                &[&logits],
            );
        },
    );

    let device = B::test_device();
    let logits = Tensor::<B, 2>::from_floats([[0.0, 0.0], [1000.0, 0.0]], &device);
    let labels = Tensor::from_ints([1, 0], &device);
    let loss = values(B::cross_entropy(logits, labels))[0];
    assert!(
        (loss - 2.0_f32.ln() / 2.0).abs() < 1e-6,
        "by hand, without overflow: {loss}"
    );
}

fn adamw<B: TestBackend>() {
    let step = |decay| bert_core::backend::AdamWStep {
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-6,
        decay,
        rate: 0.01,
        second_scale: 1.3,
    };
    for_shapes(
        (1..90_usize, 1..400_usize),
        &[(1, 1), (130, 127)],
        |(rows, width)| {
            let mut numbers = Numbers(7);
            let mut draw = || numbers.tensor::<B, 2>([rows, width]).inner();
            let (mut found, grads) = (draw(), [draw(), draw(), draw()]);
            let mut expected = found.clone();
            let (mut found_moments, mut expected_moments) = (None, None);
            for (grad, decay) in grads.into_iter().zip([1.0, 0.99, 0.9]) {
                let (next, moments) = B::adamw(found, grad.clone(), found_moments, step(decay));
                (found, found_moments) = (next, Some(moments));
                let (next, moments) =
                    composed::adamw::step(expected, grad, expected_moments, step(decay));
                (expected, expected_moments) = (next, Some(moments));
            }
            let (found_moments, expected_moments) =
                (found_moments.unwrap(), expected_moments.unwrap());
            let pairs = [
                (found, expected),
                (found_moments.first, expected_moments.first),
                (found_moments.second, expected_moments.second),
            ];
            for (found, expected) in pairs {
                assert_close("adamw", &values(found), &values(expected), B::FORWARD);
            }
        },
    );
}

fn sum_of_squares<B: TestBackend>() {
    for_shapes(1..40_000_usize, &[1, 16_384, 16_385], |len| {
        let x = Numbers(8).tensor::<B, 1>([len]).inner();
        let expected: f64 = values(x.clone())
            .iter()
            .map(|&v| f64::from(v).powi(2))
            .sum();
        let found = f64::from(values(B::sum_of_squares(x))[0]);
        assert!(
            (found - expected).abs() < 1e-5 * expected,
            "{found} {expected}"
        );
    });
}

fn scale_and_weighted_sum<B: TestBackend>() {
    for_shapes(1..40_000_usize, &[1, 16_384, 16_385], |len| {
        let of = |seed| Numbers(seed).tensor::<B, 1>([len]).inner();
        let (a, b) = (of(8), of(9));
        let factors = [0.7_f32, -0.3];
        let expected: Vec<f32> = values(a.clone()).iter().map(|a| factors[0] * a).collect();
        assert_close(
            "scale",
            &values(B::scale(a.clone(), factors[0])),
            &expected,
            B::FORWARD,
        );
        let sum = expected.iter().zip(values(b.clone()));
        let sum: Vec<f32> = sum.map(|(a, b)| a + factors[1] * b).collect();
        // One of them is in use elsewhere, and must not be written into.
        let found = values(B::weighted_sum((a.clone(), factors[0]), (b, factors[1])));
        assert_close("weighted_sum", &found, &sum, B::FORWARD);
        assert_eq!(values(a), values(of(8)));
    });
}

fn tensor<B: TestBackend, const D: usize>(shape: [usize; D]) -> Tensor<B, D> {
    Numbers(10).tensor::<B, D>(shape).inner()
}

fn zeros<B: TestBackend, const D: usize>(shape: [usize; D]) -> Tensor<B, D, Int> {
    Tensor::zeros(shape, &B::test_device())
}

fn tables<B: TestBackend>(position: [usize; 2], token_type: [usize; 2]) -> EmbeddingTables<B> {
    EmbeddingTables {
        word: tensor([9, 6]),
        position: tensor(position),
        token_type: tensor(token_type),
    }
}

fn norm_of<B: TestBackend>(weight: usize, bias: usize) -> LayerNormParameters<B> {
    LayerNormParameters {
        weight: tensor([weight]),
        bias: tensor([bias]),
    }
}

fn attention_of<B: TestBackend>(lengths: &[usize], bias: Option<[usize; 4]>) -> AttentionSpec<B> {
    AttentionSpec {
        batch: 2,
        seq: 3,
        heads: 2,
        lengths: lengths.into(),
        bias: bias.map(tensor),
        dropout: Dropout::NONE,
    }
}

/// Asserts that a call panics with a message that names the operation and the shapes.
#[track_caller]
fn refused<T>(parts: [&str; 3], call: impl FnOnce() -> T) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(call)) else {
        panic!("taken, but {parts:?} is wrong");
    };
    let message = panic.downcast::<String>().expect("a message");
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
}

fn wrong_shapes_are_refused<B: TestBackend>() {
    let a = |shape| tensor::<B, 2>(shape);
    let v = |len: usize| tensor::<B, 1>([len]);

    refused(["weighted_sum", "b is [4]", "[5]"], || {
        B::weighted_sum((v(5), 1.0), (v(4), 1.0))
    });
    refused(["dense", "weight is [5, 3]", "[6, 3]"], || {
        B::dense(a([4, 6]), a([5, 3]), None)
    });
    refused(["dense", "bias is [1]", "[3]"], || {
        B::dense(a([4, 6]), a([6, 3]), Some(v(1)))
    });
    refused(["dense_backward", "grad is [4, 2]", "[4, 3]"], || {
        B::dense_backward(a([4, 6]), a([6, 3]), a([4, 2]), [true; 3])
    });
    refused(["qkv", "a weight is [6, 5]", "[6, 6]"], || {
        B::qkv(
            a([4, 6]),
            [a([6, 6]), a([6, 5]), a([6, 6])],
            [v(6), v(6), v(6)],
        )
    });
    refused(["qkv", "a bias is [1]", "[6]"], || {
        B::qkv(
            a([4, 6]),
            [a([6, 6]), a([6, 6]), a([6, 6])],
            [v(6), v(6), v(1)],
        )
    });
    refused(["qkv_backward", "grad is [4, 6]", "[4, 18]"], || {
        B::qkv_backward(a([4, 6]), [a([6, 6]), a([6, 6]), a([6, 6])], a([4, 6]))
    });

    let attend = |qkv, lengths: &[usize], bias| {
        B::self_attention_saving(a(qkv), &attention_of::<B>(lengths, bias))
    };
    let of = "self_attention";
    refused([of, "qkv is [5, 12]", "2 x 3 rows"], || {
        attend([5, 12], &[3, 3], None)
    });
    refused([of, "qkv is [6, 14]", "2 heads"], || {
        attend([6, 14], &[3, 3], None)
    });
    refused([of, "lengths is [1]", "[2]"], || {
        attend([6, 12], &[3], None)
    });
    refused([of, "a length is 4", "at most 3"], || {
        attend([6, 12], &[3, 4], None)
    });
    refused([of, "bias is [1, 1, 1, 3]", "[2, 1, 1, 3]"], || {
        attend([6, 12], &[3, 3], Some([1, 1, 1, 3]))
    });
    refused([of, "qkv is [5, 12]", "2 x 3 rows"], || {
        B::self_attention(a([5, 12]), &attention_of::<B>(&[3, 3], None))
    });
    let (_, saved) = attend([6, 12], &[3, 2], None);
    refused(
        ["self_attention_backward", "grad is [3, 4]", "[6, 4]"],
        || {
            let spec = attention_of::<B>(&[3, 2], None);
            B::self_attention_backward(a([6, 12]), saved, a([3, 4]), &spec)
        },
    );

    let spec = norm_spec(Dropout::NONE);
    let add = |residual, bias, norm| {
        B::add_layer_norm_saving(a([4, 6]), v(bias), a(residual), norm, spec)
    };
    let of = "add_layer_norm";
    refused([of, "residual is [2, 6]", "[4, 6]"], || {
        add([2, 6], 6, norm_of(6, 6))
    });
    refused([of, "residual is [1, 6]", "[4, 6]"], || {
        add([1, 6], 6, norm_of(6, 6))
    });
    refused([of, "bias is [1]", "[6]"], || add([4, 6], 1, norm_of(6, 6)));
    refused([of, "weight is [5]", "[6]"], || {
        add([4, 6], 6, norm_of(5, 6))
    });
    refused([of, "the norm's bias is [1]", "[6]"], || {
        add([4, 6], 6, norm_of(6, 1))
    });
    let (_, saved) = add([4, 6], 6, norm_of(6, 6));
    let backward =
        |saved, weight, grad| B::add_layer_norm_backward(saved, v(weight), a(grad), spec);
    let of = "add_layer_norm_backward";
    refused([of, "weight is [1]", "[6]"], || {
        backward(saved.clone(), 1, [4, 6])
    });
    refused(["scale", "is [4", "[5"], || backward(saved, 6, [5, 6]));

    refused(["bias_activation", "bias is [1]", "[6]"], || {
        B::bias_activation(a([4, 6]), v(1), HiddenAct::Gelu)
    });
    refused(
        ["bias_activation_backward", "grad is [1, 6]", "[4, 6]"],
        || B::bias_activation_backward(a([4, 6]), v(6), a([1, 6]), HiddenAct::Gelu),
    );

    let embed = |tables, norm, ids, types| {
        B::embeddings_saving(tables, norm, zeros(ids), zeros(types), spec)
    };
    let of = "embeddings";
    let right = || tables::<B>([4, 6], [2, 6]);
    refused([of, "token_type_ids is [1, 3]", "[2, 3]"], || {
        embed(right(), norm_of(6, 6), [2, 3], [1, 3])
    });
    refused([of, "input_ids is [2, 5]", "4 positions"], || {
        embed(right(), norm_of(6, 6), [2, 5], [2, 5])
    });
    refused([of, "the position table is [4, 5]", "[4, 6]"], || {
        embed(tables([4, 5], [2, 6]), norm_of(6, 6), [2, 3], [2, 3])
    });
    refused([of, "the segment table is [2, 1]", "[2, 6]"], || {
        embed(tables([4, 6], [2, 1]), norm_of(6, 6), [2, 3], [2, 3])
    });
    refused([of, "the norm's weight is [1]", "[6]"], || {
        embed(right(), norm_of(1, 6), [2, 3], [2, 3])
    });
    let (_, saved) = embed(right(), norm_of(6, 6), [2, 3], [2, 3]);
    refused(["embeddings_backward", "grad is [3, 6]", "[6, 6]"], || {
        let spec = EmbeddingsSpec {
            norm: spec,
            vocab: 9,
            positions: 4,
            token_types: 2,
        };
        B::embeddings_backward(saved, v(6), zeros([2, 3]), zeros([2, 3]), a([3, 6]), spec)
    });

    let of = "cross_entropy";
    refused([of, "labels is [3]", "[4]"], || {
        B::cross_entropy(a([4, 2]), zeros([3]))
    });
    refused([of, "logits is [0, 2]", "one row"], || {
        B::cross_entropy(a([0, 2]), zeros([0]))
    });
    refused(["cross_entropy_backward", "grad is [2]", "[1]"], || {
        B::cross_entropy_backward(a([4, 2]), zeros([4]), v(2))
    });

    let step = AdamWStep {
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-6,
        decay: 1.0,
        rate: 0.01,
        second_scale: 1.0,
    };
    refused(["adamw", "grad is [1, 6]", "[4, 6]"], || {
        B::adamw(a([4, 6]), a([1, 6]), None, step)
    });
    refused(["adamw", "the first moment is [4, 1]", "[4, 6]"], || {
        let moments = Moments {
            first: a([4, 1]),
            second: a([4, 6]),
        };
        B::adamw(a([4, 6]), a([4, 6]), Some(moments), step)
    });
}

/// A batch of nothing: no division by it, and the gradients of parameters are 0.
fn empty_batches_have_empty_results<B: TestBackend>() {
    // Of the kernels alone; what Burn's own operations do with nothing is theirs.
    if !B::SEEDED_DROPOUT {
        return;
    }
    let a = |shape| tensor::<B, 2>(shape);
    let spec = norm_spec(Dropout::NONE);
    let norm = || norm_of::<B>(6, 6);
    let (output, saved) = B::add_layer_norm_saving(a([0, 6]), tensor([6]), a([0, 6]), norm(), spec);
    assert_eq!(output.dims(), [0, 6]);
    let found = B::add_layer_norm_backward(saved, tensor([6]), a([0, 6]), spec);
    assert_eq!(values(found.norm.weight), [0.0; 6]);
    let empty = AttentionSpec {
        batch: 0,
        ..attention_of::<B>(&[], None)
    };
    let (output, saved) = B::self_attention_saving(a([0, 12]), &empty);
    assert_eq!(output.dims(), [0, 4]);
    let grad = B::self_attention_backward(a([0, 12]), saved, a([0, 4]), &empty);
    assert_eq!(grad.dims(), [0, 12]);
    assert_eq!(B::dense(a([0, 6]), a([6, 3]), None).dims(), [0, 3]);
    let found = B::dense_backward(a([0, 6]), a([6, 3]), a([0, 3]), [true; 3]);
    assert_eq!(values(found.weight.unwrap()), [0.0; 18]);
    assert_eq!(values(B::sum_of_squares(a([0, 6]))), [0.0]);
    assert_eq!(B::scale(a([0, 6]), 2.0).dims(), [0, 6]);
    let found = B::weighted_sum((a([0, 6]), 2.0), (a([0, 6]), 1.0));
    assert_eq!(found.dims(), [0, 6]);
}

/// The kernels compute in f32: half types become f32 without loss, and the result is of their type.
#[cfg(feature = "flex")]
fn other_types_are_taken_without_loss_or_refused<B: TestBackend>() {
    use burn::tensor::{DType, FloatDType};

    let (x, weight) = (tensor::<B, 2>([4, 6]), tensor::<B, 2>([6, 3]));
    refused(["F64", "[4, 6]", "expected F32"], || {
        B::dense(x.clone().cast(FloatDType::F64), weight.clone(), None)
    });
    let half = |x: &Tensor<B, 2>| x.clone().cast(FloatDType::BF16);
    let found = B::dense(half(&x), half(&weight), None);
    assert_eq!(found.dtype(), DType::BF16);
    let wide = |x: &Tensor<B, 2>| half(x).cast(FloatDType::F32);
    let expected = B::dense(wide(&x), wide(&weight), None);
    assert_close("dense in bf16", &values(found), &values(expected), 2e-2);
}

#[cfg(feature = "flex")]
#[test]
fn other_types_are_taken_without_loss_or_refused_on_flex() {
    other_types_are_taken_without_loss_or_refused::<burn::backend::Flex>();
}

/// Also where the message of an index out of bounds would tell nothing.
#[cfg(feature = "flex")]
#[test]
fn ids_outside_their_tables_are_refused_on_flex() {
    use burn::backend::Flex;

    let ids = |id: i64| {
        Tensor::<Flex, 1, Int>::from_data(TensorData::new(vec![0, id], [2]), &Default::default())
    };
    for id in [-1, 3] {
        let parts = ["cross_entropy", "labels has", &id.to_string()];
        refused(parts, || Flex::cross_entropy(tensor([2, 3]), ids(id)));
        let parts = ["embeddings", "token_type_ids has", &id.to_string()];
        refused(parts, || {
            let types = ids(id).reshape([1, 2]);
            let (tables, norm) = (tables([4, 6], [2, 6]), norm_of(6, 6));
            Flex::embeddings(tables, norm, zeros([1, 2]), types, norm_spec(Dropout::NONE))
        });
    }
}

/// Tensors that are not row after row in memory, or the same row many times.
fn views_are_read_as_what_they_show<B: TestBackend>() {
    let x = tensor::<B, 2>([5, 7]);
    let bias = tensor::<B, 1>([5]);
    let rows = |x: Tensor<B, 2>| Tensor::<B, 2>::from_data(x.into_data(), &B::test_device());
    let views = [
        x.clone().transpose(),
        tensor::<B, 2>([9, 5]).slice([1..8, 0..5]),
        tensor::<B, 2>([7, 9]).slice([0..7, 2..7]),
        tensor::<B, 2>([1, 5]).expand([7, 5]),
        tensor::<B, 2>([7, 5]).flip([0]),
    ];
    // A library adds up a view in another order than a copy of it.
    let same = |found: Tensor<B, 2>, expected: Tensor<B, 2>| {
        assert_close(
            "a view",
            &values(found),
            &values(expected),
            10.0 * B::FORWARD,
        );
    };
    for view in views {
        let act = |x| B::bias_activation(x, bias.clone(), HiddenAct::Gelu);
        same(act(view.clone()), act(rows(view.clone())));
        let norm = norm_of::<B>(5, 5);
        let add = |x, residual| {
            let spec = norm_spec(Dropout::NONE);
            B::add_layer_norm(x, bias.clone(), residual, norm.clone(), spec)
        };
        let other = tensor::<B, 2>([7, 5]);
        let expected = add(rows(view.clone()), other.clone());
        same(add(view.clone(), other.clone()), expected);
        let expected = add(other.clone(), rows(view.clone()));
        same(add(other, view.clone()), expected);
        let weight = tensor::<B, 2>([5, 3]);
        let product = |x| B::dense(x, weight.clone(), None);
        same(product(view.clone()), product(rows(view)));
    }
}
