//! The numbers of a run.

use std::num::NonZeroUsize;
use std::time::Instant;

use bert_core::config::BertConfig;
use bert_core::model::Precision;
use bert_data::batch::Padding;
use derive_setters::Setters;
use serde::{Deserialize, Serialize};

use super::{ClassWeights, SchedulerType, TrainingError};

/// Hyperparameters under the names of Hugging Face's `TrainingArguments`.
///
/// ```
/// use bert_tasks::training::TrainingArguments;
///
/// let arguments = TrainingArguments::default()
///     .with_learning_rate(5e-5)
///     .with_num_train_epochs(2)
///     .with_max_seq_length(384);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Setters)]
#[serde(default)]
#[setters(prefix = "with_", strip_option)]
#[non_exhaustive]
pub struct TrainingArguments {
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Passes over the training split.
    pub num_train_epochs: usize,
    /// Optimizer steps of the whole run, instead of `num_train_epochs`.
    pub max_steps: Option<NonZeroUsize>,
    /// Examples per forward and backward pass.
    pub train_batch_size: NonZeroUsize,
    /// Whether a pass that does not fit into the device's memory is taken in halves: as many as it
    /// takes, their gradients added up to those of the whole batch.
    pub auto_batch_size: bool,
    /// Examples per forward pass of an evaluation.
    pub eval_batch_size: NonZeroUsize,
    /// Passes whose gradients make one optimizer step.
    pub gradient_accumulation_steps: NonZeroUsize,
    /// Longest sequence in tokens, special tokens included.
    pub max_seq_length: usize,
    /// How batches are padded and grouped.
    pub padding: Padding,
    /// How the learning rate goes on after its warm-up.
    pub lr_scheduler_type: SchedulerType,
    /// Share of the optimizer steps in which the learning rate rises from 0 to its peak.
    pub warmup_ratio: f64,
    /// The same in optimizer steps; counts more than `warmup_ratio`.
    pub warmup_steps: Option<usize>,
    /// Which AdamW.
    pub optimizer: OptimizerType,
    /// Decoupled weight decay of matrices; biases and LayerNorm never decay.
    pub weight_decay: f64,
    /// AdamW's epsilon.
    pub adam_epsilon: f64,
    /// Decay rate of AdamW's first moment.
    pub adam_beta1: f64,
    /// Decay rate of AdamW's second moment.
    pub adam_beta2: f64,
    /// Largest global norm of the gradients; larger ones are scaled down. 0 turns clipping off.
    pub max_grad_norm: f64,
    /// Peak learning rate of the head; that of the rest where absent.
    pub head_learning_rate: Option<f64>,
    /// What the learning rate of each layer is multiplied with, from the head down: 1 treats all
    /// alike.
    pub layer_wise_lr_decay: f64,
    /// Whether the embeddings stay as they are.
    pub freeze_embeddings: bool,
    /// How many encoder layers stay as they are, counted from the embeddings, which then stay too.
    pub freeze_layers: usize,
    /// How many encoder layers start fresh, counted from the head; the pooler then does too.
    pub reinit_layers: usize,
    /// Share of a label's probability that is spread over all labels.
    pub label_smoothing: f64,
    /// What the loss of each class counts in training; all the same where absent.
    pub class_weights: Option<ClassWeights>,
    /// The exponent of the focal loss, which makes an example count less the surer the model is of
    /// its label; 0 is the plain loss.
    pub focal_gamma: f64,
    /// Whether matrix products are computed in bf16; parameters and optimizer are f32 either way.
    pub bf16: bool,
    /// Optimizer steps between two evaluations; at the end of each epoch where absent.
    pub eval_steps: Option<NonZeroUsize>,
    /// Whether the model is scored before its first step, too.
    pub eval_on_start: bool,
    /// The metric that decides which evaluation is the best; the task's own where absent.
    #[setters(into)]
    pub metric_for_best_model: Option<String>,
    /// Evaluations without a better one after which the training ends; never where absent.
    pub early_stopping_patience: Option<NonZeroUsize>,
    /// By how much a metric has to be better than the best for the patience to begin anew. Which
    /// evaluation is the best does not depend on it: any that is better.
    pub early_stopping_threshold: f64,
    /// Optimizer steps between two checkpoints, besides those at the end of each epoch.
    pub save_steps: Option<NonZeroUsize>,
    /// How many checkpoints are kept, the newest.
    pub save_total_limit: NonZeroUsize,
    /// Seconds after which the training saves and stops; of all seeds together where
    /// [`for_each_seed`](super::for_each_seed) trains several.
    pub max_time: Option<f64>,
    /// Source of everything random.
    pub seed: u64,
    /// Optimizer steps between two log lines off a terminal.
    pub logging_steps: NonZeroUsize,
}

