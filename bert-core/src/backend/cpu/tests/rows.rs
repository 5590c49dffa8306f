//! The kernels that go over rows, against the same formulas in f64.

use super::super::matmul::{Matrix, product, product_plus};
use super::super::{activation, adamw, cross_entropy, embeddings, layer_norm, reduce};
use super::*;
use crate::backend::{AdamWStep, EmbeddingsSpec};
use crate::config::HiddenAct;

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// Normalised rows and their scales.
fn normalized(x: &[f64], width: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut normed, mut scales) = (Vec::new(), Vec::new());
    for row in x.chunks(width) {
        let mean = row.iter().sum::<f64>() / width as f64;
        let squares = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        let scale = (squares / width as f64 + 1e-6).sqrt().recip();
        normed.extend(row.iter().map(|x| (x - mean) * scale));
        scales.push(scale);
    }
    (normed, scales)
}

fn with_parameters(normed: &[f64], weight: &[f32], shift: &[f32]) -> Vec<f64> {
    let parameters = weight.iter().zip(shift).cycle();
    normed
        .iter()
        .zip(parameters)
        .map(|(x, (weight, shift))| x * f64::from(*weight) + f64::from(*shift))
        .collect()
}

/// The gradient of x, and the sums for weight and shift.
fn norm_backward(
    grad: &[f64],
    normed: &[f64],
    scales: &[f64],
    weight: &[f32],
) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let width = weight.len();
    let (mut d_x, mut sums) = (Vec::new(), (vec![0.0; width], vec![0.0; width]));
    for (row, &scale) in scales.iter().enumerate() {
        let at = row * width..(row + 1) * width;
        let (grad, normed) = (&grad[at.clone()], &normed[at]);
        let weighted: Vec<f64> = grad
            .iter()
            .zip(weight)
            .map(|(g, w)| g * f64::from(*w))
            .collect();
        let mean = weighted.iter().sum::<f64>() / width as f64;
        let along = weighted.iter().zip(normed).map(|(g, x)| g * x).sum::<f64>() / width as f64;
        for column in 0..width {
            d_x.push(scale * (weighted[column] - mean - normed[column] * along));
            sums.0[column] += grad[column] * normed[column];
            sums.1[column] += grad[column];
        }
    }
    (d_x, sums.0, sums.1)
}

#[test]
fn add_layer_norm_writes_every_element() {
    for (rows, width) in shapes() {
        for dropout in [Dropout::NONE, ON] {
            let (mut x, residual) = (numbers(1, rows * width), numbers(2, rows * width));
            let [bias, weight, shift] = [3, 4, 5].map(|seed| numbers(seed, width));
            let kept = factors(dropout, rows * width);
            let sum: Vec<f64> = (0..rows * width)
                .map(|at| f64::from(residual[at] + (x[at] + bias[at % width]) * kept[at]))
                .collect();
            let (normed, scales) = normalized(&sum, width);
            let found =
                layer_norm::add_forward(&mut x, &bias, &residual, [&weight, &shift], spec(dropout));
            // With one column everything is its own mean, and the scale is that of rounding.
            if width > 1 {
                assert_close("the normalised rows", &x, &normed);
                assert_close("the scales", &found.scales, &scales);
            }
            let expected = with_parameters(&normed, &weight, &shift);
            assert_close("the result", &found.output, &expected);

            let mut grad = numbers(6, rows * width);
            let (x_before, scales) = (wide(&x), wide(&found.scales));
            let (residual, d_weight, d_shift) =
                norm_backward(&wide(&grad), &x_before, &scales, &weight);
            let sums = layer_norm::add_backward(&mut grad, &mut x, &found.scales, &weight, dropout);
            if width > 1 {
                assert_close("the gradient of the residual", &grad, &residual);
                let d_x: Vec<f64> = (0..rows * width)
                    .map(|at| residual[at] * f64::from(kept[at]))
                    .collect();
                assert_close("the gradient of x", &x, &d_x);
                let d_bias: Vec<f64> = (0..width)
                    .map(|column| d_x.iter().skip(column).step_by(width).sum())
                    .collect();
                assert_close("the gradient of the bias", &sums.bias, &d_bias);
            }
            assert_close("the gradient of the weight", &sums.weight, &d_weight);
            assert_close("the gradient of the shift", &sums.shift, &d_shift);
        }
    }
}

