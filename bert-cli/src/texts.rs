//! What the programs that label sentences or pairs do, once they know where their examples are.

use std::sync::Arc;

use bert_data::{EncodedDataset, PairExample};
use bert_tasks::ModelFolder;
use bert_tasks::sequence::SequenceHead;
use bert_tasks::training::{StopReason, TrainableModel, TrainingData, TrainingError};

use crate::backend::{BackendInfo, TrainBackend};
use crate::flags::TaskFlags;
use crate::results::say_statistics;
use crate::runs::{Data, Runs};
use crate::start::Stage;

/// Reads the examples of a split.
pub(crate) type Read<'a> = &'a dyn Fn() -> Result<Vec<PairExample>, TrainingError>;

/// A program's examples, and what is to be done with them.
pub(crate) struct Texts<'a> {
    /// The task's name.
    pub(crate) name: &'static str,
    /// Its flags.
    pub(crate) flags: &'a TaskFlags,
    /// What the labels are called.
    pub(crate) labels: &'a [&'a str],
    /// To train on.
    pub(crate) train: Read<'a>,
    /// To score.
    pub(crate) dev: Read<'a>,
    /// Whether the logits of the dev split are written.
    pub(crate) write_logits: bool,
}

impl Texts<'_> {
    /// Trains a model of the type M, or scores one, as the flags say.
    pub(crate) fn run<B, M>(
        self,
        mut folder: ModelFolder,
        stage: Stage,
        device: &B::Device,
        backend: &BackendInfo,
    ) -> Result<Option<StopReason>, TrainingError>
    where
        B: TrainBackend,
        M: TrainableModel<B, SequenceHead>,
    {
        let scores_only = self.flags.eval_only;
        stage.screen.prepare("reading and encoding the data");
        let dev = encode("dev", &folder, &(self.dev)()?, &stage, scores_only)?;
        let data = match scores_only {
            true => Data::Scored(dev),
            false => {
                folder.set_labels(self.labels);
                let train = encode("train", &folder, &(self.train)()?, &stage, false)?;
                Data::Trained(TrainingData::new(train, dev))
            }
        };
        let runs = Runs {
            name: self.name,
            flags: self.flags,
            head: SequenceHead {
                num_labels: Some(self.labels.len()),
                write_logits: self.write_logits,
                ..SequenceHead::default()
            },
        };
        runs.run::<B, M>(stage, &folder, &data, device, backend)
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
