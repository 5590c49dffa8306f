//! What the programs that label sentences or pairs do, once they have their examples.

use std::sync::Arc;
use std::time::Instant;

use bert_core::backend::BertAutodiffBackend;
use bert_core::weights::LoadPolicy;
use bert_data::batch::PaddedBatch;
use bert_data::{EncodedDataset, PairExample};
use bert_tasks::events::Environment;
use bert_tasks::sequence::{FineTuneData, SequenceModel, SequenceOutput, evaluate, fine_tune};
use bert_tasks::training::{
    RunOptions, StopReason, TrainingArguments, TrainingError, for_each_seed,
};
use bert_tasks::{ModelFolder, TaskModel};
use burn::module::AutodiffModule;
use burn::train::{InferenceStep, TrainStep};

use crate::backend::BackendInfo;
use crate::flags::TaskFlags;
use crate::results::{self, Run, write_sequence};
use crate::start::Stage;

/// A program's examples, and what is to be done with them.
pub struct SequenceProgram<'a> {
    /// The task's name.
    pub name: &'static str,
    /// Its flags.
    pub flags: &'a TaskFlags,
    /// What the labels are called.
    pub labels: &'a [&'a str],
    /// Reads the examples to train on.
    pub train: &'a dyn Fn() -> Result<Vec<PairExample>, TrainingError>,
    /// Reads the examples to score.
    pub dev: &'a dyn Fn() -> Result<Vec<PairExample>, TrainingError>,
    /// Whether the logits of the dev split are written.
    pub write_logits: bool,
}

impl SequenceProgram<'_> {
    /// Trains a model of the type M, or scores one, as the flags say.
    ///
    /// # Errors
    /// What ended it.
    pub fn run<B, M>(
        self,
        mut folder: ModelFolder,
        stage: Stage,
        device: &B::Device,
        backend: &BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError>
    where
        B: BertAutodiffBackend,
        M: SequenceModel<B>
            + AutodiffModule<B>
            + TrainStep<Input = PaddedBatch, Output = SequenceOutput>
            + std::fmt::Display
            + 'static,
        M::InnerModule: SequenceModel<B::InnerBackend>
            + InferenceStep<Input = PaddedBatch, Output = SequenceOutput>,
    {
        let Stage {
            stop,
            mut screen,
            arguments,
        } = stage;
        let (flags, output_dir) = (self.flags, self.flags.output_dir(self.name));
        screen.prepare("reading and encoding the data");
        let dev = encode(&folder, &(self.dev)()?, &arguments)?;

        if let (true, Some(model)) = (flags.eval_only, &flags.model) {
            let policy = LoadPolicy::trained_head(M::HEAD);
            let (model, report): (M::InnerModule, _) = folder.load(model, &policy, 0, device)?;
            screen.say(&report.to_string());
            let model = model.with_precision(arguments.precision());
            let started = Instant::now();
            let evaluation = evaluate(&model, &dev, &arguments)?;
            let seconds = started.elapsed().as_secs_f64();
            let time = (seconds, dev.len() as f64 / seconds);
            let run = Run::evaluated(&evaluation, time, &arguments, backend);
            run.write(&output_dir)?;
            write_sequence(&evaluation, self.write_logits, &output_dir)?;
            results::finish(&screen, &output_dir, &[run], 1)?;
            return Ok(None);
        }

        folder.set_labels(self.labels);
        let train = encode(&folder, &(self.train)()?, &arguments)?;
        let (folder, data) = (Arc::new(folder), FineTuneData::new(train, dev));
        let environment = Environment::of(backend.to_string());
        let options = flags.run.options(
            self.name,
            output_dir.clone(),
            arguments,
            environment,
            stop,
            &screen,
        );
        let mut runs = Vec::new();
        let stopped = for_each_seed(&options, flags.seeds, |options| {
            screen.prepare("reading the weights");
            let (model, report): (M, _) = flags.load(&folder, &options.arguments, device)?;
            let load_report = results::say_report(&screen, report, runs.is_empty());
            let options = RunOptions {
                load_report,
                ..options
            };
            let tuned = fine_tune(model, folder.clone(), data.clone(), &options)?;
            // Now, not after the last seed: what is reached stays.
            if let Some(best) = &tuned.best {
                write_sequence(&best.evaluation, self.write_logits, &options.output_dir)?;
            }
            runs.extend(results::keep(&screen, &tuned, &options, backend)?);
            Ok(tuned.stopped)
        })?;
        screen.close();
        results::finish(&screen, &output_dir, &runs, flags.seeds)?;
        results::say_stopped(&screen, stopped.as_ref());
        Ok(stopped)
    }
}

fn encode(
    folder: &ModelFolder,
    examples: &[PairExample],
    arguments: &TrainingArguments,
) -> Result<Arc<EncodedDataset>, TrainingError> {
    let length = arguments.max_seq_length;
    let encoded = EncodedDataset::encode(&folder.tokenizer, examples, length)?;
    Ok(Arc::new(encoded))
}
