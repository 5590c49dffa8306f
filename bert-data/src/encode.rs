//! Sentences to token ids: `[CLS] A [SEP]` or `[CLS] A [SEP] B [SEP]`, cut to a length.

use rayon::prelude::*;

use crate::tokenizer::{BertTokenizer, PairTemplate, TokenizerError};

/// One encoded sentence or pair, neither padded nor longer than asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// Token ids, special tokens included.
    pub input_ids: Vec<u32>,
    /// Segment of each token: 0 up to and including the first `[SEP]`, the tokenizer's
    /// [`second_segment`](BertTokenizer::second_segment) after it.
    pub token_type_ids: Vec<u32>,
    /// Number of tokens cut off to fit the maximum length.
    pub num_truncated_tokens: usize,
}

impl Encoding {
    /// Number of tokens.
    #[allow(clippy::len_without_is_empty)] // [CLS] and [SEP] are always there.
    pub fn len(&self) -> usize {
        self.input_ids.len()
    }
}

impl BertTokenizer {
    /// Encodes a sentence, or a pair of them, as at most `max_seq_length` tokens.
    ///
    /// A text too long loses tokens at its end, or at its beginning if the tokenizer
    /// [says so](BertTokenizer::truncates_left); of a pair the longer loses first ("longest
    /// first"). Ids and segments equal those of transformers' fast tokenizer with
    /// `truncation=True, max_length=max_seq_length`.
    ///
    /// # Errors
    /// If `max_seq_length` is smaller than the number of special tokens: 2, or 3 for a pair.
    pub fn encode_pair(
        &self,
        text_a: &str,
        text_b: Option<&str>,
        max_seq_length: usize,
    ) -> Result<Encoding, TokenizerError> {
        let special_tokens = PairTemplate::special_tokens(1 + usize::from(text_b.is_some()));
        let budget =
            max_seq_length
                .checked_sub(special_tokens)
                .ok_or(TokenizerError::MaxSeqLength {
                    max_seq_length,
                    special_tokens,
                })?;
        let a = self.word_pieces(text_a)?;
        let b = text_b.map(|text| self.word_pieces(text)).transpose()?;
        let len_b = b.as_ref().map_or(0, Vec::len);
        let (keep_a, keep_b) = match b {
            Some(_) => longest_first(a.len(), len_b, budget),
            None => (a.len().min(budget), 0),
        };
        let kept = |ids: &[u32], keep: usize| match self.truncates_left() {
            true => ids.len() - keep..ids.len(),
            false => 0..keep,
        };
        let kept_b = b.as_ref().map(|b| &b[kept(b, keep_b)]);
        let (input_ids, token_type_ids) =
            self.pair_template().sequence(&a[kept(&a, keep_a)], kept_b);
        let num_truncated_tokens = a.len() + len_b - keep_a - keep_b;
        Ok(Encoding {
            input_ids,
            token_type_ids,
            num_truncated_tokens,
        })
    }

    /// The sequence of the pieces of a text, whole: `[CLS] pieces [SEP]`.
    pub fn encode_pieces(&self, pieces: &[u32]) -> Encoding {
        let (input_ids, token_type_ids) = self.pair_template().sequence(pieces, None);
        Encoding {
            input_ids,
            token_type_ids,
            num_truncated_tokens: 0,
        }
    }

    /// [`encode_pair`](Self::encode_pair) of many, on all of rayon's threads, in their order.
    ///
    /// # Errors
    /// As `encode_pair`.
    pub fn encode_pairs(
        &self,
        pairs: &[(&str, Option<&str>)],
        max_seq_length: usize,
    ) -> Result<Vec<Encoding>, TokenizerError> {
        pairs
            .par_iter()
            .map(|&(a, b)| self.encode_pair(a, b, max_seq_length))
            .collect()
    }
}

