//! Making a tokenizer of the files of a model folder.

use std::path::Path;

use tokenizers::{ModelWrapper, PaddingDirection, Tokenizer, TruncationDirection};

use super::class::Class;
use super::config::{self, Side, TokenizerConfig};
use super::special::SpecialNames;
use super::{
    BertTokenizer, Casing, CasingGuess, PairTemplate, SpecialIds, TokenizerError, added, charsmap,
    error, json, template, vocab,
};

/// More ids than any model has embeddings: a file that has one beyond is damaged.
const MOST_IDS: u32 = 1 << 24;

impl BertTokenizer {
    /// Opens a model folder: its `tokenizer.json`, or its `vocab.txt` if that is all there is.
    ///
    /// `do_lower_case`, `strip_accents` and `tokenize_chinese_chars` of a `tokenizer_config.json`
    /// win over the `tokenizer.json`, as they do in transformers. Without them and without a
    /// `tokenizer.json`, the casing is [guessed](CasingGuess).
    ///
    /// # Errors
    /// If neither file is there, one cannot be read, the vocabulary lacks a special token, or the
    /// folder asks for a tokenizer that is not BERT's.
    pub fn from_folder(dir: impl AsRef<Path>) -> Result<Self, TokenizerError> {
        Self::from_folder_as(dir, None)
    }

    /// [`from_folder`](Self::from_folder), with a casing that decides against the folder's files.
    ///
    /// # Errors
    /// As `from_folder`; and if the folder's `tokenizer.json` treats letters in a way of its own.
    pub fn from_folder_as(
        dir: impl AsRef<Path>,
        casing: Option<Casing>,
    ) -> Result<Self, TokenizerError> {
        let dir = dir.as_ref();
        let config = TokenizerConfig::read(dir)?;
        let class = config.class(dir)?;
        let names = config.special_names();
        let tokenizer_json = dir.join("tokenizer.json");
        let vocab_txt = dir.join("vocab.txt");
        let mut casing_guess = None;
        let mut tokenizer = if tokenizer_json.is_file() {
            let bytes = error::read(&tokenizer_json)?;
            Parts::from_json(&bytes, names, class, &tokenizer_json)?
        } else if class == Class::File {
            return Err(TokenizerError::NoTokenizerJson {
                dir: dir.to_owned(),
            });
        } else if vocab_txt.is_file() {
            let tokens = vocab::read(&vocab_txt)?;
            let said = config.do_lower_case.map(Casing::from_do_lower_case);
            let taken = casing.or(said).unwrap_or_else(|| {
                let guess = casing_guess.insert(CasingGuess::new(dir, &tokens));
                guess.casing
            });
            let json = vocab::tokenizer_json(&tokens, taken, &names, &vocab_txt)?;
            Parts::from_json(json.to_string().as_bytes(), names, class, &vocab_txt)?
        } else {
            return Err(TokenizerError::NoTokenizer {
                dir: dir.to_owned(),
            });
        };
        config.apply(&mut tokenizer.inner, casing, dir)?;
        added::add(&mut tokenizer.inner, &config, dir)?;
        let mut tokenizer = tokenizer.finish()?;
        tokenizer.casing_guess = casing_guess;
        tokenizer.second_segment = config.second_segment(class);
        tokenizer.truncation_side = config
            .truncation_side()
            .unwrap_or(tokenizer.truncation_side);
        if let Some(length) = config.model_max_length() {
            tokenizer.model_max_length = length;
        }
        Ok(tokenizer)
    }

    /// Opens a `tokenizer.json` of the Hugging Face `tokenizers` library.
    ///
    /// # Errors
    /// If the file cannot be read or understood, it is not BERT's, or it lacks one of `[PAD]`,
    /// `[UNK]`, `[CLS]`, `[SEP]`, `[MASK]`.
    pub fn from_tokenizer_json(path: impl AsRef<Path>) -> Result<Self, TokenizerError> {
        let path = path.as_ref();
        let bytes = error::read(path)?;
        Parts::from_json(&bytes, SpecialNames::default(), Class::BERT, path)?.finish()
    }

    /// Builds the tokenizer of a `vocab.txt`: one token a line, the first line is id 0.
    ///
    /// The result equals that of transformers' `BertTokenizer` on the same file: text cleaned,
    /// CJK characters apart, accents stripped and letters lowered if `casing` is
    /// [`Casing::Uncased`], words over 100 characters unknown.
    ///
    /// # Errors
    /// If the file cannot be read, is empty or not UTF-8, or lacks a special token.
    pub fn from_vocab(path: impl AsRef<Path>, casing: Casing) -> Result<Self, TokenizerError> {
        let path = path.as_ref();
        Self::from_tokens(&vocab::read(path)?, casing, path)
    }

    /// Builds the tokenizer of a vocabulary, whose tokens have the ids 0, 1, 2, ...; `file` is
    /// where they came from, for messages.
    pub(crate) fn from_tokens(
        tokens: &[String],
        casing: Casing,
        file: &Path,
    ) -> Result<Self, TokenizerError> {
        let names = SpecialNames::default();
        let json = vocab::tokenizer_json(tokens, casing, &names, file)?;
        Parts::from_json(json.to_string().as_bytes(), names, Class::BERT, file)?.finish()
    }
}

