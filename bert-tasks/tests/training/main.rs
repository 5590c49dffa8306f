//! The training loop against PyTorch, and against itself; what is refused before it begins, and what
//! is never the best.

mod not_finite;
mod pretraining;
mod ranks;
mod refused;
#[path = "../../../bert-core/tests/common/saved.rs"]
mod saved;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bert_core::backend::BertBackend;
use bert_core::weights::{LoadPolicy, parameter_names};
use bert_data::{Batch, EncodedDataset, Label, Padding, PairExample};
use bert_tasks::ModelFolder;
use bert_tasks::events::{Event, Stamped};
use bert_tasks::sequence::{BertForSequenceClassification, SequenceHead};
use bert_tasks::training::gradients::accumulate;
use bert_tasks::training::{RunOptions, SchedulerType, TrainingArguments, TrainingData, fit};
use burn::backend::Autodiff;
use burn::module::{ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::train::TrainStep;
use serde::Deserialize;

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn tiny_bert() -> PathBuf {
    tests().join("../../bert-core/tests/fixtures/tiny-bert")
}

/// See `fixtures/make_curves.py`.
#[derive(Deserialize)]
struct Curves {
    examples: Vec<(String, String, usize)>,
    usual: Vec<Point>,
    options: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    loss: f64,
    grad_norm: f64,
    learning_rate: f64,
}

fn curves() -> Curves {
    let text = std::fs::read_to_string(tests().join("fixtures/curves.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn dataset(folder: &ModelFolder, examples: &[(String, String, usize)]) -> EncodedDataset {
    let example = |(id, (a, b, label)): (usize, &(String, String, usize))| PairExample {
        id,
        text_a: a.clone(),
        text_b: Some(b.clone()),
        label: Some((*label).into()),
    };
    let examples: Vec<_> = examples.iter().enumerate().map(example).collect();
    EncodedDataset::encode(&folder.tokenizer, &examples, 32).unwrap()
}

/// Runs the loop as a program does, and gives what its events say of each step.
fn run<B: BertBackend>(arguments: &TrainingArguments) -> Vec<Point> {
    let device = Default::default();
    let folder = ModelFolder::open(&tiny_bert()).unwrap();
    let policy = LoadPolicy::strict();
    let (model, _) = folder
        .load::<_, BertForSequenceClassification<Autodiff<B>>>(&tiny_bert(), &policy, 0, &device)
        .unwrap();
    let data = Arc::new(dataset(&folder, &curves().examples));
    let out = tempfile::tempdir().unwrap();
    let options = RunOptions::new(out.path().to_path_buf(), arguments.clone());
    let data = TrainingData::new(data.clone(), data);
    fit(model, &SequenceHead::default(), &folder, &data, &options).unwrap();
    let events = std::fs::read_to_string(out.path().join("events.jsonl")).unwrap();
    let event = |line| serde_json::from_str::<Stamped>(line).unwrap().event;
    let point = |line| match event(line) {
        Event::Step(step) => Some(Point {
            loss: step.loss,
            grad_norm: step.grad_norm,
            learning_rate: step.learning_rate,
        }),
        _ => None,
    };
    events.lines().filter_map(point).collect()
}

fn goes_as_in_pytorch<B: BertBackend>(arguments: &TrainingArguments, expected: &[Point]) {
    let found = run::<B>(arguments);
    assert_eq!(found.len(), expected.len());
    for (step, (found, expected)) in found.iter().zip(expected).enumerate() {
        for (what, found, expected) in [
            ("loss", found.loss, expected.loss),
            ("norm", found.grad_norm, expected.grad_norm),
            ("rate", found.learning_rate, expected.learning_rate),
        ] {
            let difference = (found - expected).abs();
            assert!(difference < 1e-4, "{what} {step}: {found} and {expected}");
        }
    }
}

fn count(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// All 16 examples in each step, in uneven passes.
fn usual() -> TrainingArguments {
    TrainingArguments::default()
        .with_learning_rate(1e-3)
        .with_num_train_epochs(50)
        .with_train_batch_size(count(5))
        .with_gradient_accumulation_steps(count(4))
        .with_max_seq_length(32)
        .with_warmup_ratio(0.1)
        // One evaluation, at the end.
        .with_eval_steps(count(1000))
}

fn check<B: BertBackend>() {
    goes_as_in_pytorch::<B>(&usual(), &curves().usual);
    let options = usual()
        .with_lr_scheduler_type(SchedulerType::Cosine)
        .with_warmup_steps(8)
        .with_label_smoothing(0.1)
        .with_layer_wise_lr_decay(0.8)
        .with_head_learning_rate(3e-3)
        .with_freeze_embeddings(true)
        .with_max_grad_norm(0.5);
    goes_as_in_pytorch::<B>(&options, &curves().options);
}

#[cfg(feature = "flex")]
#[test]
fn fifty_steps_go_as_in_pytorch_on_flex() {
    check::<burn::backend::Flex>();
}

#[cfg(feature = "ndarray")]
#[test]
fn fifty_steps_go_as_in_pytorch_on_ndarray() {
    check::<burn::backend::NdArray>();
}

/// Mean loss over 200 steps, with a rate at which the loss does not get so small that its rounding
/// is all that is left.
#[cfg(feature = "tch")]
#[test]
fn bf16_learns_as_f32_does() {
    let arguments = usual().with_learning_rate(5e-5).with_num_train_epochs(200);
    let mean = |arguments: &TrainingArguments| {
        let points = run::<burn::backend::LibTorch>(arguments);
        points.iter().map(|point| point.loss).sum::<f64>() / points.len() as f64
    };
    let f32 = mean(&arguments);
    let bf16 = mean(&arguments.with_bf16(true));
    assert!((bf16 / f32 - 1.0).abs() < 0.01, "{bf16} and {f32}");
    assert_ne!(bf16, f32, "bf16 computes in f32");
}

/// The gradients of a model as one vector of f64.
struct Flatten<'a> {
    grads: &'a GradientsParams,
    values: Vec<f64>,
}

impl<B: BertBackend> ModuleVisitor<Autodiff<B>> for Flatten<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Autodiff<B>, D>>) {
        let grad = self.grads.get::<B, D>(param.id).expect("all learn");
        self.values.extend(grad.into_data().iter::<f64>());
    }
}

fn four_passes_of_8_are_one_of_32<B: BertBackend>() {
    use burn::module::Module;

    let folder = ModelFolder::open(&tiny_bert()).unwrap();
    let policy = LoadPolicy::strict();
    let device = Default::default();
    let (model, _) = folder
        .load::<_, BertForSequenceClassification<Autodiff<B>>>(&tiny_bert(), &policy, 0, &device)
        .unwrap();
    let model: BertForSequenceClassification<Autodiff<B>> = model;
    let twice = [curves().examples, curves().examples].concat();
    let data = dataset(&folder, &twice);
    let all: Vec<usize> = (0..32).collect();
    let step = |batch: Batch<Label>| TrainStep::step(&model, batch).grads;
    let whole = step(data.batch(&all, Padding::Longest));
    let mut mean = GradientsParams::new();
    for (pass, part) in all.chunks(8).enumerate() {
        let grads = step(data.batch(part, Padding::Longest));
        mean = accumulate(&model, mean, grads, 1.0 / (pass + 1) as f64);
    }
    let flat = |grads: &GradientsParams| {
        let mut flatten = Flatten {
            grads,
            values: Vec::new(),
        };
        model.visit(&mut flatten);
        flatten.values
    };
    let (whole, mean) = (flat(&whole), flat(&mean));
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let difference = norm(&mut whole.iter().zip(&mean).map(|(a, b)| a - b));
    let relative = difference / norm(&mut whole.iter().copied());
    assert!(relative < 1e-6, "{relative}");
    assert_eq!(parameter_names(&model).len(), 57);
}

#[cfg(feature = "flex")]
#[test]
fn accumulation_is_exact_on_flex() {
    four_passes_of_8_are_one_of_32::<burn::backend::Flex>();
}

#[cfg(feature = "ndarray")]
#[test]
fn accumulation_is_exact_on_ndarray() {
    four_passes_of_8_are_one_of_32::<burn::backend::NdArray>();
}
