//! What displays are told of an evaluation besides its scores.

use bert_data::{EncodedDataset, Label};

use super::SequenceEvaluation;
use crate::events::{Details, ScoredExample, hardest};
use crate::folder::ModelFolder;

/// Classes above which a confusion matrix is no picture any more.
const CONFUSION: usize = 200;

/// The scores of each class, the confusion matrix, and the examples that the model finds hardest.
pub(super) fn details(
    evaluation: &SequenceEvaluation,
    folder: &ModelFolder,
    split: &EncodedDataset,
) -> Details {
    let class_scores = evaluation.class_scores();
    let labels: Vec<String> = (0..class_scores.len())
        .map(|label| folder.label_name(label))
        .collect();
    let confusion = match labels.len() {
        0..=CONFUSION => evaluation.confusion(),
        _ => Vec::new(),
    };
    // How far off a number is has no probability.
    let sure = match labels.is_empty() {
        true => Vec::new(),
        false => evaluation.certainty(),
    };
    let name = |label: &Label| match label {
        Label::Class(class) => labels[*class].clone(),
        Label::Classes(classes) if classes.is_empty() => "none".to_owned(),
        Label::Classes(classes) => {
            let names: Vec<&str> = classes
                .iter()
                .map(|&class| labels[class].as_str())
                .collect();
            names.join(", ")
        }
        Label::Number(number) => number.to_string(),
    };
    let is_right = |index: usize| evaluation.labels[index] == evaluation.predictions[index];
    let example = |index: usize| ScoredExample {
        index,
        texts: folder.texts(&split.rows(index)[0]),
        expected: name(&evaluation.labels[index]),
        predicted: name(&evaluation.predictions[index]),
        probability: sure[index],
        correct: is_right(index),
        marks: Vec::new(),
    };
    let scored = sure.iter().enumerate();
    let examples = hardest(scored.map(|(index, &probability)| (is_right(index), probability)))
        .into_iter()
        .map(example)
        .collect();
    Details {
        class_scores,
        labels,
        confusion,
        examples,
    }
}
