//! The seam between the training and a head: all that `fit` and `evaluate` have to know of one.

use std::fmt::Display;
use std::path::Path;

use bert_core::backend::{BertAutodiffBackend, BertBackend};
use bert_core::config::BertConfig;
use bert_core::files::FileError;
use burn::module::AutodiffModule;
use burn::train::{InferenceStep, TrainStep};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{BatchReport, Dataset, MetricInfo, NotFinite, TrainingArguments, TrainingError};
use crate::events::Details;
use crate::folder::ModelFolder;
use crate::model::{ModelSettings, TaskModel};

/// A head: what it asks of data, what an evaluation of it is, and what is written of one.
///
/// Its model is a [`TaskModel`] whose loss is its [`TrainStep`], and its scores its
/// [`InferenceStep`]; any model whose steps take and give what the head has can be trained with it
/// ([`TrainableModel`]). What an evaluation depends on besides model and data is a field of the
/// value.
pub trait Head: Send + Sync {
    /// What it learns from and is scored on.
    type Data: Dataset;

    /// What a pass says of a batch. Ranks that score a split together send it to one another.
    type Output: BatchReport + Serialize + DeserializeOwned + 'static;

    /// What an evaluation is.
    type Evaluation: Evaluation;

    /// The metrics that an evaluation of `model` on `data` has, the one that decides first.
    fn metrics(&self, model: &ModelSettings, data: &Self::Data) -> &'static [MetricInfo];

    /// Checks that the head learns as these arguments say.
    ///
    /// # Errors
    /// When there is one that it has no use for.
    fn check_arguments(&self, arguments: &TrainingArguments) -> Result<(), TrainingError> {
        let _ = arguments;
        Ok(())
    }

    /// Checks that the head can learn and be scored with such a model at all.
    ///
    /// # Errors
    /// When it has too few labels, or not those of the task.
    fn check_model(&self, model: &ModelSettings) -> Result<(), TrainingError> {
        let _ = model;
        Ok(())
    }

    /// Checks what passes of `model` over `data` take for granted, besides what holds for every
    /// head: that tokens, segments and positions have embeddings.
    ///
    /// # Errors
    /// When a label is missing, or the model has no score for it.
    fn check(
        &self,
        model: &ModelSettings,
        split: &'static str,
        data: &Self::Data,
    ) -> Result<(), TrainingError> {
        let _ = (model, split, data);
        Ok(())
    }

    /// What the loss needs besides batches, of the arguments and of what is trained on. An evaluation
    /// knows nothing of it.
    ///
    /// # Errors
    /// When the model cannot learn so.
    fn learning(
        &self,
        model: ModelSettings,
        arguments: &TrainingArguments,
        train: &Self::Data,
    ) -> Result<ModelSettings, TrainingError> {
        let _ = (arguments, train);
        Ok(model)
    }

    /// The scores of a whole split, from what the model said of each batch.
    fn evaluation(&self, outputs: &[Self::Output], data: &Self::Data) -> Self::Evaluation;

    /// What displays are told of an evaluation besides its scores.
    fn details(
        &self,
        evaluation: &Self::Evaluation,
        data: &Self::Data,
        folder: &ModelFolder,
    ) -> Details {
        let _ = (evaluation, data, folder);
        Details::default()
    }

    /// Keeps what predictions need of the evaluation of the best model in its configuration.
    fn keep(&self, evaluation: &Self::Evaluation, config: &mut BertConfig) {
        let _ = (evaluation, config);
    }

    /// Writes what an evaluation leaves in an output folder: predictions, in the files of the
    /// reference tools.
    ///
    /// # Errors
    /// When a file cannot be written.
    fn write(
        &self,
        evaluation: &Self::Evaluation,
        data: &Self::Data,
        folder: &Path,
    ) -> Result<(), FileError> {
        let _ = (evaluation, data, folder);
        Ok(())
    }
}

/// The scores of a model on a split.
pub trait Evaluation: Clone {
    /// Those that events and curves have, by name, in the order of [`Head::metrics`].
    fn figures(&self) -> Vec<(&'static str, f64)>;

    /// All of them, as `eval_results.json` has them.
    fn scores(&self) -> Map<String, Value> {
        let figures = self.figures().into_iter();
        figures
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect()
    }

    /// Those of the table at the end of a run.
    fn summary(&self) -> Vec<(&'static str, f64)> {
        self.figures()
    }

    /// Examples scored.
    fn examples(&self) -> usize;

    /// The first number that is infinite or not a number, of the scores and of what they are from:
    /// such an evaluation is never the best.
    fn not_finite(&self) -> Option<NotFinite>;
}

/// What the model takes.
pub type BatchOf<H> = <<H as Head>::Data as Dataset>::Batch;

/// A model that can be scored with the head H: all that [`evaluate`](super::evaluate) asks of one.
pub trait ScoredModel<B: BertBackend, H: Head>:
    TaskModel<B> + InferenceStep<Input = BatchOf<H>, Output = H::Output>
{
}

impl<B: BertBackend, H: Head, M> ScoredModel<B, H> for M where
    M: TaskModel<B> + InferenceStep<Input = BatchOf<H>, Output = H::Output>
{
}

/// A model that can be trained with the head H: all that [`fit`](super::fit) asks of one.
pub trait TrainableModel<B: BertAutodiffBackend, H: Head>:
    TaskModel<B>
    + AutodiffModule<B, InnerModule: ScoredModel<B::InnerBackend, H>>
    + TrainStep<Input = BatchOf<H>, Output = H::Output>
    + Display
    + 'static
{
}

impl<B: BertAutodiffBackend, H: Head, M> TrainableModel<B, H> for M where
    M: TaskModel<B>
        + AutodiffModule<B, InnerModule: ScoredModel<B::InnerBackend, H>>
        + TrainStep<Input = BatchOf<H>, Output = H::Output>
        + Display
        + 'static
{
}
