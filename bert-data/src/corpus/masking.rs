//! Which tokens of a sequence are to be predicted, and what the model sees in their place.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::CorpusError;
use super::error::{check, check_share};
use super::tokenized::SpecialTokens;
use crate::batch::shuffle::SplitMix64;

/// Of the tokens to be predicted, how many the model sees as `[MASK]`.
const MASKED: f64 = 0.8;
/// Of the rest, how many it sees as they are; the others are random tokens.
const KEPT: f64 = 0.5;

/// How tokens to be predicted are chosen. Names and defaults are those of
/// create_pretraining_data.py of google-research/bert.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MaskingConfig {
    /// Share of a sequence's tokens that is predicted: 0.15.
    pub masked_lm_probability: f64,
    /// Most tokens that are predicted in a sequence: 20, which suits sequences of 128; for 512
    /// take 77.
    pub max_predictions_per_seq: usize,
    /// Whether all pieces of a word are predicted together: false.
    pub whole_word_mask: bool,
}

impl Default for MaskingConfig {
    fn default() -> Self {
        Self {
            masked_lm_probability: 0.15,
            max_predictions_per_seq: 20,
            whole_word_mask: false,
        }
    }
}

impl MaskingConfig {
    pub(super) fn check(&self) -> Result<(), CorpusError> {
        check_share("masked_lm_probability", self.masked_lm_probability)?;
        check(
            self.max_predictions_per_seq > 0,
            "max_predictions_per_seq",
            self.max_predictions_per_seq,
            "1 or more",
        )
    }

    /// Tokens to predict in a sequence of `len`, special tokens included.
    fn num_predictions(&self, len: usize) -> usize {
        let share = (len as f64 * self.masked_lm_probability).round_ties_even();
        (share as usize).clamp(1, self.max_predictions_per_seq)
    }

