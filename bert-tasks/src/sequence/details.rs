//! What displays are told of an evaluation besides its scores.

use bert_data::{EncodedDataset, Encoding};

use super::SequenceEvaluation;
use crate::events::{Details, ScoredExample, hardest};
use crate::folder::ModelFolder;
use crate::scores::probabilities;

/// Examples that are told.
const EXAMPLES: usize = 40;

/// The confusion matrix, and the examples that the model finds hardest.
pub(super) fn details(
    evaluation: &SequenceEvaluation,
    folder: &ModelFolder,
    split: &EncodedDataset,
) -> Details {
    let confusion = evaluation.confusion();
    let labels: Vec<String> = (0..confusion.len())
        .map(|label| folder.label_name(label))
        .collect();
    let predicted = evaluation.logits.iter().zip(&evaluation.predictions);
    let sure: Vec<f64> = predicted
        .map(|(row, &label)| probabilities(row)[label])
        .collect();
    let is_right = |index: usize| evaluation.labels[index] == evaluation.predictions[index];
    let example = |index: usize| {
        let (expected, predicted) = (evaluation.labels[index], evaluation.predictions[index]);
        ScoredExample {
            index,
            texts: texts(folder, &split.rows(index)[0]),
            expected: labels[expected].clone(),
            predicted: labels[predicted].clone(),
            probability: sure[index],
            correct: is_right(index),
        }
    };
    let scored = sure.iter().enumerate();
    let examples = hardest(scored.map(|(index, &probability)| (is_right(index), probability)))
        .into_iter()
        .take(EXAMPLES)
        .map(example)
        .collect();
    Details {
        labels,
        confusion,
        examples,
    }
}

/// The texts as the model reads them: without what was cut off, and in lower case if it has one
/// case only.
fn texts(folder: &ModelFolder, encoding: &Encoding) -> Vec<String> {
    let second = encoding.token_type_ids.partition_point(|&kind| kind == 0);
    let (first, second) = encoding.input_ids.split_at(second);
    [first, second]
        .into_iter()
        .filter(|ids| !ids.is_empty())
        .map(|ids| folder.tokenizer.decode(ids))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_what_the_model_reads() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../bert-core/tests/fixtures/tiny-bert"
        );
        let folder = ModelFolder::open(path.as_ref()).unwrap();
        let encode = |a, b| folder.tokenizer.encode_pair(a, b, 32).unwrap();
        assert_eq!(texts(&folder, &encode("A b", Some("c D"))), ["a b", "c d"]);
        assert_eq!(texts(&folder, &encode("A b", None)), ["a b"]);
    }
}
