//! How many tokens the rows have, and how many a maximum length cuts.

use rayon::prelude::*;
use serde::Serialize;

use super::split::share;
use crate::example::PairExample;
use crate::tokenizer::{BertTokenizer, PairTemplate, TokenizerError};

/// Lengths that are suggested are multiples of this.
const STEP: usize = 16;
/// A suggested length cuts at most one row of so many.
const CUT_ONE_OF: usize = 100;

/// What is known of a row once it is tokenized.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowTokens {
    /// Tokens, special tokens included.
    pub(super) length: u32,
    /// Those of them that are around the texts.
    pub(super) special: u32,
    /// Those of them that are `[UNK]`.
    pub(super) unknown: u32,
}

/// Tokens of each row, special tokens included and nothing cut.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LengthReport {
    /// Of the shortest row; 0 if there is none.
    pub min: usize,
    /// On average.
    pub mean: f64,
    /// Half of the rows have no more.
    pub median: usize,
    /// Nine rows of ten have no more.
    pub percentile_90: usize,
    /// 95 rows of a hundred have no more.
    pub percentile_95: usize,
    /// 99 rows of a hundred have no more.
    pub percentile_99: usize,
    /// Of the longest row.
    pub max: usize,
    /// Steps up to the maximum length, eight or sixteen.
    pub histogram: Vec<LengthBin>,
    /// Rows longer than the maximum length.
    pub cut_rows: usize,
    /// Their share of the split, from 0 to 1.
    pub cut_share: f64,
    /// Tokens that they lose.
    pub cut_tokens: usize,
}

/// A bin of a histogram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LengthBin {
    /// The least length in it.
    pub from: usize,
    /// The greatest length in it.
    pub to: usize,
    /// Rows in it.
    pub rows: usize,
}

/// Tokenizes rows on all of rayon's threads, and keeps no token.
pub(super) fn count_tokens(
    tokenizer: &BertTokenizer,
    examples: &[PairExample],
) -> Result<Vec<RowTokens>, TokenizerError> {
    let count = |example: &PairExample| {
        let mut tokens = RowTokens {
            length: 0,
            special: 0,
            unknown: 0,
        };
        let texts = texts(example);
        for text in texts.clone() {
            let ids = tokenizer.word_pieces(text)?;
            tokens.length += ids.len() as u32;
            tokens.unknown += tokenizer.count_unknown(&ids) as u32;
        }
        tokens.special = PairTemplate::special_tokens(texts.count()) as u32;
        tokens.length += tokens.special;
        Ok(tokens)
    };
    examples.par_iter().map(count).collect()
}

/// The texts of an example.
pub(super) fn texts(example: &PairExample) -> impl Iterator<Item = &str> + Clone {
    std::iter::once(example.text_a.as_str()).chain(example.text_b.as_deref())
}

/// Lengths of rows, ascending.
pub(super) fn sorted_lengths(rows: &[RowTokens]) -> Vec<usize> {
    let mut lengths: Vec<usize> = rows.iter().map(|row| row.length as usize).collect();
    lengths.sort_unstable();
    lengths
}

impl LengthReport {
    pub(super) fn of(sorted: &[usize], max_seq_length: usize) -> Self {
        let rows = sorted.len();
        let (Some(&min), Some(&max)) = (sorted.first(), sorted.last()) else {
            return Self::default();
        };
        let percentile = |percent: usize| sorted[(rows * percent).div_ceil(100) - 1];
        let within = sorted.partition_point(|&length| length <= max_seq_length);
        let cut = &sorted[within..];
        Self {
            min,
            mean: share(sorted.iter().sum(), rows),
            median: percentile(50),
            percentile_90: percentile(90),
            percentile_95: percentile(95),
            percentile_99: percentile(99),
            max,
            histogram: histogram(sorted, max_seq_length),
            cut_rows: cut.len(),
            cut_share: share(cut.len(), rows),
            cut_tokens: cut.iter().map(|length| length - max_seq_length).sum(),
        }
    }
}

