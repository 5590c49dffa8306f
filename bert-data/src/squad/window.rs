//! The windows of a long passage, and an answer's tokens in one.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::SquadError;
use crate::tokenizer::PairTemplate;

/// How long sequences, questions and overlaps are, in tokens.
///
/// Names and defaults are those of the run_squad.py and run_qa.py of google-research/bert and
/// Hugging Face transformers, but `doc_stride` is Hugging Face's: in run_squad.py of
/// google-research/bert it is the step from window to window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanConfig {
    /// Longest sequence, special tokens included: 384.
    pub max_seq_length: usize,
    /// Tokens that a window of a passage shares with the window before it: 128.
    pub doc_stride: usize,
    /// Longest question: 64. More tokens are cut off at its end. (run_qa.py cuts no question.)
    pub max_query_length: usize,
}

impl Default for SpanConfig {
    fn default() -> Self {
        Self {
            max_seq_length: 384,
            doc_stride: 128,
            max_query_length: 64,
        }
    }
}

impl SpanConfig {
    /// Checks that after the longest question a window has more tokens than it shares with the one
    /// before, whatever the questions are.
    ///
    /// # Errors
    /// [`SquadError::NoWindow`] if it has not.
    pub fn check(&self) -> Result<(), SquadError> {
        let Self {
            max_seq_length,
            doc_stride,
            max_query_length,
        } = *self;
        let window = max_seq_length
            .saturating_sub(PairTemplate::special_tokens(2))
            .saturating_sub(max_query_length);
        if window > doc_stride {
            return Ok(());
        }
        Err(SquadError::NoWindow {
            max_seq_length,
            max_query_length,
            doc_stride,
            window,
        })
    }
}

/// The bytes of a passage that one of its tokens stands for. Half the size of a `Range<usize>`:
/// SQuAD's training passages have three million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TokenSpan {
    pub start: u32,
    pub end: u32,
}

impl TokenSpan {
    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The windows of a passage of `len` tokens: each but the last has `size` tokens and shares
/// `overlap` with the next. There is always one, if only an empty one; `overlap` must be under
/// `size`.
///
/// Source: `Encoding::truncate` of the tokenizers library (`tokenizer/encoding.rs`).
pub(super) fn windows(
    len: usize,
    size: usize,
    overlap: usize,
) -> impl Iterator<Item = Range<usize>> {
    let step = size - overlap;
    let count = 1 + len.saturating_sub(size).div_ceil(step);
    (0..count).map(move |window| window * step..(window * step + size).min(len))
}

/// First and last token of an answer in a window with these tokens; `None` if part of the answer
/// is outside.
///
/// `answer` is in bytes of the passage. A token that an answer begins or ends within is the
/// answer's; where an answer begins with white space, so is the token before it.
///
/// This is the rule of `prepare_train_features` in transformers' run_qa.py, but for two cases in
/// which that gives a label that no answer can have: its start runs on to `[SEP]` if the answer
/// begins with the last token of the window, and is after its end if several tokens stand for one
/// character that is the whole answer.
pub(super) fn answer_tokens(tokens: &[TokenSpan], answer: &Range<usize>) -> Option<(usize, usize)> {
    let inside =
        tokens.first()?.range().start <= answer.start && tokens.last()?.range().end >= answer.end;
    if !inside {
        return None;
    }
    let start = tokens
        .iter()
        .rposition(|token| token.range().start <= answer.start)?;
    let end = tokens
        .iter()
        .position(|token| token.range().end >= answer.end)?;
    Some((start.min(end), start.max(end)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans(spans: &[(u32, u32)]) -> Vec<TokenSpan> {
        let span = |&(start, end): &(u32, u32)| TokenSpan { start, end };
        spans.iter().map(span).collect()
    }

    #[test]
    fn windows_step_by_what_they_do_not_share() {
        let of = |len, size, overlap| windows(len, size, overlap).collect::<Vec<_>>();
        assert_eq!(of(10, 4, 1), [0..4, 3..7, 6..10]);
        assert_eq!(of(11, 4, 1), [0..4, 3..7, 6..10, 9..11]);
        assert_eq!(of(8, 4, 0), [0..4, 4..8]);
        assert!(of(4, 4, 3).iter().eq([&(0..4)]));
        assert_eq!(of(5, 4, 3), [0..4, 1..5]);
        assert!(of(0, 4, 3).iter().eq([&(0..0)]));
    }

    #[test]
    fn an_answer_has_all_tokens_that_it_touches() {
        let tokens = spans(&[(0, 3), (4, 7), (7, 9), (10, 15)]);
        let of = |answer| answer_tokens(&tokens, &answer);
        assert_eq!(of(4..9), Some((1, 2)));
        assert_eq!(of(4..7), Some((1, 1)));
        assert_eq!(of(5..8), Some((1, 2)));
        // White space at its edges belongs to the tokens before and after it.
        assert_eq!(of(3..9), Some((0, 2)));
        assert_eq!(of(4..10), Some((1, 3)));
        // The last token of the window is the whole answer.
        assert_eq!(of(10..15), Some((3, 3)));
        assert_eq!(of(0..15), Some((0, 3)));
    }

    #[test]
    fn an_answer_partly_outside_has_no_tokens() {
        let tokens = spans(&[(4, 7), (8, 9)]);
        for answer in [0..3, 3..7, 8..10, 3..10, 20..21] {
            assert_eq!(answer_tokens(&tokens, &answer), None);
        }
        assert_eq!(answer_tokens(&[], &(0..1)), None);
    }

    #[test]
    fn tokens_of_one_character_are_all_the_answers() {
        // As a Hangul syllable has where the vocabulary holds its letters.
        let tokens = spans(&[(0, 3), (3, 6), (3, 6), (3, 6), (6, 9)]);
        assert_eq!(answer_tokens(&tokens, &(3..6)), Some((1, 3)));
    }

    #[test]
    fn lengths_without_room_for_the_passage_are_refused() {
        assert!(SpanConfig::default().check().is_ok());
        let tight = SpanConfig {
            max_seq_length: 128,
            ..SpanConfig::default()
        };
        assert_eq!(
            tight.check().unwrap_err().to_string(),
            "`max_seq_length` 128 is too small: after 64 tokens of question (`max_query_length`) \
             and 3 special tokens, 61 are left for the passage, and more than `doc_stride` 128 must \
             be; enlarge `max_seq_length` or lower the other two"
        );
        let none = SpanConfig {
            max_seq_length: 2,
            doc_stride: 0,
            max_query_length: usize::MAX,
        };
        assert!(none.check().is_err());
    }

    proptest! {
        #[test]
        fn windows_cover_the_passage_and_share_the_overlap(
            len in 0usize..500, step in 1usize..40, overlap in 0usize..40,
        ) {
            let size = step + overlap;
            let windows: Vec<_> = windows(len, size, overlap).collect();
            prop_assert_eq!((windows[0].start, windows[windows.len() - 1].end), (0, len));
            for pair in windows.windows(2) {
                prop_assert_eq!(pair[0].len(), size);
                prop_assert_eq!(pair[0].end - pair[1].start, overlap);
                prop_assert!(pair[1].end > pair[0].end);
            }
        }
    }
}
