//! From a model and a corpus to the best model, by way of burn-train's learner.

use std::sync::Arc;

use bert_core::backend::BertAutodiffBackend;
use bert_data::corpus::{PretrainingBatch, PretrainingCorpus};
use burn::module::AutodiffModule;
use burn::train::{InferenceStep, TrainStep};

use super::task::PretrainingTask;
use super::{PretrainingEvaluation, PretrainingOutput, evaluate};
use crate::folder::ModelFolder;
use crate::model::TaskModel;
use crate::training::{
    FineTuned, Job, Kept, RunOptions, TrainingError, check_positions, train_to_best,
};

/// The parts of a corpus.
#[derive(Clone, derive_new::new)]
pub struct PretrainingData {
    /// Trained on.
    pub train: Arc<PretrainingCorpus>,
    /// Evaluated on; decides which model is kept.
    pub held_out: Arc<PretrainingCorpus>,
}

/// Pretrains `model`, a [`BertForPreTraining`](super::BertForPreTraining) or a
/// [`BertForMaskedLM`](super::BertForMaskedLM), and keeps the best evaluation's model in the output
/// folder. Goes on from a checkpoint where `options` say so.
///
/// # Errors
/// As [`sequence::fine_tune`](crate::sequence::fine_tune).
pub fn pretrain<B, M>(
    model: M,
    folder: Arc<ModelFolder>,
    data: PretrainingData,
    options: &RunOptions,
) -> Result<FineTuned<PretrainingEvaluation>, TrainingError>
where
    B: BertAutodiffBackend,
    M: TaskModel<B>
        + AutodiffModule<B>
        + TrainStep<Input = PretrainingBatch, Output = PretrainingOutput>
        + std::fmt::Display
        + 'static,
    M::InnerModule: TaskModel<B::InnerBackend>
        + InferenceStep<Input = PretrainingBatch, Output = PretrainingOutput>,
{
    let arguments = &options.arguments;
    arguments.check()?;
    if arguments.label_smoothing != 0.0 {
        return Err(TrainingError::Argument {
            flag: "label-smoothing",
            value: arguments.label_smoothing.to_string(),
            expected: "0 for pretraining",
        });
    }
    for part in [&data.train, &data.held_out] {
        check_positions(&folder.config, part.config().max_seq_length)?;
    }
    let kept = Kept::default();
    let task = PretrainingTask::<B::InnerBackend>::new(folder.clone(), arguments, kept.clone())?;
    let device = model.devices().remove(0);
    train_to_best(
        Job {
            model,
            device,
            task: Box::new(task),
            train: data.train,
            dev: data.held_out.clone(),
        },
        options,
        &kept,
        |model| evaluate(model, &data.held_out, arguments),
    )
}
