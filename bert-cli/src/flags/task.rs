//! The flags that every task has: the model, where it runs, where its results go.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bert_core::backend::BertAutodiffBackend;
use bert_core::weights::{LoadPolicy, LoadReport, WeightsError, load_folder};
use bert_tasks::card::BaseModel;
use bert_tasks::display::dashboard::Screen;
use bert_tasks::training::{StopFlag, TrainingArguments, TrainingError};
use bert_tasks::{FolderError, ModelFolder, Pretrained, TaskModel, reinit};
use clap::Args;

use super::{RunFlags, TokenizerFlags, TrainingFlags};
use crate::backend::{BackendName, backend_flag};
use crate::hub::{ModelName, Shown};
use crate::sample;

/// What a run does, in `--help`.
const RUN: &str = "Run";

/// Everything that is the same for every task.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Model")]
pub struct TaskFlags {
    /// Model: a folder with config.json, model.safetensors (or pytorch_model.bin), vocab.txt, or
    /// its name on the hub, such as google-bert/bert-base-uncased, perhaps with @REVISION
    /// [default: bert-nano, which comes with the examples]
    #[arg(long, value_name = "DIR|NAME", value_parser = ModelName::parser())]
    pub model: Option<ModelName>,
    /// Where that is, once it is found.
    #[arg(skip)]
    found: OnceLock<Pretrained>,
    /// The data set of the hub that is learned from, if there is one.
    #[arg(skip)]
    dataset: OnceLock<String>,
    /// Start with fresh weights: only configuration and vocabulary are taken from the model folder
    #[arg(long, conflicts_with_all = ["eval_only", "reinit_layers"])]
    pub from_scratch: bool,
    /// Share of hidden states and attention that this training drops [default: the model's, which
    /// the saved configuration keeps in any case]
    #[arg(long, value_name = "SHARE")]
    pub dropout: Option<f64>,
    /// Where the best model and its results go [default: out/TASK, or where that is taken
    /// out/TASK-2 and so on; with --resume the newest of them; with --eval-only out/TASK-eval]
    #[arg(long, value_name = "DIR", help_heading = RUN)]
    output_dir: Option<PathBuf>,
    /// Backend to run on, of those compiled in; the strongest when not given
    #[arg(long, value_name = "NAME", help_heading = RUN, value_parser = backend_flag())]
    pub backend: Option<BackendName>,
    /// Score the model on the dev split, without training
    #[arg(long, requires = "model", conflicts_with = "seeds", help_heading = RUN)]
    pub eval_only: bool,
    /// Train this many times with seed, seed + 1, ... and report mean and standard deviation
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        help_heading = RUN,
        value_parser = clap::value_parser!(u64).range(1..),
    )]
    pub seeds: u64,
    /// Leave parameters fresh that the weights file lacks
    #[arg(long)]
    allow_missing_weights: bool,
    /// Leave parameters fresh whose shape in the weights file differs
    #[arg(long)]
    ignore_mismatched_sizes: bool,
    /// How text is read, and a model found.
    #[command(flatten)]
    pub tokenizer: TokenizerFlags,
    #[command(flatten)]
    training: TrainingFlags,
    /// Where a run begins, what it leaves, how it is shown.
    #[command(flatten)]
    pub run: RunFlags,
}

impl TaskFlags {
    /// The numbers of a run that says none: those of a small model where no other is given.
    pub fn defaults(&self) -> TrainingArguments {
        match self.model {
            Some(_) => TrainingArguments::default(),
            None => sample::arguments(),
        }
    }

    /// `defaults` with what was given on the command line.
    pub fn arguments(&self, defaults: TrainingArguments) -> TrainingArguments {
        self.training.over(defaults)
    }

    /// Where results are to go, if that was said.
    pub fn given_output_dir(&self) -> Option<&Path> {
        self.output_dir.as_deref()
    }

    /// Whether anything is read from [`model_folder`](Self::model_folder).
    pub fn reads_model(&self) -> bool {
        self.model.is_some() || !self.from_scratch
    }

    /// Finds the model of `--model`, and fetches it where it is a name on the hub.
    ///
    /// # Errors
    /// When it is a name that cannot be had.
    pub fn find_model(&self, screen: &Screen, stop: &StopFlag) -> Result<(), FolderError> {
        if let Some(name) = &self.model {
            let (hub, shown) = (self.tokenizer.hub, Shown::On(screen, stop));
            let found = match self.from_scratch {
                true => name.find_without_weights(hub, shown)?,
                false => name.find(hub, shown)?,
            };
            if let Some(origin) = &found.origin {
                screen.say(&format!("model: {origin}"));
            }
            // A program finds its model once.
            let _ = self.found.set(found);
        }
        Ok(())
    }

