//! A batch of examples: their tokens, and what is known of each.

use super::PaddedBatch;
use crate::windows::Pooling;

/// Some examples of a data set, each of one row of tokens or of several, with the labels L.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch<L> {
    /// The rows of the first example, of the second, and so on.
    pub tokens: PaddedBatch,
    /// The examples by their place in the data set.
    pub indices: Vec<usize>,
    /// How many rows each example has.
    pub rows: Vec<usize>,
    /// What is known of each example.
    pub labels: Vec<Option<L>>,
    /// How the scores of an example's rows become one, where they do.
    pub pooling: Pooling,
}

impl<L: Clone> Batch<L> {
    /// Of examples that have a row each.
    pub fn of_rows(
        tokens: PaddedBatch,
        indices: impl IntoIterator<Item = usize>,
        labels: impl IntoIterator<Item = Option<L>>,
    ) -> Self {
        let indices: Vec<usize> = indices.into_iter().collect();
        Self {
            tokens,
            rows: vec![1; indices.len()],
            indices,
            labels: labels.into_iter().collect(),
            pooling: Pooling::default(),
        }
    }

    /// The labels of a batch whose examples all have one: only such are learned from, or scored.
    ///
    /// # Panics
    /// If one has none. Data sets are checked for it before the first batch.
    pub fn known_labels(&self) -> impl Iterator<Item = &L> {
        let labels = self.labels.iter();
        labels.map(|label| label.as_ref().expect("the data set was checked"))
    }

    /// The same examples as `parts` batches of nearly equal size, the larger ones first; fewer
    /// where there are fewer examples. All keep the width and the seed.
    pub fn split(self, parts: usize) -> Vec<Self> {
        let examples = self.indices.len();
        let parts = parts.clamp(1, examples.max(1));
        if parts == 1 {
            return vec![self];
        }
        let (size, larger) = (examples / parts, examples % parts);
        let (mut example, mut row) = (0, 0);
        let part = |part| {
            let examples = example..example + size + usize::from(part < larger);
            let rows = row..row + self.rows[examples.clone()].iter().sum::<usize>();
            (example, row) = (examples.end, rows.end);
            Self {
                tokens: self.tokens.rows(rows),
                indices: self.indices[examples.clone()].to_vec(),
                rows: self.rows[examples.clone()].to_vec(),
                labels: self.labels[examples].to_vec(),
                pooling: self.pooling,
            }
        };
        (0..parts).map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::Encoding;

    fn batch(rows: &[usize]) -> Batch<usize> {
        let row = |len: usize| Encoding {
            input_ids: (0..len as u32).collect(),
            token_type_ids: vec![0; len],
            num_truncated_tokens: 0,
        };
        let encodings: Vec<_> = (1..=rows.iter().sum()).map(row).collect();
        Batch {
            tokens: PaddedBatch::new(encodings.iter(), 0, 9),
            indices: (10..10 + rows.len()).collect(),
            rows: rows.to_vec(),
            labels: (0..rows.len()).map(Some).collect(),
            pooling: Pooling::Max,
        }
    }

    #[test]
    fn parts_have_whole_examples_in_order() {
        for (rows, parts, expected) in [
            (vec![1; 5], 1, vec![5]),
            (vec![1; 5], 2, vec![3, 2]),
            (vec![1; 5], 9, vec![1; 5]),
            (vec![2, 3, 1], 2, vec![5, 1]),
            (vec![2, 3, 1], 9, vec![2, 3, 1]),
            (vec![], 3, vec![0]),
        ] {
            let whole = batch(&rows);
            let parts = whole.clone().split(parts);
            let sizes: Vec<usize> = parts.iter().map(|part| part.tokens.batch_size).collect();
            assert_eq!(sizes, expected);
            let put = |of: fn(&Batch<usize>) -> Vec<i64>| -> Vec<i64> {
                parts.iter().flat_map(of).collect()
            };
            assert_eq!(
                put(|part| part.tokens.input_ids.clone()),
                whole.tokens.input_ids
            );
            let indices = |part: &Batch<usize>| part.indices.iter().map(|&i| i as i64).collect();
            assert_eq!(put(indices), indices(&whole));
            assert!(
                parts
                    .iter()
                    .all(|part| part.rows.len() == part.labels.len())
            );
            let labels: Vec<_> = parts.iter().flat_map(Batch::known_labels).collect();
            assert!(labels.into_iter().copied().eq(0..rows.len()));
        }
    }
}
