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

use bert_core::weights::LoadPolicy;
use bert_data::{EncodedDataset, GlueTask, Split, read_split};
use bert_examples::backend::{BackendInfo, TrainBackend};
use bert_examples::flags::TaskFlags;
use bert_examples::results::{self, Run, write_sequence};
use bert_examples::sample;
use bert_examples::start::{Stage, TaskProgram, run_task};
use bert_tasks::events::Environment;
use bert_tasks::sequence::{BertForSequenceClassification, FineTuneData, evaluate, fine_tune};
use bert_tasks::training::{
    RunOptions, StopReason, TrainingArguments, TrainingError, for_each_seed,
};
use bert_tasks::{ModelFolder, TaskModel};
use clap::Parser;

/// Fine-tunes BERT on MRPC, or scores a model on it.
#[derive(Parser)]
#[command(name = "mrpc")]
struct Mrpc {
    /// Folder with train.tsv and dev.tsv of GLUE's MRPC
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Also write the dev split's logits to logits.tsv
    #[arg(long)]
    write_logits: bool,
    #[command(flatten)]
    flags: TaskFlags,
}

type Model<B> = BertForSequenceClassification<B>;

fn main() -> ExitCode {
    run_task(Mrpc::parse())
}

impl TaskProgram for Mrpc {
    const NAME: &'static str = "mrpc";

    fn flags(&self) -> &TaskFlags {
        &self.flags
    }

    fn arguments(&self) -> TrainingArguments {
        self.flags.arguments(match self.flags.model {
            Some(_) => TrainingArguments::default(),
            None => sample::from_scratch_arguments(),
        })
    }

    fn run<B: TrainBackend>(
        self,
        stage: Stage,
        device: B::Device,
        backend: BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError> {
        let Stage {
            stop,
            mut screen,
            arguments,
        } = stage;
        let (flags, output_dir) = (&self.flags, self.flags.output_dir(Self::NAME));
        self.what_runs().iter().for_each(|line| screen.say(line));
        screen.prepare("reading and encoding the data");
        let data = self.data.clone().unwrap_or_else(sample::paraphrases);
        let mut folder = match &flags.model {
            Some(model) => ModelFolder::open(model)?,
            None => sample::small_bert()?,
        };
        let dev = encode(&folder, &data, Split::Dev, &arguments)?;

        if let (true, Some(model)) = (flags.eval_only, &flags.model) {
            let policy = LoadPolicy::trained_head(<Model<B> as TaskModel<B>>::HEAD);
            let (model, report): (Model<B::InnerBackend>, _) =
                folder.load(model, &policy, 0, &device)?;
            screen.say(&report.to_string());
            let model = model.with_precision(arguments.precision());
            let started = Instant::now();
            let evaluation = evaluate(&model, &dev, &arguments)?;
            let seconds = started.elapsed().as_secs_f64();
            let time = (seconds, dev.len() as f64 / seconds);
            let run = Run::evaluated(&evaluation, time, &arguments, &backend);
            run.write(&output_dir)?;
            write_sequence(&evaluation, self.write_logits, &output_dir)?;
            results::finish(&screen, &output_dir, &[run], 1)?;
            return Ok(None);
        }

        folder.set_labels(GlueTask::Mrpc.label_names());
        let train = encode(&folder, &data, Split::Train, &arguments)?;
        let (folder, data) = (Arc::new(folder), FineTuneData::new(train, dev));
        let environment = Environment::of(backend.to_string());
        let options = flags.run.options(
            Self::NAME,
            output_dir.clone(),
            arguments,
            environment,
            stop,
            &screen,
        );
        let mut runs = Vec::new();
        let stopped = for_each_seed(&options, flags.seeds, |options| {
            screen.prepare("reading the weights");
            let (model, report) = flags.load(&folder, &options.arguments, &device)?;
            let load_report = results::say_report(&screen, report, runs.is_empty());
            let options = RunOptions {
                load_report,
                ..options
            };
            let tuned = fine_tune::<B, _>(model, folder.clone(), data.clone(), &options)?;
            // Now, not after the last seed: what is reached stays.
            if let Some(best) = &tuned.best {
                write_sequence(&best.evaluation, self.write_logits, &options.output_dir)?;
            }
            runs.extend(results::keep(&screen, &tuned, &options, &backend)?);
            Ok(tuned.stopped)
        })?;
        screen.close();
        results::finish(&screen, &output_dir, &runs, flags.seeds)?;
        results::say_stopped(&screen, stopped.as_ref());
        Ok(stopped)
    }
}

impl Mrpc {
    /// A line on what runs when something is not given, and how to run the real thing.
    fn what_runs(&self) -> Option<String> {
        let what = match (&self.flags.model, &self.data) {
            (None, None) => "a small BERT from scratch on the shipped sample",
            (None, Some(_)) => "no --model: a small BERT from scratch with the sample's vocabulary",
            (Some(_), None) => "no --data: the shipped sample",
            (Some(_), Some(_)) => return None,
        };
        Some(format!(
            "{what}; for the real thing: cargo run --release --example mrpc -- --model BERT_FOLDER \
             --data MRPC_FOLDER"
        ))
    }
}

fn encode(
    folder: &ModelFolder,
    data: &Path,
    split: Split,
    arguments: &TrainingArguments,
) -> Result<Arc<EncodedDataset>, TrainingError> {
    let examples = read_split(GlueTask::Mrpc, data, split)?;
    let encoded = EncodedDataset::encode(&folder.tokenizer, &examples, arguments.max_seq_length)?;
    Ok(Arc::new(encoded))
}