    /// The model of `--model`, or bert-nano.
    fn pretrained(&self) -> Pretrained {
        match (self.found.get(), &self.model) {
            (Some(found), _) => found.clone(),
            (None, Some(name)) => Pretrained::of_folder(name.as_path()),
            (None, None) => Pretrained::of_folder(&sample::bert_nano()),
        }
    }

    /// A line on what runs where model or data are not given: `missing` names the flags of the data,
    /// `real` the command for the real thing.
    pub fn what_runs(&self, has_data: bool, missing: &str, real: &str) -> Option<String> {
        let what = match (&self.model, has_data) {
            (None, false) => "bert-nano on the shipped sample".to_owned(),
            (None, true) => "no --model: bert-nano, which comes with the examples".to_owned(),
            (Some(_), false) => format!("no {missing}: the shipped sample"),
            (Some(_), true) => return None,
        };
        Some(format!("{what}; for the real thing: {real}"))
    }

    /// What a card says of the model that a training begins with.
    pub fn base(&self) -> BaseModel {
        let found = self.pretrained();
        BaseModel::of_folder(&found.folder).with_origin(found.origin.as_deref())
    }

    /// Keeps the name of a data set of the hub, `NAME[:PART][@REVISION]`, for cards.
    pub fn learns_from(&self, dataset: Option<&String>) {
        let name = dataset.and_then(|dataset| dataset.split([':', '@']).next());
        if let Some(name) = name {
            // A program finds its data once.
            let _ = self.dataset.set(name.to_owned());
        }
    }

    /// The names on the hub of what is learned from.
    pub fn datasets(&self) -> Vec<String> {
        self.dataset.get().cloned().into_iter().collect()
    }

    /// Where the model is: the folder of `--model`, or bert-nano's.
    pub fn model_folder(&self) -> PathBuf {
        self.pretrained().folder
    }

    /// Opens [`model_folder`](Self::model_folder).
    ///
    /// # Errors
    /// When a file is missing or wrong.
    pub fn open(&self) -> Result<ModelFolder, TrainingError> {
        self.tokenizer.open(&self.pretrained())
    }

    /// The model to train: that of [`model_folder`](Self::model_folder) with a fresh head where it
    /// has none, and what was loaded; all fresh with `--from-scratch`.
    ///
    /// # Errors
    /// See [`load_folder`]; and if configuration and `arguments` cannot make a model.
    pub fn load<B: BertAutodiffBackend, M: TaskModel<B>>(
        &self,
        folder: &ModelFolder,
        arguments: &TrainingArguments,
        device: &B::Device,
    ) -> Result<(M, Option<LoadReport>), TrainingError> {
        let mut config = folder.config.clone();
        if let Some(share) = self.dropout {
            config.hidden_dropout_prob = share;
            config.attention_probs_dropout_prob = share;
        }
        arguments.check_layers(&config)?;
        let model = M::new(&config, arguments.seed, device)?;
        if self.from_scratch {
            return Ok((model, None));
        }
        let mut policy = M::fresh_head();
        if self.allow_missing_weights {
            policy = policy.allow_missing();
        }
        policy.ignore_mismatched_sizes = self.ignore_mismatched_sizes;
        let policy = reinit(policy, &config, arguments.reinit_layers);
        match load_folder(model, &self.model_folder(), &policy) {
            Ok((model, report)) => Ok((model, Some(report))),
            Err(error) => Err(with_flags(error, &policy)),
        }
    }
}

/// Adds the flags with which weights that do not fit are taken all the same.
fn with_flags(error: WeightsError, policy: &LoadPolicy) -> TrainingError {
    let WeightsError::Mismatch { report, .. } = &error else {
        return error.into();
    };
    let may_be_missing = |name: &String| {
        let mut allowed = policy.may_be_missing.iter();
        allowed.any(|prefix| name.starts_with(prefix.as_str()))
    };
    let mut flags = Vec::new();
    if !report.missing.iter().all(may_be_missing) {
        flags.push("--allow-missing-weights goes on with fresh values for what is missing");
    }
    if !report.wrong_shape.is_empty() && !policy.ignore_mismatched_sizes {
        flags.push(
            "--ignore-mismatched-sizes goes on with fresh values for what has another shape, such \
             as the head of another task",
        );
    }
    match flags.is_empty() {
        true => error.into(),
        false => TrainingError::Folder(FolderError::Unfit {
            error: Box::new(error),
            way_on: flags.join("\n"),
        }),
    }
}
