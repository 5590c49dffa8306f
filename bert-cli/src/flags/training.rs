//! The hyperparameters, in the groups that `--help` shows them in.
//!
//! Here is all of it: a flag's name, its help, and the argument that it sets. What is not given
//! keeps the example's default.

use std::num::NonZeroUsize;
use std::str::FromStr;

use bert_data::Padding;
use bert_tasks::training::{ClassWeights, OptimizerType, SchedulerType, TrainingArguments};
use clap::{Args, ValueEnum};

/// All groups.
#[derive(Args, Clone, Debug, Default)]
pub struct TrainingFlags {
    #[command(flatten)]
    length: LengthFlags,
    #[command(flatten)]
    batches: BatchFlags,
    #[command(flatten)]
    rate: RateFlags,
    #[command(flatten)]
    optimizer: OptimizerFlags,
    #[command(flatten)]
    parts: PartFlags,
    #[command(flatten)]
    evaluation: EvaluationFlags,
    #[command(flatten)]
    checkpoints: CheckpointFlags,
}

impl TrainingFlags {
    /// `defaults` with what was given on the command line.
    pub fn over(&self, defaults: TrainingArguments) -> TrainingArguments {
        let mut arguments = defaults;
        self.length.set(&mut arguments);
        self.batches.set(&mut arguments);
        self.rate.set(&mut arguments);
        self.optimizer.set(&mut arguments);
        self.parts.set(&mut arguments);
        self.evaluation.set(&mut arguments);
        self.checkpoints.set(&mut arguments);
        arguments
    }
}

fn set<T: Clone>(argument: &mut T, flag: &Option<T>) {
    if let Some(value) = flag {
        argument.clone_from(value);
    }
}

fn set_some<T: Clone>(argument: &mut Option<T>, flag: &Option<T>) {
    if flag.is_some() {
        argument.clone_from(flag);
    }
}

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Length of the run")]
struct LengthFlags {
    /// Passes over the training split
    #[arg(long, value_name = "N")]
    num_train_epochs: Option<usize>,
    /// Optimizer steps of the whole run, instead of epochs
    #[arg(long, value_name = "N", conflicts_with = "num_train_epochs")]
    max_steps: Option<NonZeroUsize>,
    /// Save and stop after this time, such as 45m or "2h 30m", over all seeds
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    max_time: Option<f64>,
    /// Source of everything random
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl LengthFlags {
    fn set(&self, arguments: &mut TrainingArguments) {
        set(&mut arguments.num_train_epochs, &self.num_train_epochs);
        set_some(&mut arguments.max_steps, &self.max_steps);
        set_some(&mut arguments.max_time, &self.max_time);
        set(&mut arguments.seed, &self.seed);
    }
}

/// Part by part, because humantime's own sum of them can overflow with a panic.
fn seconds(time: &str) -> Result<f64, humantime::DurationError> {
    let (mut total, mut rest) = (0.0, time);
    loop {
        let unit = rest.find(char::is_alphabetic).unwrap_or(rest.len());
        let next = rest[unit..].find(|c: char| c.is_ascii_digit());
        let (part, after) = rest.split_at(next.map_or(rest.len(), |next| unit + next));
        total += humantime::parse_duration(part)?.as_secs_f64();
        if after.is_empty() {
            return Ok(total);
        }
        rest = after;
    }
}

/// `--train-batch-size`: a number, or `auto`.
#[derive(Clone, Copy, Debug)]
enum BatchSize {
    Auto,
    Fixed(NonZeroUsize),
}

impl FromStr for BatchSize {
    type Err = String;

