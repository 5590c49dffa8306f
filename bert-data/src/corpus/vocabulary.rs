//! A WordPiece vocabulary from text.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainer};
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{
    AddedToken, Model, NormalizedString, Normalizer, OffsetReferential, OffsetType,
    PreTokenizedString, PreTokenizer, Trainer,
};

use super::CorpusError;
use super::error::check;
use super::read::{TextItem, TextLayout, TextReader};
use crate::tokenizer::{BertTokenizer, Casing, MAX_WORD_CHARS, SPECIAL_TOKENS};

/// Bytes of text in a piece of work for one thread.
const CHUNK: usize = 64 << 10;

/// How large a vocabulary is and what it is made of. Names and defaults are those of the
/// tokenizers library's `BertWordPieceTokenizer.train`, but the size is BERT's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VocabularyConfig {
    /// Most entries: 30,522. A small text makes fewer.
    pub vocab_size: usize,
    /// How often two pieces must come together in the text to become one: 2.
    pub min_frequency: u64,
    /// Most characters that are entries of their own, the most frequent ones: 1000. Words with
    /// others become `[UNK]`.
    pub limit_alphabet: usize,
    /// Whether letters are lowered and accents stripped: uncased.
    pub casing: Casing,
}

impl Default for VocabularyConfig {
    fn default() -> Self {
        Self {
            vocab_size: 30_522,
            min_frequency: 2,
            limit_alphabet: 1000,
            casing: Casing::Uncased,
        }
    }
}

/// Trains a WordPiece vocabulary on the lines of text files with the tokenizers library's trainer,
/// on all of rayon's threads. [`save`](BertTokenizer::save) of the result writes `vocab.txt`.
///
/// Ids are: `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]`, `[MASK]`; each character of the alphabet in
/// Unicode's order; each that continues a word ("##a"), likewise; then longer pieces in the order
/// they were merged. The same text gives the same vocabulary: the trainer breaks ties by id, and
/// the characters' ids, which it leaves to the order of a hash map, are given to it. In memory
/// are the text's distinct words.
///
/// # Errors
/// If a file cannot be read, is not UTF-8 or has a line over 16 MiB, if there is no text, or if
/// the special tokens and the characters alone are more than `vocab_size`.
pub fn train_vocabulary(
    files: &[PathBuf],
    config: &VocabularyConfig,
) -> Result<BertTokenizer, CorpusError> {
    if files.is_empty() {
        return Err(CorpusError::NoFiles);
    }
    let characters = config.limit_alphabet;
    check(characters > 0, "limit_alphabet", characters, "1 or more")?;
    let mut trainer = WordPieceTrainer::builder()
        .show_progress(false)
        .vocab_size(config.vocab_size)
        .min_frequency(config.min_frequency)
        .build();
    let alphabet = feed(files, config.casing, &mut trainer)?.limited_to(config.limit_alphabet);
    if alphabet.0.is_empty() {
        let files = files.to_vec();
        return Err(CorpusError::Empty { files });
    }
    let tokens = alphabet.tokens();
    if tokens.len() > config.vocab_size {
        return Err(CorpusError::SmallVocabulary {
            vocab_size: config.vocab_size,
            needed: tokens.len(),
        });
    }
    // The trainer gives "special" tokens the first ids in their order, and merges the rest.
    let first = tokens
        .iter()
        .map(|token| AddedToken::from(token.as_str(), true));
    trainer.set_special_tokens(first.collect());
    trainer.set_initial_alphabet(alphabet.0.keys().copied().collect::<HashSet<_>>());
    trainer.set_limit_alphabet(Some(alphabet.0.len()));
    let mut model = WordPiece::default();
    trainer.train(&mut model).map_err(CorpusError::Vocabulary)?;
    let mut vocabulary: Vec<(String, u32)> = model.get_vocab().into_iter().collect();
    vocabulary.sort_unstable_by_key(|&(_, id)| id);
    let tokens: Vec<String> = vocabulary.into_iter().map(|(token, _)| token).collect();
    Ok(BertTokenizer::from_tokens(
        &tokens,
        config.casing,
        Path::new("vocab.txt"),
    )?)
}

