//! A row of tokens for every choice.

use crate::batch::Batch;
use crate::dataset::EncodedDataset;
use crate::tokenizer::{BertTokenizer, TokenizerError};

/// A question with its choices, of any number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceExample {
    /// What is read first: a passage, or the beginning of a story.
    pub context: String,
    /// What each choice begins with; empty where a choice goes on with the context.
    pub question: String,
    /// The choices.
    pub choices: Vec<String>,
    /// Which of them is right, from 0; absent where that is not known.
    pub label: Option<usize>,
}

/// Questions, each with a row for every choice and the number of the right one as its label.
pub type EncodedChoices = EncodedDataset<usize>;

/// Some of them.
pub type ChoiceBatch = Batch<usize>;

impl EncodedChoices {
    /// Encodes each choice of each question as at most `max_seq_length` tokens: a pair `[CLS]
    /// context [SEP] question and choice [SEP]`, as in `run_swag.py` of `transformers`.
    ///
    /// # Errors
    /// If `max_seq_length` leaves no room for the special tokens.
    pub fn encode_choices(
        tokenizer: &BertTokenizer,
        examples: &[ChoiceExample],
        max_seq_length: usize,
    ) -> Result<Self, TokenizerError> {
        let with_question = |question: &str, choice| format!("{question} {choice}");
        let seconds: Vec<String> = examples
            .iter()
            .flat_map(
                |ChoiceExample {
                     question, choices, ..
                 }| {
                    choices
                        .iter()
                        .map(move |choice| with_question(question, choice))
                },
            )
            .collect();
        let contexts = examples
            .iter()
            .flat_map(|example| example.choices.iter().map(|_| example.context.as_str()));
        let seconds = seconds.iter().map(|second| Some(second.trim()));
        let texts: Vec<_> = contexts.zip(seconds).collect();
        let rows: Vec<usize> = examples
            .iter()
            .map(|example| example.choices.len())
            .collect();
        let labels = examples.iter().map(|example| example.label).collect();
        Self::encode_groups(tokenizer, &texts, &rows, labels, max_seq_length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Padding;
    use crate::tokenizer::Casing;

    fn encoded() -> EncodedChoices {
        let dir = tempfile::tempdir().unwrap();
        let vocab = dir.path().join("vocab.txt");
        std::fs::write(&vocab, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\n").unwrap();
        let tokenizer = BertTokenizer::from_vocab(&vocab, Casing::Uncased).unwrap();
        let example = |context: &str, question: &str, choices: &[&str], label| ChoiceExample {
            context: context.to_owned(),
            question: question.to_owned(),
            choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
            label,
        };
        let examples = [
            example("a", "b", &["c", "d d"], Some(1)),
            example("a b", "", &["c", "d", "a"], Some(0)),
            example("b", "c", &["a"], None),
        ];
        EncodedChoices::encode_choices(&tokenizer, &examples, 16).unwrap()
    }

    #[test]
    fn every_choice_is_a_pair_of_its_context_and_its_question() {
        let encoded = encoded();
        let ids = |question: usize, choice: usize| {
            let rows = encoded.rows(question);
            rows[choice].input_ids.clone()
        };
        assert_eq!(ids(0, 1), [2, 5, 3, 6, 8, 8, 3]);
        assert_eq!(ids(1, 0), [2, 5, 6, 3, 7, 3]);
        assert_eq!(encoded.lengths(), [7, 6, 6]);
        let batch = encoded.batch(&[1, 0], Padding::Longest);
        assert_eq!((batch.tokens.batch_size, batch.tokens.seq_len), (5, 7));
        assert_eq!((batch.indices, batch.rows), (vec![1, 0], vec![3, 2]));
        assert_eq!(batch.labels, [Some(0), Some(1)]);
    }
}
