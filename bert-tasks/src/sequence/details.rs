//! What displays are told of an evaluation besides its scores.

use bert_data::{EncodedDataset, Encoding};

use super::{Evaluation, SequenceFolder};
use crate::events::{Details, ScoredExample};

/// Examples that are told.
const EXAMPLES: usize = 40;

/// The confusion matrix, and the examples that the model finds hardest.
pub(super) fn details(
    evaluation: &Evaluation,
    folder: &SequenceFolder,
    split: &EncodedDataset,
) -> Details {
    let confusion = evaluation.confusion();
    let labels: Vec<String> = (0..confusion.len())
        .map(|label| name(folder, label))
        .collect();
    let example = |(index, probability): (usize, f64)| {
        let (expected, predicted) = (evaluation.labels[index], evaluation.predictions[index]);
        ScoredExample {
            index,
            texts: texts(folder, &split.encodings()[index]),
            expected: labels[expected].clone(),
            predicted: labels[predicted].clone(),
            probability,
            correct: expected == predicted,
        }
    };
    let examples = hardest(evaluation)
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

/// What the configuration calls a label.
fn name(folder: &SequenceFolder, label: usize) -> String {
    let names = folder.config.id2label.as_ref();
    let name = names.and_then(|names| names.get(&label));
    name.cloned().unwrap_or_else(|| label.to_string())
}

/// The texts as the model reads them: without what was cut off, and in lower case if it has one
/// case only.
fn texts(folder: &SequenceFolder, encoding: &Encoding) -> Vec<String> {
    let second = encoding.token_type_ids.partition_point(|&kind| kind == 0);
    let (first, second) = encoding.input_ids.split_at(second);
    [first, second]
        .into_iter()
        .filter(|ids| !ids.is_empty())
        .map(|ids| folder.tokenizer.decode(ids))
        .collect()
}

/// All examples with the probability of the label they were given: the wrong ones first, the most
/// certain at the top, then the right ones, the least certain at the top.
fn hardest(evaluation: &Evaluation) -> Vec<(usize, f64)> {
    let predicted = evaluation.logits.iter().zip(&evaluation.predictions);
    let mut examples: Vec<(usize, f64)> = predicted
        .map(|(row, &label)| probability(row, label))
        .enumerate()
        .collect();
    let is_right = |index: usize| evaluation.labels[index] == evaluation.predictions[index];
    examples.sort_by(|&(a, a_probability), &(b, b_probability)| {
        let order = a_probability.total_cmp(&b_probability);
        let order = if is_right(a) { order } else { order.reverse() };
        is_right(a).cmp(&is_right(b)).then(order).then(a.cmp(&b))
    });
    examples
}

/// Of one label, by the softmax of the row.
fn probability(row: &[f32], label: usize) -> f64 {
    let sum: f64 = row
        .iter()
        .map(|&logit| f64::from(logit - row[label]).exp())
        .sum();
    sum.recip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certain_mistakes_come_first_and_certain_hits_last() {
        let logits = vec![
            vec![4.0, 0.0],
            vec![1.0, 0.0],
            vec![0.0, 3.0],
            vec![0.0, 1.0],
            vec![0.0, 3.0],
        ];
        let evaluation = Evaluation {
            accuracy: 0.6,
            f1: 0.5,
            loss: 1.0,
            predictions: vec![0, 0, 1, 1, 1],
            labels: vec![0, 0, 0, 1, 0],
            logits,
        };
        let order: Vec<usize> = hardest(&evaluation).iter().map(|e| e.0).collect();
        assert_eq!(order, [2, 4, 1, 3, 0]);
        let certain = 1.0 / (1.0 + (-3.0_f64).exp());
        assert!((hardest(&evaluation)[0].1 - certain).abs() < 1e-12);
    }

    #[test]
    fn texts_are_what_the_model_reads() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../bert-core/tests/fixtures/tiny-bert"
        );
        let folder = SequenceFolder::open(path.as_ref()).unwrap();
        let encode = |a, b| folder.tokenizer.encode_pair(a, b, 32).unwrap();
        assert_eq!(texts(&folder, &encode("A b", Some("c D"))), ["a b", "c d"]);
        assert_eq!(texts(&folder, &encode("A b", None)), ["a b"]);
    }
}