    fn from_str(value: &str) -> Result<Self, String> {
        match value {
            "auto" => Ok(Self::Auto),
            number => number
                .parse()
                .map(Self::Fixed)
                .map_err(|_| "not a number above 0, nor auto".to_owned()),
        }
    }
}

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Batches")]
struct BatchFlags {
    /// Examples per forward and backward pass; auto takes the default in as many parts as fit
    /// into memory
    #[arg(long, value_name = "N|auto")]
    train_batch_size: Option<BatchSize>,
    /// Passes whose gradients make one optimizer step
    #[arg(long, value_name = "N")]
    gradient_accumulation_steps: Option<NonZeroUsize>,
    /// Examples per forward pass of an evaluation
    #[arg(long, value_name = "N")]
    eval_batch_size: Option<NonZeroUsize>,
    /// Longest sequence in tokens
    #[arg(long, value_name = "N")]
    max_seq_length: Option<usize>,
    /// grouped: batches of similar length; longest: to the longest of a batch; max: to the maximum
    #[arg(long, value_name = "grouped|longest|max")]
    padding: Option<Padding>,
}

impl BatchFlags {
    fn set(&self, arguments: &mut TrainingArguments) {
        match self.train_batch_size {
            Some(BatchSize::Auto) => arguments.auto_batch_size = true,
            Some(BatchSize::Fixed(size)) => arguments.train_batch_size = size,
            None => {}
        }
        let passes = &mut arguments.gradient_accumulation_steps;
        set(passes, &self.gradient_accumulation_steps);
        set(&mut arguments.eval_batch_size, &self.eval_batch_size);
        set(&mut arguments.max_seq_length, &self.max_seq_length);
        set(&mut arguments.padding, &self.padding);
    }
}

/// `--warmup-steps`: steps, or below 1 a share of them.
#[derive(Clone, Copy, Debug)]
enum Warmup {
    Steps(usize),
    Share(f64),
}

impl FromStr for Warmup {
    type Err = String;

    fn from_str(value: &str) -> Result<Self, String> {
        if let Ok(steps) = value.parse() {
            return Ok(Self::Steps(steps));
        }
        let number: Option<f64> = value.parse().ok();
        match number {
            Some(share) if (0.0..1.0).contains(&share) => Ok(Self::Share(share)),
            // As other programs write a whole number: 500.0, 1e3.
            Some(steps) if steps >= 1.0 && steps.fract() == 0.0 && steps < 1e15 => {
                Ok(Self::Steps(steps as usize))
            }
            _ => Err("neither a whole number nor a share below 1".to_owned()),
        }
    }
}

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Learning rate")]
struct RateFlags {
    /// Peak learning rate
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f64>,
    /// What it does after its warm-up
    #[arg(long, value_name = "linear|cosine|constant|polynomial")]
    lr_scheduler_type: Option<SchedulerType>,
    /// Share of the steps in which it rises
    #[arg(long, value_name = "SHARE", conflicts_with = "warmup_steps")]
    warmup_ratio: Option<f64>,
    /// Steps in which it rises; below 1 the share of them
    #[arg(long, value_name = "N|SHARE")]
    warmup_steps: Option<Warmup>,
    /// Peak learning rate of the head
    #[arg(long, value_name = "RATE")]
    head_learning_rate: Option<f64>,
    /// Factor on the learning rate from each layer to the one below it
    #[arg(long, value_name = "FACTOR")]
    layer_wise_lr_decay: Option<f64>,
}

impl RateFlags {
    fn set(&self, arguments: &mut TrainingArguments) {
        set(&mut arguments.learning_rate, &self.learning_rate);
        set(&mut arguments.lr_scheduler_type, &self.lr_scheduler_type);
        set(&mut arguments.warmup_ratio, &self.warmup_ratio);
        match self.warmup_steps {
            Some(Warmup::Steps(steps)) => arguments.warmup_steps = Some(steps),
            Some(Warmup::Share(share)) => {
                (arguments.warmup_steps, arguments.warmup_ratio) = (None, share);
            }
            None => {}
        }
        set_some(&mut arguments.head_learning_rate, &self.head_learning_rate);
        set(
            &mut arguments.layer_wise_lr_decay,
            &self.layer_wise_lr_decay,
        );
    }
}

/// `--optimizer`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Optimizer {
    /// torch.optim.AdamW
    Adamw,
    /// As in google-research/bert: no bias correction, a schedule that falls from the first step
    Google,
}

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Optimizer")]
struct OptimizerFlags {
    /// Which AdamW
    #[arg(long, value_enum)]
    optimizer: Option<Optimizer>,
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
    /// Largest global norm of the gradients; 0 turns clipping off
    #[arg(long, value_name = "NORM")]
    max_grad_norm: Option<f64>,
    /// Matrix products in bf16, on libtorch and CUDA
    #[arg(long)]
    bf16: bool,
    /// Share of a label's probability that is spread over all labels
    #[arg(long, value_name = "SHARE")]
    label_smoothing: Option<f64>,
    /// What the loss of each class counts: balanced, or name=2.5,name=0.5
    #[arg(long, value_name = "WEIGHTS")]
    class_weights: Option<ClassWeights>,
    /// Exponent of the focal loss: examples that the model is sure of count less; 0 is the plain loss
    #[arg(long, value_name = "NUMBER")]
    focal_gamma: Option<f64>,
}

