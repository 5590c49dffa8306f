//! The numbers of a run.

use std::num::NonZeroUsize;

use bert_data::batch::Padding;
use serde::{Deserialize, Serialize};

use super::TrainingError;

/// Hyperparameters under the names of Hugging Face's `TrainingArguments`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingArguments {
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Passes over the training split.
    pub num_train_epochs: usize,
    /// Examples per forward and backward pass.
    pub train_batch_size: NonZeroUsize,
    /// Examples per forward pass of an evaluation.
    pub eval_batch_size: NonZeroUsize,
    /// Passes whose gradients make one optimizer step.
    pub gradient_accumulation_steps: NonZeroUsize,
    /// Longest sequence in tokens, special tokens included.
    pub max_seq_length: usize,
    /// How batches are padded and grouped.
    pub padding: Padding,
    /// Share of the optimizer steps in which the learning rate rises from 0 to its peak.
    pub warmup_ratio: f64,
    /// Decoupled weight decay of matrices; biases and LayerNorm never decay.
    pub weight_decay: f64,
    /// AdamW's epsilon.
    pub adam_epsilon: f64,
    /// Decay rate of AdamW's first moment.
    pub adam_beta1: f64,
    /// Decay rate of AdamW's second moment.
    pub adam_beta2: f64,
    /// Whether AdamW divides its moments by `1 - beta^t`; Google's original does not.
    pub bias_correction: bool,
    /// Largest global norm of the gradients; larger ones are scaled down. 0 turns clipping off.
    pub max_grad_norm: f64,
    /// Source of everything random.
    pub seed: u64,
    /// Optimizer steps between two log lines off a terminal.
    pub logging_steps: NonZeroUsize,
}

impl Default for TrainingArguments {
    fn default() -> Self {
        let count = |n| NonZeroUsize::new(n).expect("written here, above zero");
        Self {
            learning_rate: 2e-5,
            num_train_epochs: 3,
            train_batch_size: count(32),
            eval_batch_size: count(32),
            gradient_accumulation_steps: count(1),
            max_seq_length: 128,
            padding: Padding::Grouped,
            warmup_ratio: 0.1,
            weight_decay: 0.01,
            adam_epsilon: 1e-6,
            adam_beta1: 0.9,
            adam_beta2: 0.999,
            bias_correction: true,
            max_grad_norm: 1.0,
            seed: 42,
            logging_steps: count(10),
        }
    }
}

impl TrainingArguments {
    /// Checks that the numbers make a run.
    ///
    /// # Errors
    /// [`TrainingError::Argument`] names the flag, the value, and what would be right.
    pub fn check(&self) -> Result<(), TrainingError> {
        let rules = [
            (
                "learning-rate",
                self.learning_rate,
                "a positive number",
                self.learning_rate > 0.0,
            ),
            (
                "warmup-ratio",
                self.warmup_ratio,
                "from 0 to 1",
                (0.0..=1.0).contains(&self.warmup_ratio),
            ),
            (
                "weight-decay",
                self.weight_decay,
                "at least 0",
                self.weight_decay >= 0.0,
            ),
            (
                "adam-epsilon",
                self.adam_epsilon,
                "a positive number",
                self.adam_epsilon > 0.0,
            ),
            (
                "adam-beta1",
                self.adam_beta1,
                "from 0 to below 1",
                (0.0..1.0).contains(&self.adam_beta1),
            ),
            (
                "adam-beta2",
                self.adam_beta2,
                "from 0 to below 1",
                (0.0..1.0).contains(&self.adam_beta2),
            ),
            (
                "max-grad-norm",
                self.max_grad_norm,
                "at least 0",
                self.max_grad_norm >= 0.0,
            ),
        ];
        for (flag, value, expected, ok) in rules {
            if !ok || !value.is_finite() {
                return Err(TrainingError::Argument {
                    flag,
                    value: value.to_string(),
                    expected,
                });
            }
        }
        if self.num_train_epochs == 0 {
            let value = "0".to_owned();
            return Err(TrainingError::Argument {
                flag: "num-train-epochs",
                value,
                expected: "at least 1",
            });
        }
        Ok(())
    }

    /// Optimizer steps of an epoch of `examples`: leftovers make a last, smaller step.
    pub fn steps_per_epoch(&self, examples: usize) -> usize {
        examples
            .div_ceil(self.train_batch_size.get())
            .div_ceil(self.gradient_accumulation_steps.get())
    }

    /// Optimizer steps of the whole run.
    pub fn total_steps(&self, examples: usize) -> usize {
        self.steps_per_epoch(examples) * self.num_train_epochs
    }

    /// Optimizer steps of the warm-up, rounded up as Hugging Face's Trainer does.
    pub fn warmup_steps(&self, examples: usize) -> usize {
        (self.total_steps(examples) as f64 * self.warmup_ratio).ceil() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mrpc_has_the_published_number_of_steps() {
        let arguments = TrainingArguments::default();
        assert_eq!(arguments.steps_per_epoch(3668), 115);
        assert_eq!(arguments.total_steps(3668), 345);
        assert_eq!(arguments.warmup_steps(3668), 35);
    }

    #[test]
    fn leftover_batches_make_a_step() {
        let arguments = TrainingArguments {
            gradient_accumulation_steps: NonZeroUsize::new(4).unwrap(),
            ..TrainingArguments::default()
        };
        // 115 batches: 28 full steps and one of 3 batches.
        assert_eq!(arguments.steps_per_epoch(3668), 29);
    }

    #[test]
    fn wrong_numbers_name_their_flag() {
        let cases: [(TrainingArguments, &str); 5] = [
            (
                TrainingArguments {
                    learning_rate: -1.0,
                    ..Default::default()
                },
                "--learning-rate",
            ),
            (
                TrainingArguments {
                    learning_rate: f64::NAN,
                    ..Default::default()
                },
                "--learning-rate",
            ),
            (
                TrainingArguments {
                    warmup_ratio: 1.5,
                    ..Default::default()
                },
                "--warmup-ratio",
            ),
            (
                TrainingArguments {
                    adam_beta2: 1.0,
                    ..Default::default()
                },
                "--adam-beta2",
            ),
            (
                TrainingArguments {
                    num_train_epochs: 0,
                    ..Default::default()
                },
                "--num-train-epochs",
            ),
        ];
        for (arguments, flag) in cases {
            let message = arguments.check().unwrap_err().to_string();
            assert!(message.contains(flag), "{message}");
        }
        TrainingArguments::default().check().unwrap();
    }
}
