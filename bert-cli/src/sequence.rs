//! What the programs that label sentences or pairs do, once they have their examples.

use std::sync::Arc;

use bert_core::backend::BertAutodiffBackend;
use bert_data::batch::PaddedBatch;
use bert_data::{EncodedDataset, PairExample};
use bert_tasks::ModelFolder;
use bert_tasks::sequence::{FineTuneData, SequenceModel, SequenceOutput, evaluate, fine_tune};
use bert_tasks::training::{StopReason, TrainingError};
use burn::module::AutodiffModule;
use burn::train::{InferenceStep, TrainStep};

use crate::backend::BackendInfo;
use crate::flags::TaskFlags;
use crate::results::{say_statistics, write_sequence};
use crate::runs::Runs;
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
        let (flags, arguments) = (self.flags, stage.arguments.clone());
        stage.screen.prepare("reading and encoding the data");
        let dev = encode("dev", &folder, &(self.dev)()?, &stage, flags.eval_only)?;
        let name = self.name;
        if flags.eval_only {
            let runs = Runs::<B::InnerBackend> {
                name,
                flags,
                device,
                backend,
            };
            runs.score(&stage, &folder, |model: &M::InnerModule| {
                let (model_has, task_has) = (model.num_labels(), self.labels.len());
                // Of one label, the evaluation itself says what it is.
                if model_has > 1 && model_has != task_has {
                    return Err(TrainingError::OtherLabels {
                        model: model_has,
                        task: task_has,
                    });
                }
                let evaluation = evaluate(model, &dev, &arguments)?;
                write_sequence(&evaluation, self.write_logits, &stage.output.dir)?;
                Ok(evaluation)
            })?;
            return Ok(None);
        }

        folder.set_labels(self.labels);
        let train = encode("train", &folder, &(self.train)()?, &stage, false)?;
        let (folder, data) = (Arc::new(folder), FineTuneData::new(train, dev));
        let runs = Runs::<B> {
            name,
            flags,
            device,
            backend,
        };
        runs.train(stage, &folder, |model: M, options| {
            let tuned = fine_tune(model, folder.clone(), data.clone(), options)?;
            if let Some(best) = &tuned.best {
                write_sequence(&best.evaluation, self.write_logits, &options.output_dir)?;
            }
            Ok(tuned)
        })
    }
}

/// What was unknown or cut is said at once: it is the first thing to know of a split.
fn encode(
    split: &str,
    folder: &ModelFolder,
    examples: &[PairExample],
    stage: &Stage,
    warn: bool,
) -> Result<Arc<EncodedDataset>, TrainingError> {
    let length = stage.arguments.max_seq_length;
    let encoded = EncodedDataset::encode(&folder.tokenizer, examples, length)?;
    say_statistics(&stage.screen, split, &encoded.statistics(), warn);
    Ok(Arc::new(encoded))
}