/// Which AdamW a run uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerType {
    /// `torch.optim.AdamW`.
    #[default]
    Adamw,
    /// `AdamWeightDecayOptimizer` of google-research/bert: no bias correction, and a linear
    /// schedule that falls from the first step on, also while it warms up.
    Google,
}

impl Default for TrainingArguments {
    fn default() -> Self {
        let count = |n| NonZeroUsize::new(n).expect("written here, above zero");
        Self {
            learning_rate: 2e-5,
            num_train_epochs: 3,
            max_steps: None,
            train_batch_size: count(32),
            auto_batch_size: false,
            eval_batch_size: count(32),
            gradient_accumulation_steps: count(1),
            max_seq_length: 128,
            padding: Padding::Grouped,
            lr_scheduler_type: SchedulerType::Linear,
            warmup_ratio: 0.1,
            warmup_steps: None,
            optimizer: OptimizerType::Adamw,
            weight_decay: 0.01,
            adam_epsilon: 1e-6,
            adam_beta1: 0.9,
            adam_beta2: 0.999,
            max_grad_norm: 1.0,
            head_learning_rate: None,
            layer_wise_lr_decay: 1.0,
            freeze_embeddings: false,
            freeze_layers: 0,
            reinit_layers: 0,
            label_smoothing: 0.0,
            class_weights: None,
            focal_gamma: 0.0,
            bf16: false,
            eval_steps: None,
            eval_on_start: false,
            metric_for_best_model: None,
            early_stopping_patience: None,
            early_stopping_threshold: 0.0,
            save_steps: None,
            save_total_limit: count(2),
            max_time: None,
            seed: 42,
            logging_steps: count(10),
        }
    }
}

/// What may be another in a run that goes on: it changes what is shown and kept, not what is
/// learned.
pub(super) const FREE_TO_CHANGE: [&str; 6] = [
    "save_steps",
    "save_total_limit",
    "max_time",
    "logging_steps",
    "auto_batch_size",
    "eval_batch_size",
];

impl TrainingArguments {
    /// What products are computed in.
    pub fn precision(&self) -> Precision {
        match self.bf16 {
            true => Precision::Bf16,
            false => Precision::F32,
        }
    }

    /// Whether [`max_time`](Self::max_time) is over, counted from `since`.
    pub fn is_time_over(&self, since: Instant) -> bool {
        // In seconds as they are: not every number of them is a `Duration`.
        self.max_time
            .is_some_and(|seconds| since.elapsed().as_secs_f64() >= seconds)
    }

