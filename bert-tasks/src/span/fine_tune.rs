//! From a model and its splits to the best model, by way of burn-train's learner.

use std::sync::Arc;

use bert_core::backend::BertAutodiffBackend;
use bert_data::EncodedSquad;

use super::task::SpanTask;
use super::{
    BertForQuestionAnswering, DecodingOptions, METRICS, SpanEvaluation, SpanSplit, evaluate,
};
use crate::folder::ModelFolder;
use crate::model::TaskModel;
use crate::training::check::{check_folder, check_no_label_smoothing, deciding_metric};
use crate::training::{FineTuned, Job, Kept, RunOptions, TrainingError, train_to_best};

/// The splits of a fine-tuning, and how questions are answered in it.
#[derive(Clone)]
pub struct SpanData {
    /// Trained on.
    pub train: Arc<SpanSplit>,
    /// Evaluated on while training: all of `dev` or a part of it. Decides which model is kept.
    pub part: Arc<SpanSplit>,
    /// Evaluated on at the end.
    pub dev: Arc<SpanSplit>,
    /// How answers are chosen.
    pub options: DecodingOptions,
}

/// Fine-tunes `model`, keeps the model that is best on a part of the dev split in the output
/// folder, and evaluates it on all of the dev split at the end. Goes on from a checkpoint where
/// `options` say so.
///
/// # Errors
/// As [`sequence::fine_tune`](crate::sequence::fine_tune).
pub fn fine_tune<B: BertAutodiffBackend>(
    model: BertForQuestionAnswering<B>,
    folder: Arc<ModelFolder>,
    data: SpanData,
    options: &RunOptions,
) -> Result<FineTuned<SpanEvaluation>, TrainingError> {
    let arguments = &options.arguments;
    arguments.check()?;
    let places = "0 for question answering, where a label is a place";
    check_no_label_smoothing(arguments, places)?;
    let metric = deciding_metric(&METRICS, arguments)?;
    check_folder(model.config(), &folder.config)?;
    let splits = [
        ("train", &data.train),
        ("dev", &data.part),
        ("dev", &data.dev),
    ];
    for (name, split) in splits {
        split.check(model.config(), name, data.options.version_2_with_negative)?;
    }
    let kept = Kept::default();
    let is_whole = Arc::ptr_eq(&data.part, &data.dev);
    let task = SpanTask::new(
        folder.clone(),
        data.part.clone(),
        data.options,
        metric,
        // Of a part only, it would not be the answer.
        is_whole.then(|| kept.clone()),
    );
    let device = model.qa_outputs.weight.device();
    let windows = |split: &SpanSplit| -> Arc<EncodedSquad> { split.windows().clone() };
    train_to_best(
        Job {
            model,
            device,
            task: Box::new(task),
            train: windows(&data.train),
            dev: windows(&data.part),
        },
        options,
        &kept,
        |model| evaluate(model, &data.dev, &data.options, arguments),
    )
}
