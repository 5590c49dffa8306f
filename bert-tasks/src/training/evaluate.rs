//! Scoring a model on a split, whatever its head.

use std::sync::Arc;

use bert_core::backend::BertBackend;

use super::check::check_split;
use super::{BatchLoader, Evaluation, Head, ScoredModel, TrainingArguments, TrainingError};
use crate::model::ModelSettings;

/// Runs `model` over a labelled split, without dropout, and scores it on all of it.
///
/// # Errors
/// When the split does not fit the model or does not say what is right, or what the model says of
/// it is not finite.
pub fn evaluate<B, M, H>(
    model: &M,
    head: &H,
    data: &Arc<H::Data>,
    arguments: &TrainingArguments,
) -> Result<H::Evaluation, TrainingError>
where
    B: BertBackend,
    H: Head,
    M: ScoredModel<B, H>,
{
    M::check_problem(model.config())?;
    check_data(model.settings(), head, "dev", data)?;
    let loader = BatchLoader::new(data.clone(), arguments);
    let outputs: Vec<H::Output> = loader.evaluation().map(|batch| model.step(batch)).collect();
    let evaluation = head.evaluation(&outputs, data);
    match evaluation.not_finite() {
        Some(fault) => Err(TrainingError::EvaluationNotFinite(fault)),
        None => Ok(evaluation),
    }
}

/// Checks a split against a model once, so that no pass over its batches has to.
pub(super) fn check_data<H: Head>(
    model: &ModelSettings,
    head: &H,
    split: &'static str,
    data: &H::Data,
) -> Result<(), TrainingError> {
    head.check_model(model)?;
    check_split(&model.config, split, data)?;
    head.check(model, split, data)
}
