//! From a model and two splits to the best model, by way of burn-train's learner.

use std::sync::Arc;

use bert_core::backend::{BertAutodiffBackend, BertBackend};
use bert_data::EncodedDataset;
use bert_data::batch::PaddedBatch;
use burn::module::AutodiffModule;
use burn::train::{InferenceStep, TrainStep};

use super::task::SequenceTask;
use super::{Evaluation, SequenceModel, SequenceOutput, evaluate, metrics};
use crate::folder::ModelFolder;
use crate::training::check::{check_folder, check_split, deciding_metric};
use crate::training::{FineTuned, Job, Kept, RunOptions, TrainingError, train_to_best};

/// The splits of a fine-tuning.
#[derive(Clone, derive_new::new)]
pub struct FineTuneData {
    /// Trained on.
    pub train: Arc<EncodedDataset>,
    /// Evaluated on; decides which model is kept.
    pub dev: Arc<EncodedDataset>,
}

/// Fine-tunes `model` and keeps the best evaluation's model in the output folder, saved as soon as
/// it is reached. Goes on from a checkpoint where `options` say so; the weights of `model` are
/// replaced by the checkpoint's then.
///
/// # Errors
/// Before anything is written: arguments that make no run, splits that do not fit the model, an
/// output folder that has another run. Later: a loss that is not finite, no evaluation that is
/// finite, a folder that cannot be written. The best model and the last checkpoints are in the output folder all the same.
pub fn fine_tune<B, M>(
    model: M,
    folder: Arc<ModelFolder>,
    data: FineTuneData,
    options: &RunOptions,
) -> Result<FineTuned<Evaluation>, TrainingError>
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
    let arguments = &options.arguments;
    arguments.check()?;
    M::check_problem(model.config())?;
    let metric = deciding_metric(metrics(model.num_labels()), arguments)?;
    check_folder(model.config(), &folder.config)?;
    for (name, split) in [("train", &data.train), ("dev", &data.dev)] {
        check_data(&model, name, split)?;
    }
    let kept = Kept::default();
    let (dev, device) = (data.dev.clone(), model.devices().remove(0));
    let task = SequenceTask::<B::InnerBackend>::new(folder.clone(), dev, metric, kept.clone());
    train_to_best(
        Job {
            model,
            device,
            task: Box::new(task),
            train: data.train,
            dev: data.dev.clone(),
        },
        options,
        &kept,
        |model| evaluate(model, &data.dev, arguments),
    )
}

/// A split that is trained on or scored must fit the model, and every example must have a label
/// that the model has a score for.
pub(super) fn check_data<B: BertBackend, M: SequenceModel<B>>(
    model: &M,
    split: &'static str,
    data: &EncodedDataset,
) -> Result<(), TrainingError> {
    let num_labels = model.num_labels();
    if num_labels < 2 {
        return Err(TrainingError::OneLabel);
    }
    check_split(model.config(), split, data)?;
    for (index, label) in data.labels().iter().enumerate() {
        match *label {
            None => return Err(TrainingError::NoLabel { split, index }),
            Some(label) if label >= num_labels => {
                return Err(TrainingError::LabelOutside {
                    split,
                    index,
                    label,
                    num_labels,
                });
            }
            Some(_) => {}
        }
    }
    Ok(())
}