fn histogram(sorted: &[usize], max_seq_length: usize) -> Vec<LengthBin> {
    let steps = if max_seq_length > 128 { 16 } else { 8 }.min(max_seq_length);
    let edge = |step: usize| max_seq_length * step / steps;
    let up_to = |length: usize| sorted.partition_point(|&other| other <= length);
    let bins = (0..steps).map(|step| LengthBin {
        from: edge(step) + 1,
        to: edge(step + 1),
        rows: up_to(edge(step + 1)) - up_to(edge(step)),
    });
    bins.collect()
}

/// The smallest multiple of 16 that cuts at most one row of a hundred, but no more than a model
/// takes. `lengths` need no order.
pub(super) fn suggested_length(mut lengths: Vec<usize>, model_max_length: usize) -> usize {
    lengths.sort_unstable();
    let cut = lengths.len() / CUT_ONE_OF;
    let longest = lengths.iter().rev().nth(cut).copied().unwrap_or(0);
    longest.max(1).next_multiple_of(STEP).min(model_max_length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inspect::test_data::{pair, text, tokenizer};

    #[test]
    fn tokens_are_counted_with_those_around_the_texts() {
        let examples = [text(0, "a bd x"), pair(1, "a", "x y"), text(2, "")];
        let rows = count_tokens(&tokenizer(), &examples).unwrap();
        let rows: Vec<_> = rows
            .iter()
            .map(|row| (row.length, row.special, row.unknown))
            .collect();
        // [CLS] a b ##d [UNK] [SEP]; [CLS] a [SEP] [UNK] [UNK] [SEP]; [CLS] [SEP]
        assert_eq!(rows, [(6, 2, 1), (6, 3, 2), (2, 2, 0)]);
    }

    #[test]
    fn lengths_are_described() {
        let lengths: Vec<usize> = (1..=200).collect();
        let report = LengthReport::of(&lengths, 128);
        assert_eq!((report.min, report.max, report.mean), (1, 200, 100.5));
        assert_eq!((report.median, report.percentile_90), (100, 180));
        assert_eq!((report.percentile_95, report.percentile_99), (190, 198));
        assert_eq!((report.cut_rows, report.cut_share), (72, 0.36));
        assert_eq!(report.cut_tokens, 72 * 73 / 2);
        assert_eq!(report.histogram.len(), 8);
        let bin = |from, to, rows| LengthBin { from, to, rows };
        assert_eq!(report.histogram[0], bin(1, 16, 16));
        assert_eq!(report.histogram[7], bin(113, 128, 16));
        assert_eq!(LengthReport::of(&[], 128), LengthReport::default());
    }

    #[test]
    fn steps_suit_the_maximum_length() {
        assert_eq!(histogram(&[], 512).len(), 16);
        let ends: Vec<usize> = histogram(&[], 20).iter().map(|bin| bin.to).collect();
        assert_eq!(ends, [2, 5, 7, 10, 12, 15, 17, 20]);
        assert_eq!(histogram(&[2], 3).len(), 3);
    }

    #[test]
    fn a_suggested_length_cuts_one_row_of_a_hundred() {
        let mut lengths = vec![33; 198];
        lengths.extend([400, 400]);
        assert_eq!(suggested_length(lengths.clone(), 512), 48);
        lengths.push(400);
        assert_eq!(suggested_length(lengths.clone(), 512), 400);
        assert_eq!(suggested_length(lengths, 300), 300);
        assert_eq!(suggested_length(vec![16], 512), 16);
        assert_eq!(suggested_length(vec![], 512), 16);
    }

    proptest! {
        #[test]
        fn every_row_is_in_a_bin_or_cut(
            mut lengths in prop::collection::vec(1usize..300, 1..200), max in 2usize..280,
        ) {
            lengths.sort_unstable();
            let report = LengthReport::of(&lengths, max);
            let within: usize = report.histogram.iter().map(|bin| bin.rows).sum();
            prop_assert_eq!(within + report.cut_rows, lengths.len());
            prop_assert!(report.min <= report.median && report.median <= report.percentile_90);
            prop_assert!(report.percentile_99 <= report.max);
            let suggested = suggested_length(lengths.clone(), 512);
            let cut = LengthReport::of(&lengths, suggested).cut_rows;
            prop_assert!(cut * 100 <= lengths.len());
            let fewer = LengthReport::of(&lengths, suggested - 16).cut_rows;
            prop_assert!(fewer * 100 > lengths.len());
        }
    }
}
