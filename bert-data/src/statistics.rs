//! What was lost of the texts of a split on their way to tokens.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Counts of a whole split: how much of it the vocabulary does not know, and how much was cut off.
///
/// Both are the first thing to look at where a model learns little: a cased text with an uncased
/// vocabulary, or texts that are longer than `max_seq_length`, give no error by themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncodingStatistics {
    /// Texts or pairs; questions with their passage.
    pub examples: usize,
    /// Tokens of the texts, special tokens not counted.
    pub tokens: usize,
    /// Those of them that are `[UNK]`.
    pub unknown_tokens: usize,
    /// Examples that lost tokens to a maximum length. Passages that are read in windows lose none.
    pub truncated_texts: usize,
}

impl EncodingStatistics {
    /// Above this share of unknown tokens something is wrong with the vocabulary or the texts.
    pub const MOST_UNKNOWN: f64 = 0.01;
    /// Above this share of truncated texts the maximum length deserves a second thought.
    pub const MOST_TRUNCATED: f64 = 0.05;

    /// Share of the tokens that are `[UNK]`, from 0 to 1; 0 of none.
    pub fn unknown_share(&self) -> f64 {
        self.unknown_tokens as f64 / self.tokens.max(1) as f64
    }

    /// Share of the examples that lost tokens, from 0 to 1; 0 of none.
    pub fn truncated_share(&self) -> f64 {
        self.truncated_texts as f64 / self.examples.max(1) as f64
    }

    /// What somebody should know before time is spent on the split.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.unknown_share() > Self::MOST_UNKNOWN {
            warnings.push(format!(
                "{} of the tokens are unknown ([UNK]): is the vocabulary made for this language, \
                 and its casing (do_lower_case) right?",
                percent(self.unknown_share())
            ));
        }
        if self.truncated_share() > Self::MOST_TRUNCATED {
            warnings.push(format!(
                "{} of the texts are longer than the maximum length and were cut",
                percent(self.truncated_share())
            ));
        }
        warnings
    }
}

/// In one line, without the number of examples.
impl fmt::Display for EncodingStatistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} tokens, {} unknown ({}), {} texts cut ({})",
            self.tokens,
            self.unknown_tokens,
            percent(self.unknown_share()),
            self.truncated_texts,
            percent(self.truncated_share())
        )
    }
}

/// A share in percent. What is there is never shown as nothing, nor what is missing as all.
pub(crate) fn percent(share: f64) -> String {
    match share {
        0.0 => "0 %".to_owned(),
        share if share < 0.0001 => "under 0.01 %".to_owned(),
        share if share < 0.01 => format!("{:.2} %", 100.0 * share),
        share => format!("{:.1} %", 100.0 * share),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tokens: usize, unknown_tokens: usize, truncated_texts: usize) -> EncodingStatistics {
        EncodingStatistics {
            examples: 100,
            tokens,
            unknown_tokens,
            truncated_texts,
        }
    }

    #[test]
    fn few_unknown_tokens_and_few_cut_texts_are_no_warning() {
        assert!(EncodingStatistics::default().warnings().is_empty());
        assert!(of(1000, 10, 5).warnings().is_empty());
        assert_eq!(
            of(300_000, 10, 5).to_string(),
            "300000 tokens, 10 unknown (under 0.01 %), 5 texts cut (5.0 %)"
        );
    }

    #[test]
    fn more_than_the_limits_is_one() {
        let warnings = of(1000, 153, 6).warnings();
        assert_eq!(warnings.len(), 2);
        assert!(warnings[0].starts_with("15.3 % of the tokens are unknown"));
        assert!(warnings[1].starts_with("6.0 % of the texts are longer"));
        assert_eq!(of(1000, 11, 0).warnings().len(), 1);
    }
}
