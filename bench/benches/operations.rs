//! Each operation of `BertBackend` on flex, its kernel next to the composed body, for MiniLM-L6 at
//! 8 x 128: `cargo bench -p bert-bench`.

use std::hint::black_box;

use bert_cli::allocator::keep_pages;
use bert_core::backend::{
    AdamWStep, AttentionSpec, BertBackend, Dropout, LayerNormParameters, LayerNormSpec, composed,
};
use bert_core::config::HiddenAct;
use burn::backend::Flex;
use burn::tensor::{Distribution, Tensor};
use criterion::{Criterion, criterion_group, criterion_main};

const BATCH: usize = 8;
const SEQ: usize = 128;
const ROWS: usize = BATCH * SEQ;
const HIDDEN: usize = 384;
const WIDE: usize = 4 * HIDDEN;

const DROPOUT: Dropout = Dropout { prob: 0.1, seed: 7 };

fn random<const D: usize>(shape: [usize; D]) -> Tensor<Flex, D> {
    Tensor::random(shape, Distribution::Default, &Default::default())
}

fn norm() -> LayerNormParameters<Flex> {
    LayerNormParameters {
        weight: random([HIDDEN]),
        bias: random([HIDDEN]),
    }
}

fn attention(criterion: &mut Criterion) {
    // As in the programs: without it, most of the time is the system's, for fresh memory.
    keep_pages();
    let mut group = criterion.benchmark_group("attention");
    let qkv = random([ROWS, 3 * HIDDEN]);
    let grad = random([ROWS, HIDDEN]);
    let spec = AttentionSpec {
        batch: BATCH,
        seq: SEQ,
        heads: 12,
        lengths: vec![SEQ; BATCH].into(),
        bias: None,
        dropout: DROPOUT,
    };
    group.bench_function("forward", |b| {
        b.iter(|| black_box(Flex::self_attention_saving(qkv.clone(), &spec)));
    });
    group.bench_function("forward, composed", |b| {
        b.iter(|| black_box(composed::attention::forward(qkv.clone(), &spec)));
    });
    let (_, saved) = Flex::self_attention_saving(qkv.clone(), &spec);
    group.bench_function("backward", |b| {
        b.iter(|| Flex::self_attention_backward(qkv.clone(), saved.clone(), grad.clone(), &spec));
    });
    let (_, saved) = composed::attention::forward(qkv.clone(), &spec);
    group.bench_function("backward, composed", |b| {
        b.iter(|| composed::attention::backward(qkv.clone(), saved.clone(), grad.clone(), &spec));
    });
}

fn layer_norm(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dropout, add, LayerNorm");
    let (x, residual, bias) = (
        random([ROWS, HIDDEN]),
        random([ROWS, HIDDEN]),
        random([HIDDEN]),
    );
    let (norm, grad) = (norm(), random([ROWS, HIDDEN]));
    let spec = LayerNormSpec {
        eps: 1e-12,
        dropout: DROPOUT,
    };
    let arguments = || (x.clone(), bias.clone(), residual.clone(), norm.clone());
    group.bench_function("forward", |b| {
        b.iter(|| {
            let (x, bias, residual, norm) = arguments();
            black_box(Flex::add_layer_norm_saving(x, bias, residual, norm, spec))
        });
    });
    group.bench_function("forward, composed", |b| {
        b.iter(|| {
            let (x, bias, residual, norm) = arguments();
            black_box(composed::layer_norm::add_forward(
                x, bias, residual, norm, spec,
            ))
        });
    });
    let (a, b, c, d) = arguments();
    let (_, saved) = Flex::add_layer_norm_saving(a, b, c, d, spec);
    group.bench_function("backward", |b| {
        b.iter(|| {
            let weight = norm.weight.clone();
            Flex::add_layer_norm_backward(saved.clone(), weight, grad.clone(), spec)
        });
    });
    let (a, b, c, d) = arguments();
    let (_, saved) = composed::layer_norm::add_forward(a, b, c, d, spec);
    group.bench_function("backward, composed", |b| {
        b.iter(|| {
            let weight = norm.weight.clone();
            composed::layer_norm::add_backward(saved.clone(), weight, grad.clone(), spec)
        });
    });
}

fn activation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bias, gelu");
    let (x, bias, grad) = (random([ROWS, WIDE]), random([WIDE]), random([ROWS, WIDE]));
    let gelu = HiddenAct::Gelu;
    group.bench_function("forward", |b| {
        b.iter(|| Flex::bias_activation(x.clone(), bias.clone(), gelu));
    });
    group.bench_function("forward, composed", |b| {
        b.iter(|| composed::activation::forward(x.clone(), bias.clone(), gelu));
    });
    group.bench_function("backward", |b| {
        b.iter(|| Flex::bias_activation_backward(x.clone(), bias.clone(), grad.clone(), gelu));
    });
    group.bench_function("backward, composed", |b| {
        b.iter(|| composed::activation::backward(x.clone(), bias.clone(), grad.clone(), gelu));
    });
}

fn dense(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dense");
    let (x, weight, bias) = (
        random([ROWS, HIDDEN]),
        random([HIDDEN, WIDE]),
        random([WIDE]),
    );
    let grad = random([ROWS, WIDE]);
    group.bench_function("forward", |b| {
        b.iter(|| Flex::dense(x.clone(), weight.clone(), Some(bias.clone())));
    });
    group.bench_function("forward, composed", |b| {
        b.iter(|| composed::dense::forward(x.clone(), weight.clone(), Some(bias.clone())));
    });
    group.bench_function("backward", |b| {
        b.iter(|| Flex::dense_backward(x.clone(), weight.clone(), grad.clone(), [true; 3]));
    });
    group.bench_function("backward, composed", |b| {
        b.iter(|| composed::dense::backward(x.clone(), weight.clone(), grad.clone(), [true; 3]));
    });
}

fn adamw(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("AdamW");
    let (parameter, grad) = (random([HIDDEN, WIDE]), random([HIDDEN, WIDE]));
    let step = AdamWStep {
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-6,
        decay: 0.999,
        rate: 1e-3,
        second_scale: 1.0,
    };
    group.bench_function("step", |b| {
        b.iter(|| Flex::adamw(parameter.clone(), grad.clone(), None, step));
    });
    group.bench_function("step, composed", |b| {
        b.iter(|| composed::adamw::step(parameter.clone(), grad.clone(), None, step));
    });
}

criterion_group!(operations, attention, layer_norm, activation, dense, adamw);
criterion_main!(operations);
