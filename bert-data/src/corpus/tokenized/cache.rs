//! Making the arrays of a corpus, and opening those made before.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Document, Token};
use crate::corpus::CorpusError;
use crate::corpus::part::DocumentHash;
use crate::corpus::read::{TextItem, TextLayout, TextReader};
use crate::corpus::store::{Array, ArrayWriter, Record};
use crate::tokenizer::BertTokenizer;

/// Bytes of text that are tokenized at once, on all threads; more make no difference to the speed.
const CHUNK: usize = 4 << 20;

/// A folder with the arrays, and what they must be made from.
pub(super) struct Cache<'a> {
    pub folder: &'a Path,
    pub fingerprint: u64,
}

pub(super) type Arrays<T> = (Array<T>, Array<u64>, Array<Document>);

impl Cache<'_> {
    /// The arrays, made if they are not there; `record` lays a token out.
    pub(super) fn open<T: Record>(
        &self,
        files: &[PathBuf],
        layout: TextLayout,
        tokenizer: &BertTokenizer,
        record: fn(Token) -> T,
    ) -> Result<Arrays<T>, CorpusError> {
        match self.existing() {
            Some(arrays) => Ok(arrays),
            None => self.make(files, layout, tokenizer, record),
        }
    }

    fn existing<T: Record>(&self) -> Option<Arrays<T>> {
        Some((
            Array::open(&self.path("tokens"), self.fingerprint)?,
            Array::open(&self.path("sentences"), self.fingerprint)?,
            Array::open(&self.path("documents"), self.fingerprint)?,
        ))
    }

    fn make<T: Record>(
        &self,
        files: &[PathBuf],
        layout: TextLayout,
        tokenizer: &BertTokenizer,
        record: fn(Token) -> T,
    ) -> Result<Arrays<T>, CorpusError> {
        let mut tokens = ArrayWriter::create(self.path("tokens"), self.fingerprint)?;
        let mut sentences = ArrayWriter::create(self.path("sentences"), self.fingerprint)?;
        let mut documents = ArrayWriter::create(self.path("documents"), self.fingerprint)?;
        let continues = continuations(tokenizer);
        let mut hash = DocumentHash::default();
        let mut end_of_last = 0;
        let mut reader = TextReader::new(files, layout);
        let mut chunk = take_chunk(&mut reader)?;
        while !chunk.is_empty() {
            // The next chunk is read while this one is tokenized.
            let (next, tokenized) =
                rayon::join(|| take_chunk(&mut reader), || tokenize(&chunk, tokenizer));
            for (item, ids) in chunk.iter().zip(tokenized?) {
                match item {
                    TextItem::Sentence(_) if ids.is_empty() => {}
                    TextItem::Sentence(sentence) => {
                        hash.update(sentence);
                        for id in ids {
                            let continues = continues[id as usize];
                            tokens.push(record(Token { id, continues }))?;
                        }
                        sentences.push(tokens.len())?;
                    }
                    TextItem::EndOfDocument => {
                        let (end, hash) = (sentences.len(), hash.take());
                        if end > end_of_last {
                            documents.push(Document { end, hash })?;
                            end_of_last = end;
                        }
                    }
                }
            }
            chunk = next?;
        }
        Ok((tokens.finish()?, sentences.finish()?, documents.finish()?))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.bin"))
    }
}

fn take_chunk(reader: &mut TextReader) -> Result<Vec<TextItem>, CorpusError> {
    let mut bytes = 0;
    let mut chunk = Vec::new();
    while bytes < CHUNK {
        let Some(item) = reader.next().transpose()? else {
            break;
        };
        bytes += size_of::<TextItem>();
        if let TextItem::Sentence(sentence) = &item {
            bytes += sentence.len();
        }
        chunk.push(item);
    }
    Ok(chunk)
}

/// Ids of each sentence, in order; none for ends of documents.
fn tokenize(chunk: &[TextItem], tokenizer: &BertTokenizer) -> Result<Vec<Vec<u32>>, CorpusError> {
    chunk
        .par_iter()
        .map(|item| match item {
            TextItem::Sentence(sentence) => Ok(tokenizer.word_pieces(sentence)?),
            TextItem::EndOfDocument => Ok(Vec::new()),
        })
        .collect()
}

/// For each id whether its token goes on with a word.
fn continuations(tokenizer: &BertTokenizer) -> Vec<bool> {
    (0..tokenizer.vocab_size() as u32)
        .map(|id| tokenizer.id_to_token(id))
        .map(|token| token.is_some_and(|token| token.starts_with("##")))
        .collect()
}