#[test]
fn bias_activation_writes_every_element() {
    for (rows, width) in shapes() {
        let (mut x, bias) = (numbers(1, rows * width), numbers(2, width));
        let grad = numbers(3, rows * width);
        for activation in [HiddenAct::Relu, HiddenAct::Tanh] {
            let act = |x: f64| match activation {
                HiddenAct::Relu => (x.max(0.0), f64::from(u8::from(x > 0.0))),
                _ => (x.tanh(), 1.0 - x.tanh().powi(2)),
            };
            let both: Vec<(f64, f64)> = (0..rows * width)
                .map(|at| act(f64::from(x[at] + bias[at % width])))
                .collect();
            let values: Vec<f64> = both.iter().map(|both| both.0).collect();
            let found = activation::forward(&x, &bias, activation);
            assert_close("the result", &found, &values);

            let d_x: Vec<f64> = both
                .iter()
                .zip(&grad)
                .map(|(both, grad)| both.1 * f64::from(*grad))
                .collect();
            let mut found = x.clone();
            let d_bias = activation::backward(&mut found, &bias, &grad, activation);
            assert_close("the gradient of x", &found, &d_x);
            let sums: Vec<f64> = (0..width)
                .map(|column| d_x.iter().skip(column).step_by(width).sum())
                .collect();
            assert_close("the gradient of the bias", &d_bias, &sums);
        }
        // The others are the same loop.
        for activation in [HiddenAct::Gelu, HiddenAct::GeluNew, HiddenAct::Silu] {
            let found = activation::forward(&x, &bias, activation);
            assert!(found.iter().all(|value| value.abs() < 4.0));
            activation::backward(&mut x, &bias, &grad, activation);
            assert!(x.iter().all(|value| value.abs() < 4.0));
        }
    }
}

#[test]
fn embeddings_write_every_element() {
    let [vocab, positions, token_types] = [600, 7, 2];
    for (batch, seq, hidden) in [(0, 3, 5), (1, 1, 1), (3, 7, 5), (6, 7, 33)] {
        for dropout in [Dropout::NONE, ON] {
            let [word, position, token_type] =
                [vocab, positions, token_types].map(|size| numbers(size as u64, size * hidden));
            let [weight, shift] = [4, 5].map(|seed| numbers(seed, hidden));
            let rows = batch * seq;
            // The last entry of each table, and many tokens with the same.
            let input: Vec<u32> = (0..rows as u32).map(|row| row * 71 % 5 * 149 + 3).collect();
            let segments: Vec<u32> = (0..rows as u32).map(|row| row % 2).collect();
            let ids = embeddings::Ids {
                input: &input,
                token_type: &segments,
                seq,
            };
            let tables = embeddings::Tables {
                word: &word,
                position: &position,
                token_type: &token_type,
            };
            let sum: Vec<f64> = (0..rows * hidden)
                .map(|at| {
                    let (row, column) = (at / hidden, at % hidden);
                    let word = word[input[row] as usize * hidden + column];
                    let segment = token_type[segments[row] as usize * hidden + column];
                    f64::from(word + segment + position[row % seq * hidden + column])
                })
                .collect();
            let (normed, scales) = normalized(&sum, hidden);
            let kept = factors(dropout, rows * hidden);
            let expected: Vec<f64> = with_parameters(&normed, &weight, &shift)
                .iter()
                .zip(&kept)
                .map(|(value, kept)| value * f64::from(*kept))
                .collect();
            let [output, found_normed, found_scales] =
                embeddings::forward(tables, ids, [&weight, &shift], spec(dropout));
            assert_close("the result", &output, &expected);
            if hidden > 1 {
                assert_close("the normalised rows", &found_normed, &normed);
                assert_close("the scales", &found_scales, &scales);
            }

            let mut grad = numbers(6, rows * hidden);
            let kept_grad: Vec<f64> = grad
                .iter()
                .zip(&kept)
                .map(|(grad, kept)| f64::from(grad * kept))
                .collect();
            let (normed, scales) = (wide(&found_normed), wide(&found_scales));
            let (d_sum, d_weight, d_shift) = norm_backward(&kept_grad, &normed, &scales, &weight);
            let found = embeddings::backward(
                &mut grad,
                &found_normed,
                &found_scales,
                &weight,
                ids,
                EmbeddingsSpec {
                    norm: spec(dropout),
                    vocab,
                    positions,
                    token_types,
                },
            );
            let table = |size: usize, entry: &dyn Fn(usize) -> usize| {
                let mut table = vec![0.0; size * hidden];
                for (at, d) in d_sum.iter().enumerate() {
                    table[entry(at / hidden) * hidden + at % hidden] += d;
                }
                table
            };
            assert_close("shift", &found.shift, &d_shift);
            assert_close("weight", &found.weight, &d_weight);
            if hidden > 1 {
                let words = table(vocab, &|row| input[row] as usize);
                assert_close("words", &found.word, &words);
                let places = table(positions, &|row| row % seq);
                assert_close("positions", &found.position, &places);
                let types = table(token_types, &|row| segments[row] as usize);
                assert_close("segments", &found.token_type, &types);
            }
        }
    }
}

