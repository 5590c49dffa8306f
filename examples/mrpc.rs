//! Fine-tunes BERT on MRPC: are two sentences paraphrases of each other?
//!
//! ```sh
//! cargo run --release --example mrpc                 # a small BERT from scratch, shipped sample
//! cargo run --release --example mrpc -- --model DIR --data DIR --output-dir OUT
//! cargo run --release --example mrpc --features tch-gpu -- --model DIR --data DIR
//! cargo run --release --example mrpc -- --eval-only --model OUT --data DIR
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use bert_core::backend::BertAutodiffBackend;
use bert_core::weights::{LoadPolicy, LoadReport};
use bert_data::{EncodedDataset, GlueTask, Split, read_split};
use bert_examples::backend::{BackendInfo, BackendName, Program, TrainBackend, run_on};
use bert_examples::exit::{ProgramError, exit_code};
use bert_examples::flags::{RunFlags, TrainingFlags};
use bert_examples::logging;
use bert_examples::results::{self, Run};
use bert_examples::sample;
use bert_examples::signals::stop_on_signals;
use bert_tasks::dashboard::{Display, Screen};
use bert_tasks::events::Environment;
use bert_tasks::sequence::{
    BertForSequenceClassification, FineTuneData, FineTuned, SequenceFolder, evaluate,
    fine_tune_seeds, reinit,
};
use bert_tasks::training::{RunOptions, StopFlag, StopReason, TrainingArguments, TrainingError};
use clap::Parser;

/// Fine-tunes BERT on MRPC, or scores a model on it.
#[derive(Parser, Clone)]
#[command(name = "mrpc")]
struct Flags {
    /// Model folder: config.json, model.safetensors (or pytorch_model.bin), vocab.txt
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Folder with train.tsv and dev.tsv of GLUE's MRPC
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the best model and its results go [default: out/mrpc, or out/mrpc-eval]
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// Backend to run on, of those compiled in; the strongest when not given
    #[arg(long, value_name = "NAME")]
    backend: Option<BackendName>,
    /// Score the model on the dev split, without training
    #[arg(long, requires = "model", conflicts_with = "seeds")]
    eval_only: bool,
    /// Train this many times with seed, seed + 1, ... and report mean and standard deviation
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u64).range(1..),
    )]
    seeds: u64,
    /// Also write the dev split's logits to logits.tsv
    #[arg(long)]
    write_logits: bool,
    /// Leave parameters fresh that the weights file lacks
    #[arg(long)]
    allow_missing_weights: bool,
    /// Leave parameters fresh whose shape in the weights file differs
    #[arg(long)]
    ignore_mismatched_sizes: bool,
    #[command(flatten)]
    training: TrainingFlags,
    #[command(flatten)]
    run: RunFlags,
}

impl Flags {
    fn arguments(&self) -> TrainingArguments {
        let defaults = match self.model {
            Some(_) => TrainingArguments::default(),
            None => sample::from_scratch_arguments(),
        };
        self.training.over(defaults)
    }

    fn output_dir(&self) -> PathBuf {
        let default = if self.eval_only {
            "out/mrpc-eval"
        } else {
            "out/mrpc"
        };
        self.output_dir.clone().unwrap_or_else(|| default.into())
    }
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    logging::to_standard_error();
    exit_code(start(flags))
}

fn start(flags: Flags) -> Result<Option<StopReason>, ProgramError> {
    flags.arguments().check()?;
    let stop = stop_on_signals()?;
    // From the first moment: finding a device can take a while, too.
    let screen = match flags.eval_only {
        true => Screen::open(Display::None, &flags.output_dir(), &stop),
        false => flags.run.screen(&flags.output_dir(), &stop),
    };
    let screen = screen.map_err(ProgramError::Display)?;
    screen.prepare("looking for a device");
    let program = Mrpc {
        flags: flags.clone(),
        stop,
        screen,
    };
    Ok(run_on(flags.backend, program)??)
}

struct Mrpc {
    flags: Flags,
    stop: StopFlag,
    screen: Screen,
}

impl Program for Mrpc {
    type Output = Result<Option<StopReason>, TrainingError>;