/// A tokenizer to which tokens can still be added.
struct Parts<'a> {
    inner: Tokenizer,
    names: SpecialNames,
    class: Class,
    truncation_side: Side,
    /// Where it came from, for messages.
    file: &'a Path,
}

impl<'a> Parts<'a> {
    fn from_json(
        bytes: &[u8],
        names: SpecialNames,
        class: Class,
        file: &'a Path,
    ) -> Result<Self, TokenizerError> {
        let invalid = |source| TokenizerError::Invalid {
            file: file.to_owned(),
            source,
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        // The tokenizers library panics at some things that are no JSON, and at bad maps.
        let json: serde_json::Value = json::parse(bytes, file)?;
        if !charsmap::are_sound(&json["normalizer"]) {
            let file = file.to_owned();
            return Err(TokenizerError::Charsmap { file });
        }
        if !template::are_sound(&json["post_processor"]) {
            let file = file.to_owned();
            return Err(TokenizerError::Template { file });
        }
        let mut inner = Tokenizer::from_bytes(bytes).map_err(invalid)?;
        if class != Class::File {
            check_word_piece(&inner, &names, file)?;
        }
        let truncation = inner
            .get_truncation()
            .map(|truncation| truncation.direction);
        let padding = inner.get_padding().map(|padding| padding.direction);
        if matches!(padding, Some(PaddingDirection::Left)) {
            let file = file.to_owned();
            return Err(TokenizerError::LeftPadding { file });
        }
        // all-MiniLM-L6-v2, for one, ships with both set to 128.
        inner.with_padding(None);
        inner.with_truncation(None).map_err(invalid)?;
        Ok(Self {
            inner,
            names,
            class,
            truncation_side: match truncation {
                Some(TruncationDirection::Left) => Side::Left,
                _ => Side::Right,
            },
            file,
        })
    }

    fn finish(self) -> Result<BertTokenizer, TokenizerError> {
        let Self {
            inner,
            names,
            class,
            truncation_side,
            file,
        } = self;
        let id = |token: &str| {
            inner
                .token_to_id(token)
                .ok_or_else(|| TokenizerError::MissingSpecialToken {
                    token: token.to_owned(),
                    file: file.to_owned(),
                })
        };
        let special = SpecialIds {
            pad: id(&names.pad)?,
            unk: id(&names.unk)?,
            cls: id(&names.cls)?,
            sep: id(&names.sep)?,
            mask: id(&names.mask)?,
        };
        let mut tokenizer = BertTokenizer {
            inner,
            class,
            names,
            special,
            num_ids: 0,
            casing_guess: None,
            model_max_length: config::MODEL_MAX_LENGTH,
            truncation_side,
            second_segment: 1,
        };
        check_template(&tokenizer, file)?;
        if let Some(last) = added::last_id(&tokenizer.inner) {
            if last >= MOST_IDS {
                return Err(TokenizerError::FarId {
                    file: file.to_owned(),
                    id: last,
                    token: tokenizer.id_to_token(last).unwrap_or_default(),
                });
            }
            tokenizer.num_ids = last as usize + 1;
        }
        Ok(tokenizer)
    }
}

/// A `tokenizer.json` can hold any model; BERT's classes have WordPiece.
fn check_word_piece(
    tokenizer: &Tokenizer,
    names: &SpecialNames,
    file: &Path,
) -> Result<(), TokenizerError> {
    let model = match tokenizer.get_model() {
        ModelWrapper::WordPiece(model) if model.unk_token == names.unk => return Ok(()),
        ModelWrapper::WordPiece(model) => {
            return Err(TokenizerError::UnknownToken {
                file: file.to_owned(),
                model: model.unk_token.clone(),
                config: names.unk.clone(),
            });
        }
        ModelWrapper::BPE(_) => "BPE",
        ModelWrapper::WordLevel(_) => "WordLevel",
        ModelWrapper::Unigram(_) => "Unigram",
    };
    Err(TokenizerError::Model {
        file: file.to_owned(),
        model,
    })
}

/// Pairs are put together here, not by the file's post-processor: it must mean the same.
fn check_template(tokenizer: &BertTokenizer, file: &Path) -> Result<(), TokenizerError> {
    if tokenizer.inner.get_post_processor().is_none() {
        return Ok(());
    }
    let unknown = tokenizer.names.unk.as_str();
    let encode = |input: tokenizers::EncodeInput<'_>| {
        let encoding = tokenizer.inner.encode(input, true);
        let encoding = encoding.map_err(TokenizerError::Encode)?;
        Ok::<_, TokenizerError>((
            encoding.get_ids().to_vec(),
            encoding.get_type_ids().to_vec(),
        ))
    };
    let pieces = tokenizer.word_pieces(unknown)?;
    let template = PairTemplate {
        second_segment: 1,
        ..tokenizer.pair_template()
    };
    let one = template.sequence(&pieces, None);
    let two = template.sequence(&pieces, Some(&pieces));
    let single = encode(unknown.into())?;
    let pair = encode((unknown, unknown).into())?;
    if single != one || pair != two {
        return Err(TokenizerError::Template {
            file: file.to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