/// How many tokens of each text stay when both together may have `budget`.
///
/// The longer text loses first; once they are equal both lose, and of an odd budget the text that
/// was the longer keeps one more, B on a tie. Google's `_truncate_seq_pair` differs there: it takes
/// from B on a tie.
///
/// Source: `truncate_encodings` in the tokenizers library (`utils/truncation.rs`).
fn longest_first(len_a: usize, len_b: usize, budget: usize) -> (usize, usize) {
    if len_a + len_b <= budget {
        return (len_a, len_b);
    }
    let (shorter, half) = (len_a.min(len_b), budget / 2);
    let (keep_shorter, keep_longer) = if shorter <= half {
        (shorter, budget - shorter)
    } else {
        (half, budget - half)
    };
    if len_a > len_b {
        (keep_longer, keep_shorter)
    } else {
        (keep_shorter, keep_longer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tokenizer::Casing;

    fn tokenizer() -> BertTokenizer {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vocab.txt");
        std::fs::write(&path, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n").unwrap();
        BertTokenizer::from_vocab(path, Casing::Uncased).unwrap()
    }

    #[test]
    fn a_pair_has_two_segments() {
        let encoding = tokenizer().encode_pair("a b", Some("c"), 128).unwrap();
        assert_eq!(encoding.input_ids, [2, 5, 6, 3, 7, 3]);
        assert_eq!(encoding.token_type_ids, [0, 0, 0, 0, 1, 1]);
        assert_eq!((encoding.len(), encoding.num_truncated_tokens), (6, 0));
    }

    #[test]
    fn a_sentence_has_one_segment() {
        let whole = tokenizer().encode_pair("a b c", None, 128).unwrap();
        assert_eq!(tokenizer().encode_pieces(&[5, 6, 7]), whole);
        let encoding = tokenizer().encode_pair("a b c", None, 4).unwrap();
        assert_eq!(encoding.input_ids, [2, 5, 6, 3]);
        assert_eq!(encoding.token_type_ids, [0; 4]);
        assert_eq!(encoding.num_truncated_tokens, 1);
    }

    #[test]
    fn empty_texts_leave_the_special_tokens() {
        let encoding = tokenizer().encode_pair("", Some(" "), 128).unwrap();
        assert_eq!(encoding.input_ids, [2, 3, 3]);
        assert_eq!(encoding.token_type_ids, [0, 0, 1]);
    }

    #[test]
    fn a_length_without_room_is_refused() {
        let tokenizer = tokenizer();
        assert_eq!(
            tokenizer.encode_pair("a", Some("b"), 3).unwrap().input_ids,
            [2, 3, 3]
        );
        assert_eq!(
            tokenizer.encode_pair("a", None, 2).unwrap().input_ids,
            [2, 3]
        );
        let error = tokenizer.encode_pair("a", Some("b"), 2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "max_seq_length 2 is too small: [CLS] and [SEP] alone take 3"
        );
        assert!(tokenizer.encode_pair("a", None, 1).is_err());
        assert!(
            tokenizer
                .encode_pairs(&[("a", None), ("a", Some("b"))], 2)
                .is_err()
        );
    }

    #[test]
    fn many_keep_their_order() {
        let tokenizer = tokenizer();
        let texts: Vec<String> = (0..200).map(|i| "a b c ".repeat(i % 7)).collect();
        let pairs: Vec<_> = texts
            .iter()
            .map(|text| (text.as_str(), Some("c")))
            .collect();
        let encodings = tokenizer.encode_pairs(&pairs, 12).unwrap();
        for ((a, b), encoding) in pairs.iter().zip(&encodings) {
            assert_eq!(encoding, &tokenizer.encode_pair(a, *b, 12).unwrap());
        }
    }

    #[test]
    fn the_longer_text_loses_first() {
        assert_eq!(longest_first(5, 5, 10), (5, 5));
        assert_eq!(longest_first(2, 20, 10), (2, 8));
        assert_eq!(longest_first(20, 2, 10), (8, 2));
        // Both lose: of an odd budget the longer keeps one more, and on a tie B does.
        assert_eq!(longest_first(20, 30, 11), (5, 6));
        assert_eq!(longest_first(30, 20, 11), (6, 5));
        assert_eq!(longest_first(20, 20, 11), (5, 6));
        assert_eq!(longest_first(3, 4, 0), (0, 0));
    }

    proptest! {
        #[test]
        fn truncation_is_one_token_at_a_time_but_for_ties(
            len_a in 0usize..60, len_b in 0usize..60, budget in 0usize..130,
        ) {
            let (a, b) = longest_first(len_a, len_b, budget);
            let (mut slow_a, mut slow_b) = (len_a, len_b);
            while slow_a + slow_b > budget {
                if slow_a > slow_b { slow_a -= 1 } else { slow_b -= 1 }
            }
            prop_assert_eq!(a + b, slow_a + slow_b);
            prop_assert!(a <= len_a && b <= len_b && a.abs_diff(slow_a) <= 1);
        }
    }
}
