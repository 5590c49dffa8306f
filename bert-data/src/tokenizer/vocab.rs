//! `vocab.txt`, and the `tokenizer.json` that it stands for.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::{CLS, Casing, MAX_WORD_CHARS, SEP, SPECIAL_TOKENS, TokenizerError, UNK, error};
use crate::error::line_of_bad_utf8;

/// The tokens of a `vocab.txt` in the order of their ids.
///
/// Lines end in LF or CRLF; nothing else is trimmed, because white space can be a token (as in
/// transformers' `load_vocab`). A byte-order mark and empty lines at the end are dropped.
pub(super) fn read(path: &Path) -> Result<Vec<String>, TokenizerError> {
    let bytes = error::read(path)?;
    let file = || path.to_owned();
    if let Some(line) = line_of_bad_utf8(&bytes) {
        return Err(TokenizerError::NotUtf8 { file: file(), line });
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err(TokenizerError::EmptyVocab { file: file() });
    }
    let mut lines = HashMap::new();
    let mut tokens = Vec::new();
    for (line, token) in (1..).zip(text.split('\n')) {
        let token = token.strip_suffix('\r').unwrap_or(token);
        if token.is_empty() {
            return Err(TokenizerError::EmptyToken { file: file(), line });
        }
        if let Some(first_line) = lines.insert(token, line) {
            let token = token.to_owned();
            return Err(TokenizerError::DuplicateToken {
                file: file(),
                token,
                first_line,
                line,
            });
        }
        tokens.push(token.to_owned());
    }
    Ok(tokens)
}

/// The `tokenizer.json` which transformers' `BertTokenizer` makes of a vocabulary.
///
/// Source: transformers `models/bert/tokenization_bert.py`.
pub(super) fn tokenizer_json(
    tokens: &[String],
    casing: Casing,
    path: &Path,
) -> Result<Value, TokenizerError> {
    let vocab: Map<String, Value> = tokens
        .iter()
        .enumerate()
        .map(|(id, token)| (token.clone(), Value::from(id)))
        .collect();
    let id = |token: &'static str| {
        vocab
            .get(token)
            .cloned()
            .ok_or_else(|| TokenizerError::MissingSpecialToken {
                token,
                file: path.to_owned(),
            })
    };
    let mut added_tokens = Vec::new();
    for token in SPECIAL_TOKENS {
        added_tokens.push(json!({
            "id": id(token)?, "content": token, "special": true, "normalized": false,
            "single_word": false, "lstrip": false, "rstrip": false,
        }));
    }
    // The library wants added tokens by ascending id.
    added_tokens.sort_by_key(|token| token["id"].as_u64());
    let special = |token| json!({ "SpecialToken": { "id": token, "type_id": 0 } });
    let sequence = |name, type_id| json!({ "Sequence": { "id": name, "type_id": type_id } });
    let template = |token| Ok(json!({ "id": token, "ids": [id(token)?], "tokens": [token] }));
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added_tokens,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": true,
            "handle_chinese_chars": true,
            "strip_accents": null,
            "lowercase": casing.do_lower_case(),
        },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special(CLS), sequence("A", 0), special(SEP)],
            "pair": [
                special(CLS), sequence("A", 0), special(SEP), sequence("B", 1),
                { "SpecialToken": { "id": SEP, "type_id": 1 } },
            ],
            "special_tokens": { CLS: template(CLS)?, SEP: template(SEP)? },
        },
        "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
        "model": {
            "type": "WordPiece",
            "unk_token": UNK,
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": MAX_WORD_CHARS,
            "vocab": vocab,
        },
    }))
}