    /// Hides tokens of a sequence in place; returns their places in ascending order and what was
    /// there.
    ///
    /// `words` are the pieces that are chosen together. Words are drawn at random and those that
    /// do not fit what is left to predict are passed over. Where none fits, the first one drawn
    /// loses its last pieces: every sequence has a token to predict. Of the chosen tokens 80 %
    /// become `[MASK]`, 10 % any token of the vocabulary, and 10 % stay, each by its own draw.
    ///
    /// Source: `create_masked_lm_predictions` in create_pretraining_data.py of
    /// google-research/bert.
    pub(super) fn mask(
        &self,
        input_ids: &mut [u32],
        mut words: Vec<Range<usize>>,
        special: SpecialTokens,
        random: &mut SplitMix64,
    ) -> (Vec<usize>, Vec<u32>) {
        let num_predictions = self.num_predictions(input_ids.len());
        random.shuffle(&mut words);
        let mut positions = Vec::with_capacity(num_predictions);
        for word in &words {
            if positions.len() + word.len() <= num_predictions {
                positions.extend(word.clone());
            }
            if positions.len() == num_predictions {
                break;
            }
        }
        if let (true, Some(word)) = (positions.is_empty(), words.into_iter().next()) {
            positions.extend(word.take(num_predictions));
        }
        positions.sort_unstable();
        let labels = positions.iter().map(|&at| input_ids[at]).collect();
        for &at in &positions {
            if random.chance(MASKED) {
                input_ids[at] = special.mask;
            } else if !random.chance(KEPT) {
                input_ids[at] = random.below(special.vocab_size as u64) as u32;
            }
        }
        (positions, labels)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPECIAL: SpecialTokens = SpecialTokens {
        cls: 2,
        sep: 3,
        mask: 4,
        pad: 0,
        vocab_size: 1_000_000,
    };

    fn mask(
        config: MaskingConfig,
        ids: &[u32],
        words: &[Range<usize>],
        seed: u64,
    ) -> (Vec<u32>, Vec<usize>, Vec<u32>) {
        let mut input_ids = ids.to_vec();
        let mut random = SplitMix64::of_epoch(seed, 0);
        let (positions, labels) = config.mask(&mut input_ids, words.to_vec(), SPECIAL, &mut random);
        (input_ids, positions, labels)
    }

    #[test]
    fn the_number_is_google_s() {
        let number = |len| MaskingConfig::default().num_predictions(len);
        assert_eq!([3, 10, 30, 128, 512].map(number), [1, 2, 4, 19, 20]);
    }

    /// If this fails, runs saved before can no longer be resumed with the same masks.
    #[test]
    fn the_masks_never_change() {
        let ids: Vec<u32> = (1000..1032).collect();
        let words: Vec<_> = (1..31).map(|at| at..at + 1).collect();
        let (seen, positions, _) = mask(MaskingConfig::default(), &ids, &words, 42);
        assert_eq!(positions, [5, 17, 22, 24, 28]);
        let seen: Vec<u32> = positions.iter().map(|&at| seen[at]).collect();
        assert_eq!(seen, [613_335, 4, 699_222, 4, 4]);
    }

    #[test]
    fn shares_are_80_10_10() {
        let ids: Vec<u32> = (1000..1128).collect();
        let words: Vec<_> = (1..127).map(|at| at..at + 1).collect();
        let (mut masked, mut kept, mut random) = (0, 0, 0);
        for seed in 0..2000 {
            let (seen, positions, labels) = mask(MaskingConfig::default(), &ids, &words, seed);
            for (at, label) in positions.into_iter().zip(labels) {
                match seen[at] {
                    4 => masked += 1,
                    id if id == label => kept += 1,
                    _ => random += 1,
                }
            }
        }
        let total = 2000 * 19;
        assert_eq!(masked + kept + random, total);
        // Four standard deviations of a binomial count.
        let near = |count: usize, share: f64| {
            let bound = 4.0 * (f64::from(total as u32) * share * (1.0 - share)).sqrt();
            (count as f64 - total as f64 * share).abs() < bound
        };
        assert!(near(masked, 0.8), "{masked}");
        assert!(near(kept, 0.1) && near(random, 0.1), "{kept}, {random}");
    }

    #[test]
    fn a_word_longer_than_all_predictions_is_cut() {
        let config = MaskingConfig {
            max_predictions_per_seq: 2,
            whole_word_mask: true,
            ..MaskingConfig::default()
        };
        let ids: Vec<u32> = (0..40).collect();
        let words = [1..20, 20..39];
        let (_, positions, labels) = mask(config, &ids, &words, 1);
        assert!(
            positions == [1, 2] || positions == [20, 21],
            "{positions:?}"
        );
        assert_eq!(labels.len(), 2);
        assert!(mask(config, &ids, &[], 1).1.is_empty());
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let config = MaskingConfig {
            masked_lm_probability: 1.5,
            ..MaskingConfig::default()
        };
        assert_eq!(
            config.check().unwrap_err().to_string(),
            "`masked_lm_probability` is 1.5; it must be between 0 and 1, both included"
        );
    }

    proptest! {
        #[test]
        fn words_are_hidden_whole_and_the_rest_is_untouched(
            lengths in prop::collection::vec(1usize..5, 1..60), seed: u64,
        ) {
            let mut words = Vec::new();
            let mut end = 1;
            for len in lengths {
                words.push(end..end + len);
                end += len;
            }
            let ids: Vec<u32> = (0..=end as u32).map(|id| id + 1000).collect();
            let config = MaskingConfig { whole_word_mask: true, ..MaskingConfig::default() };
            let (seen, positions, labels) = mask(config, &ids, &words, seed);
            prop_assert!(!positions.is_empty() && positions.is_sorted());
            prop_assert!(positions.len() <= config.num_predictions(ids.len()));
            let whole = |word: &Range<usize>| {
                let hidden = word.clone().filter(|at| positions.contains(at)).count();
                hidden == 0 || hidden == word.len()
            };
            prop_assert!(words.iter().all(whole) || positions.len() == config.num_predictions(ids.len()));
            for at in 0..ids.len() {
                match positions.binary_search(&at) {
                    Ok(found) => prop_assert_eq!(labels[found], ids[at]),
                    Err(_) => prop_assert_eq!(seen[at], ids[at]),
                }
            }
            prop_assert_eq!(mask(config, &ids, &words, seed), (seen, positions, labels));
        }
    }
}