impl OptimizerFlags {
    fn set(&self, arguments: &mut TrainingArguments) {
        if let Some(optimizer) = self.optimizer {
            arguments.optimizer = match optimizer {
                Optimizer::Adamw => OptimizerType::Adamw,
                Optimizer::Google => OptimizerType::Google,
            };
        }
        set(&mut arguments.weight_decay, &self.weight_decay);
        set(&mut arguments.adam_epsilon, &self.adam_epsilon);
        set(&mut arguments.adam_beta1, &self.adam_beta1);
        set(&mut arguments.adam_beta2, &self.adam_beta2);
        set(&mut arguments.max_grad_norm, &self.max_grad_norm);
        set(&mut arguments.label_smoothing, &self.label_smoothing);
        set_some(&mut arguments.class_weights, &self.class_weights);
        set(&mut arguments.focal_gamma, &self.focal_gamma);
        arguments.bf16 |= self.bf16;
    }
}

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "What learns")]
struct PartFlags {
    /// Leave the embeddings as they are
    #[arg(long)]
    freeze_embeddings: bool,
    /// Leave the embeddings and the lowest N encoder layers as they are
    #[arg(long, value_name = "N")]
    freeze_layers: Option<usize>,
    /// Start the pooler and the top N encoder layers fresh
    #[arg(long, value_name = "N")]
    reinit_layers: Option<usize>,
}

impl PartFlags {
    fn set(&self, arguments: &mut TrainingArguments) {
        arguments.freeze_embeddings |= self.freeze_embeddings;
        set(&mut arguments.freeze_layers, &self.freeze_layers);
        set(&mut arguments.reinit_layers, &self.reinit_layers);
    }
}

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Evaluation")]
struct EvaluationFlags {
    /// Steps between two evaluations, instead of one at the end of each epoch
    #[arg(long, value_name = "N")]
    eval_steps: Option<NonZeroUsize>,
    /// Score the model before its first step, too
    #[arg(long)]
    eval_on_start: bool,
    /// The metric that decides which model is kept
    #[arg(long, value_name = "NAME")]
    metric_for_best_model: Option<String>,
    /// Stop after so many evaluations without a better one
    #[arg(long, value_name = "N")]
    early_stopping_patience: Option<NonZeroUsize>,
    /// By how much the metric has to be better than the best for the patience to begin anew; which
    /// model is the best does not depend on it
    #[arg(long, value_name = "NUMBER")]
    early_stopping_threshold: Option<f64>,
}

impl EvaluationFlags {
    fn set(&self, arguments: &mut TrainingArguments) {
        arguments.eval_on_start |= self.eval_on_start;
        set_some(&mut arguments.eval_steps, &self.eval_steps);
        let metric = &mut arguments.metric_for_best_model;
        set_some(metric, &self.metric_for_best_model);
        let patience = &mut arguments.early_stopping_patience;
        set_some(patience, &self.early_stopping_patience);
        let threshold = &mut arguments.early_stopping_threshold;
        set(threshold, &self.early_stopping_threshold);
    }
}

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Checkpoints")]
struct CheckpointFlags {
    /// Steps between two checkpoints, besides those at the end of each epoch
    #[arg(long, value_name = "N")]
    save_steps: Option<NonZeroUsize>,
    /// Checkpoints that are kept
    #[arg(long, value_name = "N")]
    save_total_limit: Option<NonZeroUsize>,
    /// Steps between two lines off a terminal
    #[arg(long, value_name = "N", help_heading = "Display")]
    logging_steps: Option<NonZeroUsize>,
}

