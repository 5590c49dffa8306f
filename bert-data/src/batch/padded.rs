//! A batch laid out as rows of equal length.

use std::ops::Range;

use crate::encode::Encoding;

/// Sequences of tokens, padded at the end of each row.
///
/// # Shapes
/// `input_ids`, `token_type_ids` and `attention_mask` are row-major `[batch_size, seq_len]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaddedBatch {
    /// Token ids; `[PAD]` after a row's end.
    pub input_ids: Vec<i64>,
    /// Segments, 0 or 1; 0 after a row's end.
    pub token_type_ids: Vec<i64>,
    /// 1 where a token is, 0 after a row's end.
    pub attention_mask: Vec<i64>,
    /// Number of rows.
    pub batch_size: usize,
    /// Tokens in each row, padding included.
    pub seq_len: usize,
    /// Decides what is random in a training pass over this batch (dropout); absent otherwise.
    pub pass_seed: Option<u64>,
}

impl PaddedBatch {
    /// Lays sequences out as rows of `width` tokens, or of as many as the longest has if that is
    /// more: no row is ever cut.
    pub fn new<'a>(
        encodings: impl ExactSizeIterator<Item = &'a Encoding> + Clone,
        width: usize,
        pad_id: u32,
    ) -> Self {
        let batch_size = encodings.len();
        let longest = encodings.clone().map(Encoding::len).max();
        let seq_len = longest.unwrap_or(0).max(width);
        let mut batch = Self {
            input_ids: vec![i64::from(pad_id); batch_size * seq_len],
            token_type_ids: vec![0; batch_size * seq_len],
            attention_mask: vec![0; batch_size * seq_len],
            batch_size,
            seq_len,
            pass_seed: None,
        };
        for (row, encoding) in encodings.enumerate() {
            let cells = row * seq_len..row * seq_len + encoding.len();
            copy(&mut batch.input_ids[cells.clone()], &encoding.input_ids);
            copy(
                &mut batch.token_type_ids[cells.clone()],
                &encoding.token_type_ids,
            );
            batch.attention_mask[cells].fill(1);
        }
        batch
    }

    /// The same rows as `parts` batches of nearly equal size, the larger ones first; fewer where
    /// there are fewer rows. All keep the width and the seed.
    pub fn split(self, parts: usize) -> Vec<Self> {
        let parts = parts.clamp(1, self.batch_size.max(1));
        if parts == 1 {
            return vec![self];
        }
        let (size, larger) = (self.batch_size / parts, self.batch_size % parts);
        let mut first = 0;
        (0..parts)
            .map(|part| {
                let rows = first..first + size + usize::from(part < larger);
                first = rows.end;
                self.rows(rows)
            })
            .collect()
    }

    /// Some of the rows, as wide as all.
    pub(crate) fn rows(&self, rows: Range<usize>) -> Self {
        let cells = rows.start * self.seq_len..rows.end * self.seq_len;
        Self {
            input_ids: self.input_ids[cells.clone()].to_vec(),
            token_type_ids: self.token_type_ids[cells.clone()].to_vec(),
            attention_mask: self.attention_mask[cells].to_vec(),
            batch_size: rows.len(),
            seq_len: self.seq_len,
            pass_seed: self.pass_seed,
        }
    }

    /// Number of real tokens, padding not counted.
    pub fn tokens(&self) -> usize {
        self.attention_mask
            .iter()
            .filter(|&&mask| mask == 1)
            .count()
    }

    /// Number of real tokens in each row.
    pub fn lengths(&self) -> Vec<usize> {
        let rows = self.attention_mask.chunks(self.seq_len.max(1));
        rows.map(|row| row.iter().filter(|&&mask| mask == 1).count())
            .collect()
    }
}

fn copy(cells: &mut [i64], values: &[u32]) {
    for (cell, &value) in cells.iter_mut().zip(values) {
        *cell = i64::from(value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoding(len: usize) -> Encoding {
        Encoding {
            input_ids: (0..len as u32).map(|at| 100 + at).collect(),
            token_type_ids: (0..len).map(|at| u32::from(at > len / 2)).collect(),
            num_truncated_tokens: 0,
        }
    }

    #[test]
    fn rows_are_padded_at_the_end() {
        let (short, long) = (encoding(2), encoding(4));
        let batch = PaddedBatch::new([&long, &short].into_iter(), 0, 9);
        assert_eq!((batch.batch_size, batch.seq_len), (2, 4));
        assert_eq!(batch.input_ids, [100, 101, 102, 103, 100, 101, 9, 9]);
        assert_eq!(batch.token_type_ids, [0, 0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(batch.attention_mask, [1, 1, 1, 1, 1, 1, 0, 0]);
        assert_eq!((batch.tokens(), batch.lengths()), (6, vec![4, 2]));
    }

    #[test]
    fn parts_have_all_rows_in_order() {
        let encodings: Vec<_> = (1..=5).map(encoding).collect();
        let whole = PaddedBatch::new(encodings.iter(), 0, 0);
        for (parts, sizes) in [(1, vec![5]), (2, vec![3, 2]), (9, vec![1; 5])] {
            let split = whole.clone().split(parts);
            let found: Vec<_> = split.iter().map(|part| part.batch_size).collect();
            assert_eq!(found, sizes);
            let ids: Vec<i64> = split.iter().flat_map(|p| p.input_ids.clone()).collect();
            assert_eq!(ids, whole.input_ids);
            assert!(split.iter().all(|part| part.seq_len == 5));
        }
    }

    #[test]
    fn no_example_makes_no_row() {
        let batch = PaddedBatch::new([].into_iter(), 0, 0);
        assert_eq!((batch.batch_size, batch.seq_len, batch.tokens()), (0, 0, 0));
        assert!(batch.lengths().is_empty());
    }

    proptest! {
        #[test]
        fn nothing_is_cut_and_the_mask_is_the_length(
            lengths in prop::collection::vec(1usize..60, 1..20), width in 0usize..80,
        ) {
            let encodings: Vec<_> = lengths.iter().map(|&len| encoding(len)).collect();
            let batch = PaddedBatch::new(encodings.iter(), width, 0);
            prop_assert_eq!(batch.lengths(), lengths.clone());
            prop_assert_eq!(batch.tokens(), lengths.iter().sum::<usize>());
            prop_assert_eq!(batch.seq_len, width.max(*lengths.iter().max().unwrap()));
            for (row, encoding) in encodings.iter().enumerate() {
                let cells = &batch.input_ids[row * batch.seq_len..][..batch.seq_len];
                let (tokens, padding) = cells.split_at(encoding.len());
                prop_assert!(tokens.iter().zip(&encoding.input_ids).all(|(&a, &b)| a == i64::from(b)));
                prop_assert!(padding.iter().all(|&id| id == 0));
            }
        }
    }
}
