//! Multiple choice: questions with the choices that a model picks one of.

use crate::batch::{PaddedBatch, Padding};
use crate::dataset::EncodedDataset;
use crate::example::PairExample;
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

/// Questions with the encodings of their choices, each a pair `[CLS] context [SEP] question and
/// choice [SEP]` as in `run_swag.py` of `transformers`.
#[derive(Debug, Clone)]
pub struct EncodedChoices {
    rows: EncodedDataset,
    /// The row of each question's first choice, and one past the last.
    firsts: Vec<usize>,
    lengths: Vec<usize>,
    labels: Vec<Option<usize>>,
}

impl EncodedChoices {
    /// Encodes `examples`, each choice as at most `max_seq_length` tokens.
    ///
    /// # Errors
    /// If `max_seq_length` leaves no room for the special tokens.
    pub fn encode(
        tokenizer: &BertTokenizer,
        examples: &[ChoiceExample],
        max_seq_length: usize,
    ) -> Result<Self, TokenizerError> {
        let (mut pairs, mut firsts) = (Vec::new(), vec![0]);
        for (id, example) in examples.iter().enumerate() {
            pairs.extend(example.choices.iter().map(|choice| PairExample {
                id,
                text_a: example.context.clone(),
                text_b: Some(format!("{} {choice}", example.question).trim().to_owned()),
                label: None,
            }));
            firsts.push(pairs.len());
        }
        let rows = EncodedDataset::encode(tokenizer, &pairs, max_seq_length)?;
        let longest = |question: &[usize]| {
            let lengths = &rows.lengths()[question[0]..question[1]];
            lengths.iter().copied().max().unwrap_or(0)
        };
        Ok(Self {
            lengths: firsts.windows(2).map(longest).collect(),
            labels: examples.iter().map(|example| example.label).collect(),
            firsts,
            rows,
        })
    }

    /// Tokens of the longest choice of each question, special tokens included.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The right choice of each question; `None` where it is not known.
    pub fn labels(&self) -> &[Option<usize>] {
        &self.labels
    }

    /// How many choices a question has.
    pub fn num_choices(&self, question: usize) -> usize {
        self.firsts[question + 1] - self.firsts[question]
    }

    /// All choices of all questions, one after the other.
    pub fn rows(&self) -> &EncodedDataset {
        &self.rows
    }

    /// The row of a question's first choice.
    pub fn first_row(&self, question: usize) -> usize {
        self.firsts[question]
    }

    /// Lays out all choices of some questions as the rows of a batch.
    ///
    /// # Panics
    /// If a question is not below [`labels`](Self::labels)' length.
    pub fn batch(&self, questions: &[usize], padding: Padding) -> ChoiceBatch {
        let rows = questions
            .iter()
            .flat_map(|&question| self.firsts[question]..self.firsts[question + 1]);
        let rows: Vec<usize> = rows.collect();
        ChoiceBatch {
            tokens: self.rows.batch(&rows, padding),
            indices: questions.to_vec(),
            num_choices: questions.iter().map(|&q| self.num_choices(q)).collect(),
            labels: questions.iter().map(|&q| self.labels[q]).collect(),
        }
    }
}

/// One batch of questions; the rows of `tokens` are the choices of the first, of the second, ...
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceBatch {
    /// `[choices of all questions, seq]`
    pub tokens: PaddedBatch,
    /// The questions by their place in the split.
    pub indices: Vec<usize>,
    /// How many choices each has.
    pub num_choices: Vec<usize>,
    /// The right one of each.
    pub labels: Vec<Option<usize>>,
}

impl ChoiceBatch {
    /// The same questions as `parts` batches of nearly equal size, or fewer where there are fewer.
    pub fn split(self, parts: usize) -> Vec<Self> {
        let parts = parts.clamp(1, self.indices.len().max(1));
        let (size, larger) = (self.indices.len() / parts, self.indices.len() % parts);
        let (mut question, mut row) = (0, 0);
        let part = |part| {
            let questions = question..question + size + usize::from(part < larger);
            let rows = row..row + self.num_choices[questions.clone()].iter().sum::<usize>();
            (question, row) = (questions.end, rows.end);
            Self {
                tokens: self.tokens.rows(rows),
                indices: self.indices[questions.clone()].to_vec(),
                num_choices: self.num_choices[questions.clone()].to_vec(),
                labels: self.labels[questions].to_vec(),
            }
        };
        (0..parts).map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        EncodedChoices::encode(&tokenizer, &examples, 16).unwrap()
    }

    #[test]
    fn every_choice_is_a_pair_of_its_context_and_its_question() {
        let encoded = encoded();
        let ids = |row: usize| encoded.rows().encodings()[row].input_ids.clone();
        assert_eq!(ids(1), [2, 5, 3, 6, 8, 8, 3]);
        assert_eq!(ids(2), [2, 5, 6, 3, 7, 3]);
        assert_eq!(encoded.lengths(), [7, 6, 6]);
        let batch = encoded.batch(&[1, 0], Padding::Longest);
        assert_eq!((batch.tokens.batch_size, batch.tokens.seq_len), (5, 7));
        assert_eq!(batch.tokens.indices, [2, 3, 4, 0, 1]);
        assert_eq!(batch.num_choices, [3, 2]);
        assert_eq!(batch.labels, [Some(0), Some(1)]);
    }

    #[test]
    fn parts_of_a_batch_have_whole_questions() {
        let whole = encoded().batch(&[0, 1, 2], Padding::Longest);
        assert_eq!(whole.clone().split(1), std::slice::from_ref(&whole));
        let parts = whole.clone().split(2);
        let rows = |part: &ChoiceBatch| part.tokens.indices.clone();
        assert_eq!(rows(&parts[0]), [0, 1, 2, 3, 4]);
        assert_eq!(rows(&parts[1]), [5]);
        assert_eq!(parts[1].tokens.input_ids, whole.tokens.input_ids[5 * 7..]);
        assert_eq!(whole.split(9).len(), 3);
    }
}
