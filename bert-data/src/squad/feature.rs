//! One window of a passage behind its question.

use std::ops::Range;

use super::window::TokenSpan;

/// `[CLS] question [SEP] passage [SEP]`, the passage or a window of it, with its label and the way
/// back from tokens to text. Not padded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanFeature<'a> {
    /// Index of the example it is of.
    pub example: usize,
    /// Token ids, special tokens included.
    pub input_ids: Vec<u32>,
    /// Segment of each token: 0 up to and including the first `[SEP]`, 1 after it.
    pub token_type_ids: Vec<u32>,
    /// The tokens of the passage, as indices into `input_ids`: the only ones an answer may have.
    pub passage: Range<usize>,
    /// First token of the answer, as an index into `input_ids`; 0, which is `[CLS]`, if the window
    /// does not hold the whole answer or there is none.
    pub start: usize,
    /// Last token of the answer (it is in the answer); 0 as `start`.
    pub end: usize,
    pub(super) context: &'a str,
    /// Of the tokens in `passage`.
    pub(super) spans: &'a [TokenSpan],
}

impl<'a> SpanFeature<'a> {
    /// Number of tokens.
    #[allow(clippy::len_without_is_empty)] // [CLS] and [SEP] are always there.
    pub fn len(&self) -> usize {
        self.input_ids.len()
    }

    /// The whole passage, of which this may be a window.
    pub fn context(&self) -> &'a str {
        self.context
    }

    /// The bytes of the context that a token stands for; `None` if it is not of the passage.
    pub fn offset(&self, token: usize) -> Option<Range<usize>> {
        let index = token.checked_sub(self.passage.start)?;
        self.spans.get(index).map(|span| span.range())
    }

    /// The bytes of the context that each token of the passage stands for: first, and one past the
    /// last.
    pub fn offsets(&self) -> Vec<(u32, u32)> {
        let spans = self.spans.iter();
        spans.map(|span| (span.start, span.end)).collect()
    }

    /// The text of the tokens `start..=end`, cut out of the context; `None` if one of them is not
    /// of the passage or `end` is before `start`.
    pub fn cut(&self, start: usize, end: usize) -> Option<&'a str> {
        let range = self.offset(start)?.start..self.offset(end)?.end;
        self.context.get(range).filter(|_| start <= end)
    }
}
