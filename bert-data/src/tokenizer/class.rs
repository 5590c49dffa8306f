//! Which of transformers' tokenizer classes cut text as BERT's does.

/// What a folder's tokenizer class means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// BERT's own: basic tokenization, then WordPiece.
    Bert {
        /// Whether transformers gives the second text of a pair a segment of its own.
        has_segments: bool,
    },
    /// Whatever the `tokenizer.json` says.
    File,
}

/// Classes that are `BertTokenizer` under another name, without the `Fast` at their end.
const EQUAL_TO_BERT: [&str; 9] = [
    "BertTokenizer",
    "ElectraTokenizer",
    "MobileBertTokenizer",
    "ConvBertTokenizer",
    "SqueezeBertTokenizer",
    "LxmertTokenizer",
    "DPRContextEncoderTokenizer",
    "DPRQuestionEncoderTokenizer",
    "DPRReaderTokenizer",
];

impl Class {
    /// BERT's.
    pub(super) const BERT: Self = Self::Bert { has_segments: true };

    /// The class of a name; `None` for one that cuts text in another way.
    ///
    /// Source: the modules `tokenization_*` of transformers 4.57 and 5.23.
    pub(super) fn named(name: &str) -> Option<Self> {
        let bare = name.strip_suffix("Fast").unwrap_or(name);
        if EQUAL_TO_BERT.contains(&bare) {
            return Some(Self::BERT);
        }
        match name {
            "DistilBertTokenizer" | "DistilBertTokenizerFast" => Some(Self::Bert {
                has_segments: false,
            }),
            "PreTrainedTokenizerFast" | "TokenizersBackend" => Some(Self::File),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_classes_that_cut_text_as_bert_does_have_a_place() {
        for name in ["BertTokenizer", "BertTokenizerFast", "ElectraTokenizerFast"] {
            assert_eq!(Class::named(name), Some(Class::BERT), "{name}");
        }
        assert_eq!(Class::named("PreTrainedTokenizerFast"), Some(Class::File));
        let others = [
            "BertJapaneseTokenizer",
            "BertweetTokenizer",
            "HerbertTokenizerFast",
            "RobertaTokenizerFast",
            "FunnelTokenizer",
            "AlbertTokenizer",
            "MyTokenizer",
            "Fast",
            "",
        ];
        for name in others {
            assert_eq!(Class::named(name), None, "{name}");
        }
    }
}
