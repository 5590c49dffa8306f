//! Times one training step, one inference pass, or the matrix products alone, and prints the
//! seconds of each repetition as JSON. `bench/compare.py` runs it side by side with PyTorch.

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use bert_bench::{Shape, peak_memory, products};
use bert_cli::backend::{BackendInfo, BackendName, Program, TrainBackend, run_on};
use bert_core::backend::BertAutodiffBackend;
use bert_core::config::BertConfig;
use bert_core::weights::{LoadPolicy, load_folder, write_safetensors};
use bert_data::batch::{Batch, PaddedBatch};
use bert_data::label::Label;
use bert_tasks::TaskModel;
use bert_tasks::sequence::{BertForSequenceClassification, SequenceModel};
use bert_tasks::training::gradients::clip_global_norm;
use bert_tasks::training::{GroupedAdamW, ParameterGroups, PassInput, TrainingArguments};
use burn::module::{AutodiffModule, Module};
use burn::optim::Optimizer;
use burn::train::{InferenceStep, TrainStep};
use clap::{Parser, ValueEnum};
use serde_json::json;

#[derive(Parser, Clone)]
struct Flags {
    /// What to time
    #[arg(value_enum)]
    what: What,
    /// The size of the model
    #[arg(long, value_enum, default_value = "mini")]
    shape: Shape,
    /// Sequences in a batch
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Tokens in a sequence
    #[arg(long, default_value_t = 128)]
    seq: usize,
    /// Repetitions that are counted, after two that are not
    #[arg(long, default_value = "5")]
    repeat: NonZeroUsize,
    /// Threads of the backends that use rayon
    #[arg(long, default_value_t = 2)]
    threads: usize,
    #[arg(long)]
    backend: Option<BackendName>,
    /// A folder for the weights: written by `weights`, read by the others
    #[arg(long)]
    model: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Write a model folder with fresh weights
    Weights,
    /// Forward, loss, backward, clipping, AdamW, with dropout
    Train,
    /// Forward and loss, as evaluations have it
    Evaluation,
    /// Forward alone, with a model that is prepared for it, as predictors have it
    Inference,
    /// The matrix products of a training step and nothing else
    Products,
}

fn main() -> Result<(), Box<dyn Error>> {
    let flags = Flags::parse();
    rayon::ThreadPoolBuilder::new()
        .num_threads(flags.threads)
        .build_global()?;
    match flags.what {
        What::Products => {
            let seconds = products(flags.shape, flags.batch, flags.seq, flags.repeat.get());
            println!("{}", json!({ "seconds": seconds }));
            Ok(())
        }
        _ => run_on(flags.backend, flags)?,
    }
}

impl Program for Flags {
    type Output = Result<(), Box<dyn Error>>;

    fn run<B: TrainBackend>(self, device: B::Device, backend: BackendInfo) -> Self::Output {
        if self.what == What::Weights {
            let config = self.shape.config();
            let model = BertForSequenceClassification::<B>::new(&config, 42, &device)?;
            return write(&self.model, &config, &model);
        }
        let config = BertConfig::from_folder(&self.model)?;
        let model = BertForSequenceClassification::<B>::new(&config, 0, &device)?;
        let (model, _) = load_folder(model, &self.model, &LoadPolicy::strict())?;
        let batch = batch(&config, self.batch, self.seq);
        let (seconds, loss) = match self.what {
            What::Train => train(model, batch, self.repeat.get(), &device),
            What::Evaluation => evaluate(model, batch, self.repeat.get()),
            _ => infer(model, batch, self.repeat.get()),
        };
        let report = json!({
            "backend": backend.to_string(),
            "seconds": seconds,
            "peak_mb": peak_memory(),
            "loss": loss,
        });
        println!("{report}");
        Ok(())
    }
}

fn write<B: BertAutodiffBackend>(
    folder: &Path,
    config: &BertConfig,
    model: &BertForSequenceClassification<B>,
) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("config.json"), config.to_json())?;
    write_safetensors(model, &folder.join("model.safetensors"))?;
    Ok(())
}