    /// Checks that the numbers make a run.
    ///
    /// # Errors
    /// [`TrainingError::Argument`] names the field, the value, and what would be right.
    pub fn check(&self) -> Result<(), TrainingError> {
        // Steps are computed in f32, where smaller numbers are 0 and larger ones infinite.
        const POSITIVE: (&str, fn(f64) -> bool) = ("a positive number, from 1e-37 to 1e38", |x| {
            (1e-37..=1e38).contains(&x)
        });
        const NOT_NEGATIVE: (&str, fn(f64) -> bool) =
            ("from 0 to 1e38", |x| (0.0..=1e38).contains(&x));
        const SHARE: (&str, fn(f64) -> bool) = ("from 0 to 1", |x| (0.0..=1.0).contains(&x));
        const BELOW_ONE: (&str, fn(f64) -> bool) = ("from 0 to below 1", |x| {
            (0.0..1.0).contains(&x) && (x as f32) < 1.0
        });
        const COUNT: (&str, fn(f64) -> bool) = ("a number from 1 to 1048576", |x| {
            (1.0..=1_048_576.0).contains(&x)
        });
        let count = |count: NonZeroUsize| Some(count.get() as f64);
        const FACTOR: (&str, fn(f64) -> bool) = ("above 0 and at most 1", |x| x > 0.0 && x <= 1.0);
        let rules = [
            ("learning_rate", Some(self.learning_rate), POSITIVE),
            ("head_learning_rate", self.head_learning_rate, POSITIVE),
            (
                "layer_wise_lr_decay",
                Some(self.layer_wise_lr_decay),
                FACTOR,
            ),
            ("warmup_ratio", Some(self.warmup_ratio), SHARE),
            ("weight_decay", Some(self.weight_decay), NOT_NEGATIVE),
            ("adam_epsilon", Some(self.adam_epsilon), POSITIVE),
            ("adam_beta1", Some(self.adam_beta1), BELOW_ONE),
            ("adam_beta2", Some(self.adam_beta2), BELOW_ONE),
            ("max_grad_norm", Some(self.max_grad_norm), NOT_NEGATIVE),
            ("label_smoothing", Some(self.label_smoothing), BELOW_ONE),
            ("focal_gamma", Some(self.focal_gamma), NOT_NEGATIVE),
            (
                "early_stopping_threshold",
                Some(self.early_stopping_threshold),
                NOT_NEGATIVE,
            ),
            ("max_time", self.max_time, POSITIVE),
            (
                "num_train_epochs",
                Some(self.num_train_epochs as f64),
                COUNT,
            ),
            ("train_batch_size", count(self.train_batch_size), COUNT),
            ("eval_batch_size", count(self.eval_batch_size), COUNT),
            (
                "gradient_accumulation_steps",
                count(self.gradient_accumulation_steps),
                COUNT,
            ),
            (
                "max_steps",
                self.max_steps.and_then(count),
                ("a number from 1 to 1e15", |x| x <= 1e15),
            ),
            (
                "max_seq_length",
                Some(self.max_seq_length as f64),
                ("at least 3, for a token between [CLS] and [SEP]", |x| {
                    x >= 3.0
                }),
            ),
        ];
        for (name, value, (expected, is_right)) in rules {
            if let Some(value) = value
                && (!is_right(value) || !value.is_finite())
            {
                return Err(TrainingError::Argument {
                    name,
                    value: written(value),
                    expected,
                });
            }
        }
        Ok(())
    }

