//! `vocab.txt`, and the `tokenizer.json` that it stands for.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::special::SpecialNames;
use super::{Casing, MAX_WORD_CHARS, TokenizerError};
use crate::foreign::Foreign;
use crate::text;

/// The tokens of a `vocab.txt` in the order of their ids, as transformers' `load_vocab` reads
/// them.
///
/// Lines end in LF or CRLF; nothing else is trimmed, because white space can be a token. A
/// byte-order mark and empty lines at the end are dropped. An empty line elsewhere is an id that
/// no text gets.
pub(super) fn read(path: &Path) -> Result<Vec<String>, TokenizerError> {
    let text = text::read(path, Foreign::of);
    let text = text.map_err(|fault| TokenizerError::unread(path, fault))?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        let file = path.to_owned();
        return Err(TokenizerError::EmptyVocab { file });
    }
    let lines = text.split('\n');
    let token = |line: &str| line.strip_suffix('\r').unwrap_or(line).to_owned();
    Ok(lines.map(token).collect())
}

/// Of a token on several lines the last line counts, as in transformers.
pub(super) fn write(vocabulary: &[(u32, String)]) -> String {
    let mut lines = String::new();
    let Some((_, last)) = vocabulary.last() else {
        return lines;
    };
    let mut next = 0;
    for (id, token) in vocabulary {
        // An id without a token is a line that a later one repeats.
        for line in (next..*id).map(|_| last).chain([token]) {
            lines.push_str(line);
            lines.push('\n');
        }
        next = id + 1;
    }
    lines
}

/// The `tokenizer.json` which transformers' `BertTokenizer` makes of a vocabulary.
///
/// Source: transformers `models/bert/tokenization_bert.py`.
pub(super) fn tokenizer_json(
    tokens: &[String],
    casing: Casing,
    names: &SpecialNames,
    path: &Path,
) -> Result<Value, TokenizerError> {
    let vocab: Map<String, Value> = tokens
        .iter()
        .enumerate()
        .map(|(id, token)| (token.clone(), Value::from(id)))
        .collect();
    let id = |token: &str| {
        vocab
            .get(token)
            .cloned()
            .ok_or_else(|| TokenizerError::MissingSpecialToken {
                token: token.to_owned(),
                file: path.to_owned(),
            })
    };
    let mut added_tokens = Vec::new();
    for token in names.all() {
        added_tokens.push(json!({
            "id": id(token)?, "content": token, "special": true, "normalized": false,
            "single_word": false, "lstrip": false, "rstrip": false,
        }));
    }
    // The library wants added tokens by ascending id.
    added_tokens.sort_by_key(|token| token["id"].as_u64());
    let SpecialNames { cls, sep, unk, .. } = names;
    let special = |token: &str| json!({ "SpecialToken": { "id": token, "type_id": 0 } });
    let sequence =
        |name: &str, type_id: u32| json!({ "Sequence": { "id": name, "type_id": type_id } });
    let template = |token: &str| {
        Ok::<_, TokenizerError>(json!({ "id": token, "ids": [id(token)?], "tokens": [token] }))
    };
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
            "single": [special(cls), sequence("A", 0), special(sep)],
            "pair": [
                special(cls), sequence("A", 0), special(sep), sequence("B", 1),
                { "SpecialToken": { "id": sep, "type_id": 1 } },
            ],
            "special_tokens": { cls: template(cls)?, sep: template(sep)? },
        },
        "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
        "model": {
            "type": "WordPiece",
            "unk_token": unk,
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": MAX_WORD_CHARS,
            "vocab": vocab,
        },
    }))
}