/// Characters with how often they come in all, and whether they ever continue a word.
#[derive(Default)]
struct Alphabet(BTreeMap<char, (u64, bool)>);

impl Alphabet {
    fn of(words: &[String]) -> Self {
        let mut alphabet = Self::default();
        for word in words {
            for (at, character) in word.chars().enumerate() {
                alphabet.add(character, 1, at > 0);
            }
        }
        alphabet
    }

    fn add(&mut self, character: char, count: u64, continues: bool) {
        let entry = self.0.entry(character).or_default();
        entry.0 += count;
        entry.1 |= continues;
    }

    fn limited_to(self, limit: usize) -> Self {
        let mut characters: Vec<_> = self.0.into_iter().collect();
        characters.sort_by_key(|&(character, (count, _))| (Reverse(count), character));
        characters.truncate(limit);
        Self(characters.into_iter().collect())
    }

    /// The first tokens of the vocabulary.
    fn tokens(&self) -> Vec<String> {
        let special = SPECIAL_TOKENS.into_iter().map(str::to_owned);
        let first = self.0.keys().map(char::to_string);
        let continuing = self.0.iter().filter(|(_, (_, continues))| *continues);
        let continuing = continuing.map(|(character, _)| format!("##{character}"));
        special.chain(first).chain(continuing).collect()
    }
}

/// Counts the words of the files in `trainer`; returns their characters.
fn feed(
    files: &[PathBuf],
    casing: Casing,
    trainer: &mut WordPieceTrainer,
) -> Result<Alphabet, CorpusError> {
    let normalizer = BertNormalizer::new(true, true, None, casing.do_lower_case());
    let mut reader = TextReader::new(files, TextLayout::Sentences);
    let mut failed = None;
    let chunks = std::iter::from_fn(|| match take_chunk(&mut reader) {
        Ok(chunk) => chunk,
        Err(error) => {
            failed = Some(error);
            None
        }
    });
    let alphabet = Mutex::new(Alphabet::default());
    let fed = trainer.feed(chunks, |text| {
        let words = words(text, &normalizer)?;
        let of_chunk = Alphabet::of(&words);
        let mut alphabet = alphabet.lock().map_err(|_| "another thread failed")?;
        for (character, (count, continues)) in of_chunk.0 {
            alphabet.add(character, count, continues);
        }
        Ok(words)
    });
    if let Some(error) = failed {
        return Err(error);
    }
    fed.map_err(CorpusError::Vocabulary)?;
    Ok(alphabet.into_inner().unwrap_or_default())
}

fn take_chunk(reader: &mut TextReader) -> Result<Option<String>, CorpusError> {
    let mut chunk = String::new();
    while chunk.len() < CHUNK {
        match reader.next().transpose()? {
            Some(TextItem::Sentence(line)) => {
                chunk.push_str(&line);
                chunk.push('\n');
            }
            Some(TextItem::EndOfDocument) => {}
            None => break,
        }
    }
    Ok((!chunk.is_empty()).then_some(chunk))
}

/// The words that WordPiece would be given; longer ones are `[UNK]` to it.
fn words(text: &str, normalizer: &BertNormalizer) -> tokenizers::Result<Vec<String>> {
    let mut normalized = NormalizedString::from(text);
    normalizer.normalize(&mut normalized)?;
    let mut words = PreTokenizedString::from(normalized);
    BertPreTokenizer.pre_tokenize(&mut words)?;
    let words = words.get_splits(OffsetReferential::Original, OffsetType::None);
    let words = words.into_iter().map(|(word, ..)| word);
    let short = words.filter(|word| word.chars().count() <= MAX_WORD_CHARS);
    Ok(short.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests;
