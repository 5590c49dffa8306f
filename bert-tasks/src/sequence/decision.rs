//! What the scores of a text come to.

use bert_core::config::{BertConfig, ProblemType};
use bert_data::Label;

use crate::scores::{argmax, probabilities};

/// How a row of scores is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Decision {
    problem: ProblemType,
    /// How probable a class has to be to apply, where several can.
    threshold: f64,
    /// Whether a number is the sigmoid of its score.
    squashes: bool,
}

impl Decision {
    pub(crate) fn new(problem: ProblemType, threshold: f64) -> Self {
        Self {
            problem,
            threshold,
            squashes: false,
        }
    }

    /// As the text classification pipeline of `transformers` reads the scores of a model with this
    /// configuration: a single score that is not said to be a regression's is a probability.
    pub(crate) fn of(config: &BertConfig) -> Self {
        Self {
            squashes: config.problem_type.is_none(),
            ..Self::new(config.problem(), config.threshold())
        }
    }

    pub(crate) fn with_threshold(self, threshold: f64) -> Self {
        Self { threshold, ..self }
    }

    pub(crate) fn problem(self) -> ProblemType {
        self.problem
    }

    /// The probability of each label, which of several classes each have their own; the number of a
    /// regression.
    pub(crate) fn scores(self, logits: &[f32]) -> Vec<f64> {
        let number = |&logit: &f32| f64::from(logit);
        match self.problem {
            ProblemType::SingleLabelClassification => probabilities(logits),
            ProblemType::Regression if !self.squashes => logits.iter().map(number).collect(),
            ProblemType::MultiLabelClassification | ProblemType::Regression => {
                logits.iter().map(number).map(sigmoid).collect()
            }
        }
    }

    /// The label of a text with these logits.
    pub(crate) fn label(self, logits: &[f32]) -> Label {
        match self.problem {
            ProblemType::SingleLabelClassification => Label::Class(argmax(logits)),
            ProblemType::MultiLabelClassification => {
                let scores = self.scores(logits).into_iter().enumerate();
                let reach = scores.filter(|&(_, score)| score >= self.threshold);
                Label::Classes(reach.map(|(class, _)| class).collect())
            }
            ProblemType::Regression => Label::Number(self.scores(logits)[0] as f32),
        }
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_read_by_what_they_mean() {
        let logits = [0.0, 3.0_f32.ln(), -1.0];
        let one = Decision::new(ProblemType::SingleLabelClassification, 0.5);
        assert_eq!(one.label(&logits), Label::Class(1));
        let several = Decision::new(ProblemType::MultiLabelClassification, 0.5);
        assert_eq!(several.label(&logits), Label::Classes(vec![0, 1]));
        assert!((several.scores(&logits)[1] - 0.75).abs() < 1e-6);
        let strict = several.with_threshold(0.8);
        assert_eq!(strict.label(&logits), Label::Classes(vec![]));
        let number = Decision::new(ProblemType::Regression, 0.5);
        assert_eq!(number.label(&[3.5]), Label::Number(3.5));
    }

    #[test]
    fn a_single_score_is_a_probability_unless_it_is_said_to_be_a_number() {
        let mut config = BertConfig::default();
        config.set_labels(&["LABEL_0"]);
        assert_eq!(Decision::of(&config).scores(&[0.0]), [0.5]);
        config.problem_type = Some(ProblemType::Regression);
        assert_eq!(Decision::of(&config).scores(&[0.0]), [0.0]);
    }
}
