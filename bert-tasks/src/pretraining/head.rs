//! Pretraining as the training knows it.

use bert_data::corpus::PretrainingCorpus;

use super::{PretrainingEvaluation, PretrainingOutput};
use crate::model::ModelSettings;
use crate::training::check::check_plain_loss;
use crate::training::{Head, MetricInfo, TrainingArguments, TrainingError};

const LOSS: MetricInfo = MetricInfo::lower("loss");
const MLM_LOSS: MetricInfo = MetricInfo::lower("mlm_loss");
const MLM_ACCURACY: MetricInfo = MetricInfo::higher("mlm_accuracy");
const NSP_LOSS: MetricInfo = MetricInfo::lower("nsp_loss");
const NSP_ACCURACY: MetricInfo = MetricInfo::higher("nsp_accuracy");

/// The metrics of pretraining, with next sentences or without, the one that decides first.
pub fn metrics(next_sentence: bool) -> &'static [MetricInfo] {
    match next_sentence {
        true => &[LOSS, MLM_LOSS, MLM_ACCURACY, NSP_LOSS, NSP_ACCURACY],
        false => &[LOSS, MLM_LOSS, MLM_ACCURACY],
    }
}

/// Hidden tokens and, in a model with both heads, next sentences.
#[derive(Clone, Copy, Debug)]
pub struct PretrainingHead;

impl Head for PretrainingHead {
    type Data = PretrainingCorpus;
    type Output = PretrainingOutput;
    type Evaluation = PretrainingEvaluation;

    /// A corpus of single texts has no next sentences to score, and a model of hidden tokens alone
    /// no labels for them.
    fn metrics(&self, model: &ModelSettings, data: &PretrainingCorpus) -> &'static [MetricInfo] {
        metrics(model.num_labels > 0 && data.config().next_sentence)
    }

    fn check_arguments(&self, arguments: &TrainingArguments) -> Result<(), TrainingError> {
        check_plain_loss(arguments, "pretraining")
    }

    fn evaluation(
        &self,
        outputs: &[PretrainingOutput],
        _data: &PretrainingCorpus,
    ) -> PretrainingEvaluation {
        PretrainingEvaluation::of(outputs)
    }
}
