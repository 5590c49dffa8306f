//! What stands around one text or two in a sequence.

/// `[CLS] A [SEP]` or `[CLS] A [SEP] B [SEP]`, with the ids of one tokenizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PairTemplate {
    /// Before the first text: `[CLS]`.
    pub(crate) start: u32,
    /// After each text: `[SEP]`.
    pub(crate) end: u32,
    /// Segment of the second text and what ends it; of all before it is 0.
    pub(crate) second_segment: u32,
}

impl PairTemplate {
    /// How many special tokens a sequence of so many texts, one or two, has.
    pub(crate) const fn special_tokens(texts: usize) -> usize {
        1 + texts
    }

    /// Where the second text begins behind a first one of so many tokens.
    pub(crate) const fn second_begins(first: usize) -> usize {
        Self::special_tokens(1) + first
    }

    /// The ids and segments of the sequence.
    pub(crate) fn sequence(self, first: &[u32], second: Option<&[u32]>) -> (Vec<u32>, Vec<u32>) {
        let len = match second {
            Some(second) => Self::special_tokens(2) + first.len() + second.len(),
            None => Self::special_tokens(1) + first.len(),
        };
        let mut input_ids = Vec::with_capacity(len);
        input_ids.push(self.start);
        input_ids.extend_from_slice(first);
        input_ids.push(self.end);
        let mut token_type_ids = vec![0; input_ids.len()];
        if let Some(second) = second {
            input_ids.extend_from_slice(second);
            input_ids.push(self.end);
            token_type_ids.resize(input_ids.len(), self.second_segment);
        }
        (input_ids, token_type_ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_text_is_where_it_is_said_to_begin() {
        let template = PairTemplate {
            start: 2,
            end: 3,
            second_segment: 1,
        };
        let (ids, segments) = template.sequence(&[10, 11], None);
        assert_eq!((ids, segments), (vec![2, 10, 11, 3], vec![0; 4]));
        let (ids, segments) = template.sequence(&[10, 11], Some(&[12]));
        assert_eq!(ids, [2, 10, 11, 3, 12, 3]);
        assert_eq!(segments, [0, 0, 0, 0, 1, 1]);
        assert_eq!(ids[PairTemplate::second_begins(2)], 12);
        assert_eq!(ids.len(), 3 + PairTemplate::special_tokens(2));
    }
}
