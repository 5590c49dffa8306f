//! Scoring a model on a split, whatever its head.

use std::sync::Arc;

use bert_core::backend::BertBackend;

use super::check::check_split;
use super::{BatchLoader, Evaluation, Head, ScoredModel, TrainingArguments, TrainingError};
use crate::model::ModelSettings;
use crate::ranks::{Alone, Ranks, share, together};

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
    evaluate_together(model, head, data, arguments, &Alone)
}

/// The same with several processes: each scores its share of the batches, and all come to the
/// evaluation of the whole split.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_together<B, M, H>(
    model: &M,
    head: &H,
    data: &Arc<H::Data>,
    arguments: &TrainingArguments,
    ranks: &dyn Ranks,
) -> Result<H::Evaluation, TrainingError>
where
    B: BertBackend,
    H: Head,
    M: ScoredModel<B, H>,
{
    M::check_problem(model.config())?;
    check_data(model.settings(), head, "dev", data)?;
    let loader = BatchLoader::new(data.clone(), arguments);
    let own = share((ranks.rank(), ranks.size()), 0, loader.evaluation());
    let own = own.map(|(_, batch)| model.step(batch));
    let outputs = together(ranks, own.collect());
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
