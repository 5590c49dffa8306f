//! The training flags, which every example that trains has.

use std::num::NonZeroUsize;

use bert_data::Padding;
use bert_tasks::dashboard::Display;
use bert_tasks::training::TrainingArguments;
use clap::{Args, ValueEnum};

/// Hyperparameters; what is not given keeps the example's default.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Training")]
pub struct TrainingFlags {
    /// Peak learning rate
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f64>,
    /// Passes over the training split
    #[arg(long, value_name = "N")]
    num_train_epochs: Option<usize>,
    /// Examples per forward and backward pass
    #[arg(long, value_name = "N")]
    train_batch_size: Option<NonZeroUsize>,
    /// Examples per forward pass of an evaluation
    #[arg(long, value_name = "N")]
    eval_batch_size: Option<NonZeroUsize>,
    /// Passes whose gradients make one optimizer step
    #[arg(long, value_name = "N")]
    gradient_accumulation_steps: Option<NonZeroUsize>,
    /// Longest sequence in tokens
    #[arg(long, value_name = "N")]
    max_seq_length: Option<usize>,
    /// grouped: batches of similar length; longest: to the longest of a batch; max: to the maximum
    #[arg(long, value_name = "grouped|longest|max")]
    padding: Option<Padding>,
    /// Share of the steps in which the learning rate rises
    #[arg(long, value_name = "SHARE")]
    warmup_ratio: Option<f64>,
    /// Decoupled weight decay; biases and LayerNorm never decay
    #[arg(long, value_name = "RATE")]
    weight_decay: Option<f64>,
    /// AdamW's epsilon
    #[arg(long, value_name = "NUMBER")]
    adam_epsilon: Option<f64>,
    /// AdamW's first decay rate
    #[arg(long, value_name = "NUMBER")]
    adam_beta1: Option<f64>,
    /// AdamW's second decay rate
    #[arg(long, value_name = "NUMBER")]
    adam_beta2: Option<f64>,
    /// AdamW without bias correction, as Google's original
    #[arg(long)]
    no_bias_correction: bool,
    /// Largest global norm of the gradients; 0 turns clipping off
    #[arg(long, value_name = "NORM")]
    max_grad_norm: Option<f64>,
    /// Source of everything random
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Steps between two lines off a terminal
    #[arg(long, value_name = "N")]
    logging_steps: Option<NonZeroUsize>,
}

impl TrainingFlags {
    /// `defaults` with what was given on the command line.
    pub fn over(&self, defaults: TrainingArguments) -> TrainingArguments {
        let d = defaults;
        TrainingArguments {
            learning_rate: self.learning_rate.unwrap_or(d.learning_rate),
            num_train_epochs: self.num_train_epochs.unwrap_or(d.num_train_epochs),
            train_batch_size: self.train_batch_size.unwrap_or(d.train_batch_size),
            eval_batch_size: self.eval_batch_size.unwrap_or(d.eval_batch_size),
            gradient_accumulation_steps: self
                .gradient_accumulation_steps
                .unwrap_or(d.gradient_accumulation_steps),
            max_seq_length: self.max_seq_length.unwrap_or(d.max_seq_length),
            padding: self.padding.unwrap_or(d.padding),
            warmup_ratio: self.warmup_ratio.unwrap_or(d.warmup_ratio),
            weight_decay: self.weight_decay.unwrap_or(d.weight_decay),
            adam_epsilon: self.adam_epsilon.unwrap_or(d.adam_epsilon),
            adam_beta1: self.adam_beta1.unwrap_or(d.adam_beta1),
            adam_beta2: self.adam_beta2.unwrap_or(d.adam_beta2),
            bias_correction: d.bias_correction && !self.no_bias_correction,
            max_grad_norm: self.max_grad_norm.unwrap_or(d.max_grad_norm),
            seed: self.seed.unwrap_or(d.seed),
            logging_steps: self.logging_steps.unwrap_or(d.logging_steps),
        }
    }
}

/// How a run is shown: `--dashboard`.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Dashboard {
    /// The dashboard on a terminal, plain lines elsewhere
    #[default]
    Auto,
    /// The dashboard
    On,
    /// One line every few steps
    Plain,
    /// Nothing
    None,
}

impl From<Dashboard> for Display {
    fn from(choice: Dashboard) -> Self {
        match choice {
            Dashboard::Auto => Self::Auto,
            Dashboard::On => Self::Dashboard,
            Dashboard::Plain => Self::Plain,
            Dashboard::None => Self::None,
        }
    }
}