    fn run<B: TrainBackend>(self, device: B::Device, backend: BackendInfo) -> Self::Output {
        let Self {
            flags,
            stop,
            mut screen,
        } = self;
        let arguments = flags.arguments();
        backend.check(&arguments)?;

        screen.say(&format!("mrpc on {backend}"));
        if flags.model.is_none() || flags.data.is_none() {
            screen.say(&what_runs(&flags));
        }
        screen.prepare("reading and encoding the data");
        let data = flags.data.clone().unwrap_or_else(sample::paraphrases);
        let mut folder = match &flags.model {
            Some(model) => SequenceFolder::open(model)?,
            None => sample::small_bert()?,
        };
        let dev = encode(&folder, &data, Split::Dev, &arguments)?;
        if let (true, Some(model)) = (flags.eval_only, &flags.model) {
            let (model, report) =
                folder.load::<B::InnerBackend>(model, &LoadPolicy::strict(), 0, &device)?;
            screen.say(&report.to_string());
            let model = model.with_precision(arguments.precision());
            let started = Instant::now();
            let evaluation = evaluate(&model, &dev, &arguments)?;
            let seconds = started.elapsed().as_secs_f64();
            let time = (seconds, dev.len() as f64 / seconds);
            let run = Run::evaluated(evaluation, time, &arguments, &backend);
            run.write(&flags.output_dir(), flags.write_logits)?;
            finish(&screen, &flags, &[run])?;
            return Ok(None);
        }

        folder.set_labels(GlueTask::Mrpc.label_names());
        let train = encode(&folder, &data, Split::Train, &arguments)?;
        let folder = Arc::new(folder);
        let data = FineTuneData::new(train, dev);
        let environment = Environment::of(backend.to_string());
        let output_dir = flags.output_dir();
        let options = flags
            .run
            .options("mrpc", output_dir, arguments, environment, stop, &screen);
        let (mut runs, mut reported) = (Vec::new(), false);
        let make = |seed| {
            screen.prepare("reading the weights");
            let arguments = &options.arguments;
            let (model, report) = model::<B>(&flags, &folder, arguments, seed, &device)?;
            let report = report.map(|report| report.to_string()).unwrap_or_default();
            if !report.is_empty() && !std::mem::replace(&mut reported, true) {
                screen.say(&report);
            }
            Ok((model, report))
        };
        let done = |options: &RunOptions, tuned: FineTuned| {
            let step = tuned.step;
            match Run::trained(tuned, &options.arguments, &backend) {
                // Now, not after the last seed: what is reached stays.
                Some(run) => {
                    run.write(&options.output_dir, flags.write_logits)?;
                    runs.push(run);
                }
                None => screen.say(&format!(
                    "stopped at step {step}, before the first evaluation"
                )),
            }
            Ok(())
        };
        let stopped = fine_tune_seeds(make, &folder, &data, &options, flags.seeds, done)?;
        screen.close();
        finish(&screen, &flags, &runs)?;
        if let Some(reason) = &stopped {
            screen.say(&format!("{reason}; the same command with --resume goes on"));
        }
        Ok(stopped)
    }
}

/// Sums the runs up and says where their results are.
fn finish(screen: &Screen, flags: &Flags, runs: &[Run]) -> Result<(), TrainingError> {
    let output_dir = flags.output_dir();
    if flags.seeds > 1 {
        results::write_seeds(runs, &output_dir)?;
    }
    if !runs.is_empty() {
        screen.say(&results::summary(runs));
    }
    screen.say(&results::written(&output_dir));
    Ok(())
}

/// One line on what runs when something is not given, and how to run the real thing.
fn what_runs(flags: &Flags) -> String {
    let what = match (&flags.model, &flags.data) {
        (None, None) => "a small BERT from scratch on the shipped sample",
        (None, Some(_)) => "no --model: a small BERT from scratch with the sample's vocabulary",
        (Some(_), _) => "no --data: the shipped sample",
    };
    format!(
        "{what}; for the real thing: cargo run --release --example mrpc -- --model BERT_FOLDER --data MRPC_FOLDER"
    )
}

fn encode(
    folder: &SequenceFolder,
    data: &Path,
    split: Split,
    arguments: &TrainingArguments,
) -> Result<Arc<EncodedDataset>, TrainingError> {
    let examples = read_split(GlueTask::Mrpc, data, split)?;
    let encoded = EncodedDataset::encode(&folder.tokenizer, &examples, arguments.max_seq_length)?;
    Ok(Arc::new(encoded))
}

/// The model of the flags: loaded with a fresh head, or all fresh.
fn model<B: BertAutodiffBackend>(
    flags: &Flags,
    folder: &SequenceFolder,
    arguments: &TrainingArguments,
    seed: u64,
    device: &B::Device,
) -> Result<(BertForSequenceClassification<B>, Option<LoadReport>), TrainingError> {
    let Some(path) = &flags.model else {
        return Ok((
            BertForSequenceClassification::new(&folder.config, seed, device)?,
            None,
        ));
    };
    let mut policy = LoadPolicy::fresh_head(BertForSequenceClassification::<B>::HEAD);
    if flags.allow_missing_weights {
        policy = policy.allow_missing();
    }
    policy.ignore_mismatched_sizes = flags.ignore_mismatched_sizes;
    let policy = reinit(policy, &folder.config, arguments.reinit_layers);
    let (model, report) = folder.load(path, &policy, seed, device)?;
    Ok((model, Some(report)))
}