/// A full batch: no padding, ids and labels in a fixed pattern that the PyTorch side has too.
fn batch(config: &BertConfig, batch_size: usize, seq_len: usize) -> Batch<Label> {
    let tokens = batch_size * seq_len;
    let id = |at: usize| (at * 7919 % (config.vocab_size - 1) + 1) as i64;
    let tokens = PaddedBatch {
        input_ids: (0..tokens).map(id).collect(),
        token_type_ids: (0..tokens)
            .map(|at| i64::from(at % seq_len >= seq_len / 2))
            .collect(),
        attention_mask: vec![1; tokens],
        batch_size,
        seq_len,
        pass_seed: None,
    };
    let labels = (0..batch_size).map(|at| Some(Label::Class(at % 2)));
    Batch::of_rows(tokens, 0..batch_size, labels)
}

/// Seconds of each step, and the loss of the first.
fn train<B: TrainBackend>(
    mut model: BertForSequenceClassification<B>,
    batch: Batch<Label>,
    repeat: usize,
    device: &B::Device,
) -> (Vec<f64>, f64) {
    let arguments = TrainingArguments::default();
    let groups = ParameterGroups::new(&model, &arguments);
    let mut optimizer = GroupedAdamW::new(&arguments, groups);
    let mut first_loss = None;
    let mut seconds = Vec::new();
    for step in 0..repeat + 2 {
        let mut batch = batch.clone();
        batch.seed_pass(step as u64);
        B::seed(device, step as u64);
        let started = Instant::now();
        let output = TrainStep::step(&model, batch);
        let (grads, norm) = clip_global_norm(&model, output.grads, 1.0);
        assert!(norm.is_finite());
        model = optimizer.step(2e-5, model, grads);
        B::sync(device).expect("the device finishes its work");
        seconds.push(started.elapsed().as_secs_f64());
        first_loss.get_or_insert(output.item.loss);
    }
    (seconds.split_off(2), first_loss.unwrap_or(f64::NAN))
}

/// Seconds of each pass, and the loss.
fn evaluate<B: TrainBackend>(
    model: BertForSequenceClassification<B>,
    batch: Batch<Label>,
    repeat: usize,
) -> (Vec<f64>, f64) {
    let model = model.valid();
    let mut loss = f64::NAN;
    let mut seconds = Vec::new();
    for _ in 0..repeat + 2 {
        let batch = batch.clone();
        let started = Instant::now();
        // Reads the logits back, so the device has finished.
        loss = InferenceStep::step(&model, batch).loss;
        seconds.push(started.elapsed().as_secs_f64());
    }
    (seconds.split_off(2), loss)
}

/// The same with a model that only answers.
fn infer<B: TrainBackend>(
    model: BertForSequenceClassification<B>,
    batch: Batch<Label>,
    repeat: usize,
) -> (Vec<f64>, f64) {
    let model = model.valid();
    let device = model.devices()[0].clone();
    let settings = model.settings().clone();
    let forward = model.prepare();
    let mut logits = Vec::new();
    let mut seconds = Vec::new();
    for _ in 0..repeat + 2 {
        let started = Instant::now();
        let input = settings.input(&batch.tokens, &device);
        let scores = forward(&input.expect("a batch for this configuration"));
        // Reads them, so the device has finished.
        logits = scores.into_data().iter::<f64>().collect();
        seconds.push(started.elapsed().as_secs_f64());
    }
    let rows = logits.chunks_exact(settings.num_labels);
    let losses = rows.enumerate().map(|(row, scores)| {
        let sum: f64 = scores.iter().map(|score| score.exp()).sum();
        sum.ln() - scores[row % 2]
    });
    let loss = losses.sum::<f64>() / batch.tokens.batch_size as f64;
    (seconds.split_off(2), loss)
}
