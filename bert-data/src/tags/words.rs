//! The words of a text.

use std::ops::Range;

use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};

use super::error::TagError;
use crate::tokenizer::TokenizerError;

/// The bytes of each word of a text, as BERT finds words before it cuts them into pieces: what is
/// between white space, and each punctuation mark and each Chinese character for itself.
///
/// # Errors
/// If the tokenizers library fails on it.
pub fn words_of(text: &str) -> Result<Vec<Range<usize>>, TagError> {
    let fault = |error| TagError::Tokenizer(TokenizerError::Encode(error));
    // Letters stay as they are, so that a word is a piece of the text.
    let normalizer = BertNormalizer::new(false, true, Some(false), false);
    let mut split = PreTokenizedString::from(text);
    split
        .normalize(|text| normalizer.normalize(text))
        .map_err(fault)?;
    BertPreTokenizer.pre_tokenize(&mut split).map_err(fault)?;
    let words = split.get_splits(OffsetReferential::Original, OffsetType::Byte);
    Ok(words
        .into_iter()
        .map(|(_, (start, end), _)| start..end)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let words = words_of(text).unwrap();
        words.into_iter().map(|word| &text[word]).collect()
    }

    #[test]
    fn words_are_berts() {
        assert_eq!(
            words("Don't go, Zoë!"),
            ["Don", "'", "t", "go", ",", "Zoë", "!"]
        );
        assert_eq!(words("北京 is\u{a0}big\t\n"), ["北", "京", "is", "big"]);
        assert_eq!(
            words("a\u{301} \u{301} e\u{200b}f 😀"),
            ["a\u{301}", "\u{301}", "e\u{200b}f", "😀"]
        );
        assert!(words(" \n").is_empty() && words("").is_empty());
        assert_eq!(words(&"x".repeat(100_000)).len(), 1);
        assert_eq!(words(&"-".repeat(100_000)).len(), 100_000);
    }
}