#[test]
fn cross_entropy_looks_at_every_class() {
    for (rows, classes) in shapes().filter(|(rows, _)| *rows > 0) {
        let mut logits = numbers(1, rows * classes);
        let labels: Vec<u32> = (0..rows).map(|row| (row * 7 % classes) as u32).collect();
        let (mut loss, mut gradient) = (0.0, Vec::new());
        for (row, &label) in logits.chunks(classes).zip(&labels) {
            let total: f64 = row.iter().map(|&x| f64::from(x).exp()).sum();
            loss += total.ln() - f64::from(row[label as usize]);
            gradient.extend(row.iter().enumerate().map(|(class, &x)| {
                let hit = f64::from(u8::from(class == label as usize));
                0.5 / rows as f64 * (f64::from(x).exp() / total - hit)
            }));
        }
        let found = cross_entropy::forward(&logits, &labels);
        assert_close("the loss", &[found], &[loss / rows as f64]);
        cross_entropy::backward(&mut logits, &labels, 0.5);
        assert_close("the gradient", &logits, &gradient);
    }
}

#[test]
fn adamw_steps_every_element() {
    let step = AdamWStep {
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-6,
        decay: 0.9,
        rate: 0.1,
        second_scale: 1.0,
    };
    for len in [0, 1, 33] {
        let (mut parameter, grad) = (numbers(1, len), numbers(2, len));
        let (mut first, mut second) = (numbers(3, len), vec![0.5; len]);
        let expected: Vec<f64> = (0..len)
            .map(|at| {
                let grad = f64::from(grad[at]);
                let first = 0.9 * f64::from(first[at]) + 0.1 * grad;
                let second = 0.99 * 0.5 + 0.01 * grad * grad;
                f64::from(parameter[at]) * 0.9 - 0.1 * first / (second.sqrt() + 1e-6)
            })
            .collect();
        adamw::step(&mut parameter, &grad, &mut first, &mut second, step);
        assert_close("the parameter", &parameter, &expected);
    }
}

#[test]
fn products_write_every_element() {
    for (rows, inner, columns) in [(0, 3, 4), (1, 1, 1), (3, 0, 500), (5, 7, 3), (33, 5, 390)] {
        let (a, b) = (numbers(1, rows * inner), numbers(2, inner * columns));
        let bias = numbers(3, columns);
        let expected: Vec<f64> = (0..rows * columns)
            .map(|at| {
                let (row, column) = (at / columns, at % columns);
                let term = |i| f64::from(a[row * inner + i]) * f64::from(b[i * columns + column]);
                (0..inner).map(term).sum()
            })
            .collect();
        let (left, right) = (
            Matrix::new(&a, rows, inner),
            Matrix::new(&b, inner, columns),
        );
        assert_close("a product", &product(left, right), &expected);
        let transposed: Vec<f32> = (0..inner * columns)
            .map(|at| b[at % inner.max(1) * columns + at / inner.max(1)])
            .collect();
        let transposed = Matrix::new(&transposed, columns, inner).transposed();
        assert_close(
            "a transposed product",
            &product(left, transposed),
            &expected,
        );
        let found = product_plus(left, right, &bias);
        let expected: Vec<f64> = expected
            .iter()
            .enumerate()
            .map(|(at, value)| value + f64::from(bias[at % columns]))
            .collect();
        assert_close("a product plus a bias", &found, &expected);
    }
}

#[test]
fn sums_are_of_every_element() {
    for (rows, width) in shapes() {
        let x = numbers(1, rows * width);
        let sums: Vec<f64> = (0..width)
            .map(|column| {
                x.iter()
                    .skip(column)
                    .step_by(width)
                    .map(|&x| f64::from(x))
                    .sum()
            })
            .collect();
        assert_close("the sums", &reduce::column_sums(&x, width), &sums);
        let squares = x.iter().map(|&x| f64::from(x).powi(2)).sum();
        assert_close("the squares", &[reduce::sum_of_squares(&x)], &[squares]);
    }
}
