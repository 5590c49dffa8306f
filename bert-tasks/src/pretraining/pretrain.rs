//! From a model and a corpus to the best model, by way of burn-train's learner.

use std::sync::Arc;

use bert_core::backend::BertAutodiffBackend;
use bert_data::corpus::PretrainingCorpus;

use super::task::PretrainingTask;
use super::{PretrainingEvaluation, TrainablePretrainingModel, evaluate, metrics};
use crate::folder::ModelFolder;
use crate::training::check::{
    check_folder, check_no_label_smoothing, check_split, deciding_metric,
};
use crate::training::{FineTuned, Job, Kept, RunOptions, TrainingError, train_to_best};

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
    M: TrainablePretrainingModel<B>,
{
    let arguments = &options.arguments;
    arguments.check()?;
    check_no_label_smoothing(arguments, "0 for pretraining")?;
    // Those of the evaluations: a corpus of single texts has no next sentences to score.
    let next_sentence = M::NEXT_SENTENCE && data.held_out.config().next_sentence;
    let metric = deciding_metric(metrics(next_sentence), arguments)?;
    check_folder(model.config(), &folder.config)?;
    for (name, part) in [("train", &data.train), ("dev", &data.held_out)] {
        check_split(model.config(), name, part.as_ref())?;
    }
    let kept = Kept::default();
    let task = PretrainingTask::<B::InnerBackend>::new(folder.clone(), metric, kept.clone());
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
