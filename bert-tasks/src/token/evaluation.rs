//! The scores of a whole split, over its words.

use super::{LabelledWord, TokenOutput, TokenSplit};
use crate::metrics::{self, Average, ClassScores, EntityMode, EntityScores, NotFinite};
use crate::training::{Evaluation, MetricInfo, mean_loss};

const fn higher(name: &'static str) -> MetricInfo {
    MetricInfo::higher(name)
}

/// Of tags that make entities, as seqeval names them.
pub(super) const ENTITIES: [MetricInfo; 9] = [
    higher("f1"),
    higher("precision"),
    higher("recall"),
    higher("f1_macro"),
    higher("f1_strict"),
    higher("precision_strict"),
    higher("recall_strict"),
    higher("accuracy"),
    MetricInfo::lower("loss"),
];

/// Of tags that are classes of words, such as parts of speech.
pub(super) const PLAIN: [MetricInfo; 4] = [
    higher("accuracy"),
    higher("f1_macro"),
    higher("f1_weighted"),
    MetricInfo::lower("loss"),
];

/// What a model says of the words of a split, and how right it is.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenEvaluation {
    /// Every metric, in the order of the head's.
    pub figures: Vec<(&'static str, f64)>,
    /// Mean loss over the words.
    pub loss: f64,
    /// The predicted class of each word of each sentence, in the order of the split; O, or the first
    /// class where there is no O, of a word that no token stands for.
    pub predictions: Vec<Vec<usize>>,
    /// The right class of each word.
    pub labels: Vec<Vec<usize>>,
    /// How sure the model is of each sentence: the probability of the label that it is least sure
    /// of.
    pub certainty: Vec<f64>,
    /// The scores of each type of entity, or of each class of words.
    pub types: Vec<(String, ClassScores)>,
    odd_score: Option<NotFinite>,
}

impl TokenEvaluation {
    /// Puts the outputs of all batches together, in the order of the split.
    pub fn of(outputs: &[TokenOutput], split: &TokenSplit) -> Self {
        let outside = split.names().outside().unwrap_or(0);
        let labels = split.labels();
        let mut predictions: Vec<Vec<usize>> =
            labels.map(|labels| vec![outside; labels.words]).collect();
        let mut certainty = vec![1.0; predictions.len()];
        for output in outputs {
            for (&sentence, words) in output.indices.iter().zip(&output.words) {
                for &LabelledWord {
                    word,
                    class,
                    probability,
                } in words
                {
                    predictions[sentence][word] = class;
                    certainty[sentence] = f64::min(certainty[sentence], probability);
                }
            }
        }
        let tags = split.labels().map(|labels| labels.tags.clone());
        let odd_score = outputs.iter().find_map(|output| {
            let sentences = (output.indices.iter().min(), output.indices.iter().max());
            let what = match sentences {
                (Some(first), Some(last)) if first != last => {
                    format!("a score of the sentences {first} to {last}")
                }
                (first, _) => format!("a score of sentence {}", first.unwrap_or(&0)),
            };
            output.odd_score.map(|value| NotFinite { what, value })
        });
        let mut evaluation = Self {
            figures: Vec::new(),
            loss: mean_loss(outputs),
            predictions,
            labels: tags.map(Option::unwrap_or_default).collect(),
            certainty,
            types: Vec::new(),
            odd_score,
        };
        match split.has_entities() {
            true => evaluation.score_entities(split),
            false => evaluation.score_words(split),
        }
        evaluation
    }

    /// A metric by its name.
    pub fn score(&self, name: &str) -> Option<f64> {
        let mut figures = self.figures.iter();
        figures
            .find(|(known, _)| *known == name)
            .map(|&(_, score)| score)
    }

    fn score_words(&mut self, split: &TokenSplit) {
        let (predictions, labels) = (self.predictions.concat(), self.labels.concat());
        let average = |average| metrics::average_scores(&predictions, &labels, average).f1;
        let accuracy = metrics::accuracy(&predictions, &labels);
        let figures = [
            accuracy,
            average(Average::Macro),
            average(Average::Weighted),
            self.loss,
        ];
        self.figures = PLAIN
            .map(|metric| metric.name)
            .into_iter()
            .zip(figures)
            .collect();
        let scores = metrics::class_scores(&predictions, &labels, split.names().len());
        self.types = split.names().names().iter().cloned().zip(scores).collect();
    }

    fn score_entities(&mut self, split: &TokenSplit) {
        let tags = |classes: &'_ [Vec<usize>]| -> Vec<Vec<&'_ str>> {
            classes
                .iter()
                .map(|classes| split.entity_tags(classes))
                .collect()
        };
        let (predictions, labels) = (tags(&self.predictions), tags(&self.labels));
        let of = |mode| EntityScores::of(&predictions, &labels, mode);
        let found = of(EntityMode::Default).expect("every tag is read by default");
        // A model from elsewhere may have tags of no scheme.
        let strict = of(EntityMode::Strict(split.entity_scheme()));
        let strict = strict.as_ref().unwrap_or(&found).average(Average::Micro);
        let micro = found.average(Average::Micro);
        let figures = [
            micro.f1,
            micro.precision,
            micro.recall,
            found.average(Average::Macro).f1,
            strict.f1,
            strict.precision,
            strict.recall,
            metrics::accuracy(&self.predictions.concat(), &self.labels.concat()),
            self.loss,
        ];
        let names = ENTITIES.map(|metric| metric.name).into_iter();
        self.figures = names.zip(figures).collect();
        let kinds = found.kinds().into_iter();
        self.types = kinds.map(|kind| (kind.kind, kind.scores)).collect();
    }
}

impl Evaluation for TokenEvaluation {
    fn figures(&self) -> Vec<(&'static str, f64)> {
        self.figures.clone()
    }

    /// The three that come first, and the loss.
    fn summary(&self) -> Vec<(&'static str, f64)> {
        let mut summary = self.figures.clone();
        summary.drain(3..summary.len() - 1);
        summary
    }

    fn examples(&self) -> usize {
        self.predictions.len()
    }

    /// Of the scores of all words and its own.
    fn not_finite(&self) -> Option<NotFinite> {
        let odd_score = self.odd_score.clone();
        odd_score.or_else(|| NotFinite::among(self.figures()))
    }
}

#[cfg(test)]
mod tests;
