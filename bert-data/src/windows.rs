//! Texts that are longer than a sequence, in windows that overlap.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::encode::Encoding;
use crate::error::UnknownName;
use crate::tokenizer::{BertTokenizer, PairTemplate, TokenizerError};

/// How a text is read that is longer than a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// Tokens that a window shares with the window before it.
    pub stride: usize,
    /// How the scores of the windows become those of the text.
    pub pooling: Pooling,
}

/// How the scores of several rows become those of their example.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// Their mean.
    #[default]
    Mean,
    /// The highest of each label.
    Max,
}

impl Pooling {
    /// Name of the way, as flags have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Max => "max",
        }
    }
}

impl fmt::Display for Pooling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Pooling {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let mut all = [Self::Mean, Self::Max].into_iter();
        all.find(|way| way.name() == name)
            .ok_or_else(|| UnknownName {
                what: "pooling",
                value: name.to_owned(),
                allowed: "mean, max",
            })
    }
}

impl BertTokenizer {
    /// Encodes a text in as many windows as it takes, each of at most `max_seq_length` tokens and
    /// with the last `stride` tokens of the one before it. Of a pair the second text is cut into
    /// windows, and the first stands whole in each of them; where it leaves no room, it is cut to
    /// half of a sequence.
    ///
    /// As `truncation="only_second", stride=stride, return_overflowing_tokens=True` of
    /// `transformers`.
    ///
    /// # Errors
    /// If no window has room for a token beside the special ones and the shared ones.
    pub fn encode_windows(
        &self,
        text_a: &str,
        text_b: Option<&str>,
        max_seq_length: usize,
        stride: usize,
    ) -> Result<Vec<Encoding>, TokenizerError> {
        let special_tokens = PairTemplate::special_tokens(1 + usize::from(text_b.is_some()));
        let no_room = TokenizerError::NoWindow {
            max_seq_length,
            special_tokens,
            stride,
        };
        let room = max_seq_length.saturating_sub(special_tokens);
        let a = self.word_pieces(text_a)?;
        let Some(text_b) = text_b else {
            let windows = token_windows(a.len(), room, stride).ok_or(no_room)?;
            let encode = |tokens: Range<usize>| self.encode_pieces(&a[tokens]);
            return Ok(windows.into_iter().map(encode).collect());
        };
        let b = self.word_pieces(text_b)?;
        let fits = a.len() + stride < room || a.len() + b.len() <= room;
        let first = if fits { a.len() } else { a.len().min(room / 2) };
        let cut = a.len() - first;
        let windows = token_windows(b.len(), room - first, stride).ok_or(no_room)?;
        let encode = |tokens: Range<usize>| {
            let (input_ids, token_type_ids) =
                self.pair_template().sequence(&a[..first], Some(&b[tokens]));
            Encoding {
                input_ids,
                token_type_ids,
                num_truncated_tokens: cut,
            }
        };
        Ok(windows.into_iter().map(encode).collect())
    }

    /// [`encode_windows`](Self::encode_windows) of many, on all of rayon's threads, in their order.
    ///
    /// # Errors
    /// As `encode_windows`.
    pub fn encode_all_windows(
        &self,
        texts: &[(&str, Option<&str>)],
        max_seq_length: usize,
        stride: usize,
    ) -> Result<Vec<Vec<Encoding>>, TokenizerError> {
        texts
            .par_iter()
            .map(|&(a, b)| self.encode_windows(a, b, max_seq_length, stride))
            .collect()
    }
}

/// The tokens of each window over a text of so many: `room` at most, `stride` of them shared with the
/// window before; at least one window. `None` where several would be needed and none would move on.
pub fn token_windows(tokens: usize, room: usize, stride: usize) -> Option<Vec<Range<usize>>> {
    if tokens <= room {
        return Some(std::iter::once(0..tokens).collect());
    }
    let step = room.checked_sub(stride).filter(|&step| step > 0)?;
    let mut windows = Vec::new();
    let mut start = 0;
    loop {
        let end = (start + room).min(tokens);
        windows.push(start..end);
        if end == tokens {
            return Some(windows);
        }
        start += step;
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
        std::fs::write(&path, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\ne\n").unwrap();
        BertTokenizer::from_vocab(path, Casing::Uncased).unwrap()
    }

    fn ids(a: &str, b: Option<&str>, length: usize, stride: usize) -> Vec<Vec<u32>> {
        let windows = tokenizer().encode_windows(a, b, length, stride).unwrap();
        windows.into_iter().map(|window| window.input_ids).collect()
    }

    #[test]
    fn a_long_text_is_read_in_windows_that_share_tokens() {
        assert_eq!(ids("a b", None, 5, 1), [vec![2, 5, 6, 3]]);
        assert_eq!(
            ids("a b c d e", None, 5, 1),
            [vec![2, 5, 6, 7, 3], vec![2, 7, 8, 9, 3]]
        );
        // The first text is in every window of the second.
        assert_eq!(
            ids("a", Some("b c d"), 6, 1),
            [vec![2, 5, 3, 6, 7, 3], vec![2, 5, 3, 7, 8, 3]]
        );
        // It would leave no room.
        assert_eq!(
            ids("a b c d e", Some("b c"), 7, 1),
            [vec![2, 5, 6, 3, 6, 7, 3]]
        );
        assert_eq!(ids("", None, 5, 1), [vec![2, 3]]);
    }

    #[test]
    fn windows_that_do_not_move_on_are_an_error() {
        let error = tokenizer()
            .encode_windows("a b c d", None, 5, 3)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "`max_seq_length` 5 leaves no room for a window that moves on: 2 special tokens and a \
             `stride` of 3 tokens take all of it"
        );
    }

    proptest! {
        #[test]
        fn every_token_is_in_a_window(tokens in 0usize..200, room in 1usize..40, stride in 0usize..40) {
            match token_windows(tokens, room, stride) {
                None => prop_assert!(stride >= room && tokens > room),
                Some(windows) => {
                    prop_assert_eq!(windows[0].start, 0);
                    prop_assert_eq!(windows.last().unwrap().end, tokens);
                    prop_assert!(windows.iter().all(|window| window.len() <= room));
                    for pair in windows.windows(2) {
                        prop_assert_eq!(pair[0].end - pair[1].start, stride);
                    }
                }
            }
        }
    }
}
