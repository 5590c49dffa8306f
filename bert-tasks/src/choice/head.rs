//! Multiple choice as the training knows it: data, evaluation, head.

use std::num::NonZeroUsize;

use bert_core::config::BertConfig;
use bert_data::batch::{PaddedBatch, Padding};
use bert_data::{ChoiceBatch, EncodedChoices, EncodingStatistics};
use crc32fast::Hasher;

use super::ChoiceOutput;
use crate::metrics::{NotFinite, accuracy, not_finite};
use crate::model::ModelSettings;
use crate::training::check::{check_label, check_no_label_smoothing};
use crate::training::{
    BatchPlan, Dataset, Evaluation, Head, MetricInfo, Outside, PassInput, TrainOrder,
    TrainingArguments, TrainingError, eval_plan, mean_loss, train_plan,
};

impl PassInput for ChoiceBatch {
    fn padded(&mut self) -> &mut PaddedBatch {
        &mut self.tokens
    }

    fn examples(&self) -> usize {
        self.indices.len()
    }

    fn tokens(&self) -> usize {
        self.tokens.tokens()
    }

    fn split(self, parts: usize) -> Vec<Self> {
        Self::split(self, parts)
    }
}

impl Dataset for EncodedChoices {
    type Batch = ChoiceBatch;

    fn num_examples(&self) -> usize {
        self.labels().len()
    }

    fn train_batches(&self, order: TrainOrder) -> BatchPlan<'_> {
        train_plan(self.lengths(), order)
    }

    fn eval_batches(&self, batch_size: NonZeroUsize, padding: Padding) -> BatchPlan<'_> {
        eval_plan(self.lengths(), batch_size, padding)
    }

    fn batch(&self, examples: &[usize], padding: Padding, _draw: u64) -> ChoiceBatch {
        Self::batch(self, examples, padding)
    }

    fn statistics(&self) -> EncodingStatistics {
        self.rows().statistics()
    }

    fn max_seq_length(&self) -> usize {
        self.rows().max_seq_length()
    }

    fn outside(&self, config: &BertConfig) -> Option<Outside> {
        let mut questions = 0..self.num_examples();
        questions.find_map(|index| {
            let rows = self.first_row(index)..self.first_row(index) + self.num_choices(index);
            self.rows().encodings()[rows].iter().find_map(|encoding| {
                Outside::of(config, index, &encoding.input_ids, &encoding.token_type_ids)
            })
        })
    }

    fn update(&self, checksum: &mut Hasher) {
        self.rows().update(checksum);
        for (index, label) in self.labels().iter().enumerate() {
            let label = label.map_or(-1, |label| label as i64);
            checksum.update(&(self.num_choices(index) as u64).to_le_bytes());
            checksum.update(&label.to_le_bytes());
        }
    }
}

/// What a model chooses of a split, and how right it is.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceEvaluation {
    /// Share of the questions whose right choice is chosen.
    pub accuracy: f64,
    /// Mean cross entropy over the questions.
    pub loss: f64,
    /// The choice for each question, in the order of the split.
    pub predictions: Vec<usize>,
    /// The scores of each question's choices, in the order of the split.
    pub scores: Vec<Vec<f32>>,
}

impl Evaluation for ChoiceEvaluation {
    fn figures(&self) -> Vec<(&'static str, f64)> {
        vec![("accuracy", self.accuracy), ("loss", self.loss)]
    }

    fn examples(&self) -> usize {
        self.predictions.len()
    }

    fn not_finite(&self) -> Option<NotFinite> {
        let mut rows = self.scores.iter().enumerate();
        let score = rows.find_map(|(index, row)| {
            let what = format!("a score of question {index}");
            not_finite(row).map(|value| NotFinite { what, value })
        });
        score.or_else(|| NotFinite::among(self.figures()))
    }
}

/// The right one of several choices.
#[derive(Clone, Copy, Debug)]
pub struct ChoiceHead;

impl Head for ChoiceHead {
    type Data = EncodedChoices;
    type Output = ChoiceOutput;
    type Evaluation = ChoiceEvaluation;

    fn metrics(&self, _model: &ModelSettings, _data: &EncodedChoices) -> &'static [MetricInfo] {
        const METRICS: [MetricInfo; 2] =
            [MetricInfo::higher("accuracy"), MetricInfo::lower("loss")];
        &METRICS
    }

    fn check_arguments(&self, arguments: &TrainingArguments) -> Result<(), TrainingError> {
        check_no_label_smoothing(arguments, "0 for multiple choice")
    }

    /// Every question must have choices, and say which one is right.
    fn check(
        &self,
        _model: &ModelSettings,
        split: &'static str,
        data: &EncodedChoices,
    ) -> Result<(), TrainingError> {
        let mut labels = data.labels().iter().enumerate();
        labels.try_for_each(|(index, &label)| {
            check_label(split, index, label, data.num_choices(index))
        })
    }

    fn evaluation(&self, outputs: &[ChoiceOutput], data: &EncodedChoices) -> ChoiceEvaluation {
        let mut scores = vec![Vec::new(); data.num_examples()];
        for output in outputs {
            for (&index, row) in output.indices.iter().zip(&output.scores) {
                scores[index].clone_from(row);
            }
        }
        let predictions: Vec<usize> = scores
            .iter()
            .map(|row| crate::scores::argmax(row))
            .collect();
        let labels: Vec<usize> = data.labels().iter().flatten().copied().collect();
        ChoiceEvaluation {
            accuracy: accuracy(&predictions, &labels),
            loss: mean_loss(outputs),
            predictions,
            scores,
        }
    }
}