impl CheckpointFlags {
    fn set(&self, arguments: &mut TrainingArguments) {
        set_some(&mut arguments.save_steps, &self.save_steps);
        set(&mut arguments.save_total_limit, &self.save_total_limit);
        set(&mut arguments.logging_steps, &self.logging_steps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        training: TrainingFlags,
    }

    fn parse(line: &str) -> TrainingArguments {
        let words = std::iter::once("program").chain(line.split(' '));
        let program = Program::try_parse_from(words).unwrap();
        program.training.over(TrainingArguments::default())
    }

    /// Each argument has a flag of its name, and the flag sets it and nothing else.
    #[test]
    fn every_argument_has_its_flag() {
        let values = [
            ("learning_rate", "0.5"),
            ("num_train_epochs", "7"),
            ("max_steps", "7"),
            ("train_batch_size", "7"),
            ("eval_batch_size", "7"),
            ("gradient_accumulation_steps", "7"),
            ("max_seq_length", "7"),
            ("padding", "max"),
            ("lr_scheduler_type", "cosine"),
            ("warmup_ratio", "0.7"),
            ("warmup_steps", "7"),
            ("optimizer", "google"),
            ("weight_decay", "0.7"),
            ("adam_epsilon", "0.7"),
            ("adam_beta1", "0.7"),
            ("adam_beta2", "0.7"),
            ("max_grad_norm", "0.7"),
            ("head_learning_rate", "0.7"),
            ("layer_wise_lr_decay", "0.7"),
            ("freeze_layers", "7"),
            ("reinit_layers", "7"),
            ("label_smoothing", "0.7"),
            ("class_weights", "balanced"),
            ("focal_gamma", "0.7"),
            ("eval_steps", "7"),
            ("metric_for_best_model", "loss"),
            ("early_stopping_patience", "7"),
            ("early_stopping_threshold", "0.7"),
            ("save_steps", "7"),
            ("save_total_limit", "7"),
            ("seed", "7"),
            ("logging_steps", "7"),
        ];
        let json = |arguments| match serde_json::to_value(arguments).unwrap() {
            serde_json::Value::Object(map) => map,
            _ => unreachable!("arguments have names"),
        };
        let defaults = json(TrainingArguments::default());
        let changed = |line: &str| {
            let now = json(parse(line));
            let different = now
                .into_iter()
                .filter(|(key, value)| defaults[key] != *value);
            different.collect::<Vec<_>>()
        };
        for (name, value) in values {
            let flag = name.replace('_', "-");
            let changed = changed(&format!("--{flag} {value}"));
            let number: Result<f64, _> = value.parse();
            let found = match (&changed[..], number) {
                ([(key, found)], Ok(number)) if key == name => found.as_f64() == Some(number),
                ([(key, found)], Err(_)) if key == name => found == value,
                _ => false,
            };
            assert!(found, "--{flag} {value}: {changed:?}");
        }
        let others = [
            ("freeze_embeddings", "--freeze-embeddings", "true"),
            ("bf16", "--bf16", "true"),
            ("eval_on_start", "--eval-on-start", "true"),
            ("auto_batch_size", "--train-batch-size auto", "true"),
            ("max_time", "--max-time 90m", "5400.0"),
        ];
        for (name, line, value) in others {
            let changed = changed(line);
            let expected = [(name.to_owned(), serde_json::from_str(value).unwrap())];
            assert_eq!(changed, expected);
        }
        assert_eq!(values.len() + others.len(), defaults.len());
    }

    /// `warmup_steps` of transformers 5: "an integer or a float, below 1 a ratio of all steps".
    #[test]
    fn warmup_steps_below_one_are_a_share() {
        for (value, steps) in [
            ("0", 0),
            ("0.0", 0),
            ("0.1", 35),
            ("5e-2", 18),
            ("1", 1),
            ("1.0", 1),
            ("12", 12),
            ("1e2", 100),
        ] {
            let arguments = parse(&format!("--warmup-steps {value}"));
            assert_eq!(arguments.warmup_steps(3668), steps, "{value}");
            arguments.check().unwrap();
        }
        // More than the flag's default, whatever that is.
        let default = TrainingArguments::default().with_warmup_steps(7);
        let program = Program::try_parse_from(["program", "--warmup-steps=0.1"]).unwrap();
        assert_eq!(program.training.over(default).warmup_steps(3668), 35);
        for value in ["2.5", "-1", "-0.1", "nan", "inf", "1e99", "many", ""] {
            let line = ["program".to_owned(), format!("--warmup-steps={value}")];
            let refused = Program::try_parse_from(line)
                .err()
                .expect(value)
                .to_string();
            assert!(refused.contains("a share below 1"), "{refused}");
        }
    }

    #[test]
    fn times_are_read_whatever_their_size() {
        for (time, expected) in [
            ("45m", 2700.0),
            ("2h 30m", 9000.0),
            ("2h30m", 9000.0),
            (" 1h  1.5s ", 3601.5),
            ("99999999999h", 99_999_999_999.0 * 3600.0),
            ("18446744073709551615s", u64::MAX as f64),
            ("18446744073709551615s 1000ms", u64::MAX as f64),
        ] {
            assert_eq!(seconds(time), Ok(expected), "{time}");
        }
        for wrong in [
            "",
            " ",
            "10",
            "h",
            "1h 5",
            "1x 3m",
            "é3s",
            "99999999999999999999s",
        ] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
