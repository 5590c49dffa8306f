//! A text as the model reads it: its pieces, and which of them are a word.

use std::ops::Range;

use bert_data::{BertTokenizer, TokenizerError};

/// The pieces of a text, without special tokens.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pieces {
    /// `[pieces]`
    pub ids: Vec<u32>,
    /// `[pieces]`: the bytes of the text that each stands for.
    pub bytes: Vec<Range<usize>>,
    /// In the order of the text.
    pub words: Vec<Word>,
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    /// Its pieces; none, where the tokenizer leaves nothing of a word of the caller's.
    pub pieces: Range<usize>,
    /// The bytes of the text.
    pub bytes: Range<usize>,
}

impl Pieces {
    /// The words are those of the tokenizer: letters that stand together, and each mark of
    /// punctuation. A piece goes on with a word where it is written longer or shorter than it
    /// stands in the text, as `##ing` is; what is unknown begins one. So `gather_pre_entities` of
    /// the pipeline of transformers has it.
    pub fn of_text(tokenizer: &BertTokenizer, text: &str) -> Result<Self, TokenizerError> {
        let mut pieces = Self::default();
        for (id, bytes) in tokenizer.word_pieces_with_offsets(text)? {
            let token = tokenizer.id_to_token(id).unwrap_or_default();
            let written = text[bytes.clone()].chars().count();
            let goes_on = id != tokenizer.unk_id() && token.chars().count() != written;
            pieces.push(id, bytes, !goes_on);
        }
        Ok(pieces)
    }

    /// Words that the caller has found, at these bytes of the text; each is cut by itself.
    pub fn of_words(
        tokenizer: &BertTokenizer,
        text: &str,
        words: &[Range<usize>],
    ) -> Result<Self, TokenizerError> {
        let mut pieces = Self::default();
        for word in words {
            let first = pieces.ids.len();
            for (id, bytes) in tokenizer.word_pieces_with_offsets(&text[word.clone()])? {
                pieces.ids.push(id);
                let bytes = word.start + bytes.start..word.start + bytes.end;
                pieces.bytes.push(bytes);
            }
            pieces.words.push(Word {
                pieces: first..pieces.ids.len(),
                bytes: word.clone(),
            });
        }
        Ok(pieces)
    }

    fn push(&mut self, id: u32, bytes: Range<usize>, is_word: bool) {
        let piece = self.ids.len();
        self.ids.push(id);
        self.bytes.push(bytes.clone());
        match self.words.last_mut() {
            Some(word) if !is_word => {
                word.pieces.end = piece + 1;
                word.bytes.end = bytes.end;
            }
            _ => self.words.push(Word {
                pieces: piece..piece + 1,
                bytes,
            }),
        }
    }
}

/// Words with a space between them, and the bytes of each.
pub(super) fn joined<S: AsRef<str>>(words: &[S]) -> (String, Vec<Range<usize>>) {
    let mut text = String::new();
    let mut places = Vec::with_capacity(words.len());
    for word in words {
        if !places.is_empty() {
            text.push(' ');
        }
        let start = text.len();
        text.push_str(word.as_ref());
        places.push(start..text.len());
    }
    (text, places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::ModelFolder;

    fn tokenizer() -> BertTokenizer {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../bert-core/tests/fixtures/tiny-bert"
        );
        ModelFolder::open(path.as_ref()).unwrap().tokenizer
    }

    #[test]
    fn words_are_what_belongs_together() {
        let text = "Walking, É ☃!";
        let pieces = Pieces::of_text(&tokenizer(), text).unwrap();
        let words = pieces.words.iter().map(|word| &text[word.bytes.clone()]);
        let words: Vec<&str> = words.collect();
        assert_eq!(words, ["Walking", ",", "É", "☃", "!"]);
        assert_eq!(pieces.words[0].pieces, 0..2);
    }

    #[test]
    fn words_of_the_caller_stay_whole() {
        let text = "U.S. \u{301} walking";
        let words = [0..4, 5..7, 8..15];
        let pieces = Pieces::of_words(&tokenizer(), text, &words).unwrap();
        let words: Vec<Range<usize>> = pieces
            .words
            .iter()
            .map(|word| word.pieces.clone())
            .collect();
        assert_eq!(words, [0..4, 4..4, 4..6]);
        assert_eq!(&text[pieces.bytes[4].start..pieces.bytes[5].end], "walking");
    }

    #[test]
    fn a_text_without_a_word_has_no_pieces() {
        assert_eq!(
            Pieces::of_text(&tokenizer(), " \n").unwrap(),
            Pieces::default()
        );
    }
}