    /// Checks that a model with this configuration has the layers that the arguments speak of.
    ///
    /// # Errors
    /// [`TrainingError::Layers`] or [`TrainingError::FrozenFresh`].
    pub fn check_layers(&self, config: &BertConfig) -> Result<(), TrainingError> {
        let num_hidden_layers = config.num_hidden_layers;
        let (frozen, fresh) = (self.freeze_layers, self.reinit_layers);
        for (name, layers) in [("freeze_layers", frozen), ("reinit_layers", fresh)] {
            if layers > num_hidden_layers {
                return Err(TrainingError::Layers {
                    name,
                    layers,
                    num_hidden_layers,
                });
            }
        }
        if fresh > 0 && frozen + fresh > num_hidden_layers {
            return Err(TrainingError::FrozenFresh {
                frozen,
                fresh,
                num_hidden_layers,
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
        match self.max_steps {
            Some(steps) => steps.get(),
            None => self.steps_per_epoch(examples) * self.num_train_epochs,
        }
    }

    /// Epochs of the whole run, the last one perhaps not to its end.
    pub fn total_epochs(&self, examples: usize) -> usize {
        self.total_steps(examples)
            .div_ceil(self.steps_per_epoch(examples).max(1))
    }

    /// Optimizer steps of the warm-up; a share is rounded up as Hugging Face's Trainer does.
    pub fn warmup_steps(&self, examples: usize) -> usize {
        self.warmup_steps.unwrap_or_else(|| {
            (self.total_steps(examples) as f64 * self.warmup_ratio).ceil() as usize
        })
    }
}

/// Without the digits that a very large or small number would have.
fn written(value: f64) -> String {
    match value.abs() {
        0.0 | 1e-6..1e9 => value.to_string(),
        _ => format!("{value:e}"),
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
    fn max_steps_end_a_run_in_the_middle_of_an_epoch() {
        let arguments = TrainingArguments {
            max_steps: NonZeroUsize::new(250),
            warmup_steps: Some(7),
            ..TrainingArguments::default()
        };
        assert_eq!(arguments.total_steps(3668), 250);
        assert_eq!(arguments.total_epochs(3668), 3);
        assert_eq!(arguments.warmup_steps(3668), 7);
    }

    #[test]
    fn any_time_can_be_waited_for() {
        let within = |seconds| TrainingArguments {
            max_time: Some(seconds),
            ..TrainingArguments::default()
        };
        let now = Instant::now();
        // The first one is as long as a `Duration` gets, which as a float is one second longer.
        for seconds in [u64::MAX as f64, 1e38] {
            within(seconds).check().unwrap();
            assert!(!within(seconds).is_time_over(now));
        }
        assert!(within(1e-37).is_time_over(now));
        assert!(!TrainingArguments::default().is_time_over(now));
    }

    #[test]
    fn wrong_numbers_name_their_field() {
        type Change = fn(&mut TrainingArguments);
        let cases: [(Change, &str); 21] = [
            (|a| a.learning_rate = -1.0, "`learning_rate`"),
            (|a| a.learning_rate = f64::NAN, "`learning_rate`"),
            (|a| a.head_learning_rate = Some(0.0), "`head_learning_rate`"),
            (|a| a.layer_wise_lr_decay = 0.0, "`layer_wise_lr_decay`"),
            (|a| a.warmup_ratio = 1.5, "`warmup_ratio`"),
            (|a| a.adam_beta2 = 1.0, "`adam_beta2`"),
            (|a| a.label_smoothing = 1.0, "`label_smoothing`"),
            (|a| a.max_time = Some(0.0), "`max_time`"),
            (|a| a.num_train_epochs = 0, "`num_train_epochs`"),
            (|a| a.num_train_epochs = usize::MAX, "`num_train_epochs`"),
            (|a| a.max_steps = Some(NonZeroUsize::MAX), "`max_steps`"),
            (
                |a| a.train_batch_size = NonZeroUsize::MAX,
                "`train_batch_size`",
            ),
            (
                |a| a.eval_batch_size = NonZeroUsize::MAX,
                "`eval_batch_size`",
            ),
            (
                |a| a.gradient_accumulation_steps = NonZeroUsize::MAX,
                "`gradient_accumulation_steps`",
            ),
            (|a| a.max_seq_length = 2, "`max_seq_length`"),
            (|a| a.learning_rate = 1e-60, "`learning_rate`"),
            (|a| a.learning_rate = f64::INFINITY, "`learning_rate`"),
            (|a| a.weight_decay = f64::NAN, "`weight_decay`"),
            (|a| a.weight_decay = 1e300, "`weight_decay` is 1e300"),
            (|a| a.adam_beta1 = 1.0 - 1e-12, "`adam_beta1`"),
            (|a| a.adam_epsilon = 1e-60, "`adam_epsilon`"),
        ];
        for (change, name) in cases {
            let mut arguments = TrainingArguments::default();
            change(&mut arguments);
            let message = arguments.check().unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
        }
        TrainingArguments::default().check().unwrap();
    }

    #[test]
    fn layers_that_the_model_has_not_are_an_error() {
        let check = |freeze_layers, reinit_layers| {
            let arguments = TrainingArguments {
                freeze_layers,
                reinit_layers,
                ..TrainingArguments::default()
            };
            let checked = arguments.check_layers(&BertConfig::default());
            checked.map_err(|error| error.to_string())
        };
        for (freeze, reinit) in [(0, 0), (12, 0), (0, 12), (8, 4)] {
            check(freeze, reinit).unwrap();
        }
        let message = check(99, 0).unwrap_err();
        assert!(message.contains("`freeze_layers` is 99"), "{message}");
        assert!(message.contains("12 layers"), "{message}");
        let message = check(0, usize::MAX).unwrap_err();
        assert!(message.contains("`reinit_layers`"), "{message}");
        let message = check(8, 5).unwrap_err();
        assert!(message.contains("has to learn"), "{message}");
    }
}
