//! Words that the vocabulary does not know.

use std::cmp::Reverse;
use std::collections::HashMap;

use rayon::prelude::*;
use serde::Serialize;

use super::lengths::{RowTokens, texts};
use super::split::share;
use crate::example::PairExample;
use crate::tokenizer::{BertTokenizer, TokenizerError};

/// Words that are named.
const WORDS: usize = 10;

/// The tokens that are `[UNK]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnknownReport {
    /// Tokens of the texts, special tokens not counted and nothing cut.
    pub tokens: usize,
    /// Those of them that are `[UNK]`.
    pub unknown: usize,
    /// Their share, from 0 to 1.
    pub share: f64,
    /// The ten words that become `[UNK]` most often, the most frequent first.
    pub words: Vec<UnknownWord>,
}

/// A word that becomes `[UNK]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnknownWord {
    /// The word as it is written.
    pub word: String,
    /// How often.
    pub count: usize,
}

impl UnknownReport {
    pub(super) fn of(
        tokenizer: &BertTokenizer,
        examples: &[PairExample],
        rows: &[RowTokens],
    ) -> Result<Self, TokenizerError> {
        let sum = |of: fn(&RowTokens) -> u32| rows.iter().map(|row| of(row) as usize).sum();
        let tokens: usize = sum(|row| row.length - row.special);
        let unknown: usize = sum(|row| row.unknown);
        Ok(Self {
            tokens,
            unknown,
            share: share(unknown, tokens),
            words: words(tokenizer, examples, rows)?,
        })
    }
}

fn words(
    tokenizer: &BertTokenizer,
    examples: &[PairExample],
    rows: &[RowTokens],
) -> Result<Vec<UnknownWord>, TokenizerError> {
    type Counts<'a> = HashMap<&'a str, usize>;
    let unknown = examples
        .par_iter()
        .zip(rows)
        .filter(|(_, row)| row.unknown > 0);
    let counts = unknown
        .try_fold(Counts::new, |mut counts, (example, _)| {
            for text in texts(example) {
                for (id, bytes) in tokenizer.word_pieces_with_offsets(text)? {
                    let word = text.get(bytes).filter(|_| id == tokenizer.unk_id());
                    if let Some(word) = word {
                        *counts.entry(word).or_default() += 1;
                    }
                }
            }
            Ok(counts)
        })
        .try_reduce(Counts::new, |one, other| {
            let (mut more, fewer) = match one.len() < other.len() {
                true => (other, one),
                false => (one, other),
            };
            for (word, count) in fewer {
                *more.entry(word).or_default() += count;
            }
            Ok(more)
        })?;
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|&(word, count)| (Reverse(count), word));
    let first = counts.into_iter().take(WORDS);
    Ok(first
        .map(|(word, count)| UnknownWord {
            word: word.to_owned(),
            count,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::lengths::count_tokens;
    use crate::inspect::test_data::{pair, text, tokenizer};

    fn report(examples: &[PairExample]) -> UnknownReport {
        let tokenizer = tokenizer();
        let rows = count_tokens(&tokenizer, examples).unwrap();
        UnknownReport::of(&tokenizer, examples, &rows).unwrap()
    }

    #[test]
    fn unknown_words_are_named_as_they_are_written() {
        let report = report(&[
            text(0, "a Été b"),
            pair(1, "ax Été", "c 猫 ax"),
            text(2, "a ax"),
        ]);
        // a [UNK] b, [UNK] [UNK] c [UNK] [UNK], a [UNK]
        assert_eq!((report.tokens, report.unknown, report.share), (10, 6, 0.6));
        let words: Vec<_> = report
            .words
            .iter()
            .map(|word| (word.word.as_str(), word.count))
            .collect();
        assert_eq!(words, [("ax", 3), ("Été", 2), ("猫", 1)]);
    }

    #[test]
    fn ten_words_are_named() {
        let all = text(0, "e f g h i j k l m n o p");
        let report = report(&[all, text(1, "p")]);
        assert_eq!((report.unknown, report.words.len()), (13, 10));
        assert_eq!(report.words[0].word, "p");
        assert_eq!(report.words[9].word, "m");
        assert_eq!(self::report(&[]).share, 0.0);
    }
}
