//! Tokens that a folder adds to its vocabulary: they are found in a text before it is cut into
//! words.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use tokenizers::{AddedToken, Tokenizer};

use super::config::TokenizerConfig;
use super::special::TokenEntry;
use super::{TokenizerError, json};

const FILE: &str = "added_tokens.json";

/// Adds the tokens of `added_tokens_decoder` in `tokenizer_config.json`, or of
/// `added_tokens.json`, and special tokens that the vocabulary lacks.
///
/// They get the ids that follow the vocabulary's, as in transformers, which numbers them anew
/// whatever the file says. A file that says another id was written with another vocabulary, or
/// its embeddings belong to other tokens: that is an error here.
///
/// Source: `_from_pretrained` in `tokenization_utils_base.py` of transformers 5.23.
pub(super) fn add(
    tokenizer: &mut Tokenizer,
    config: &TokenizerConfig,
    dir: &Path,
) -> Result<(), TokenizerError> {
    let more: Vec<&TokenEntry> = config.more_special_tokens();
    let is_special = |text: &str| {
        let names = config.special_names();
        names.all().contains(&text) || more.iter().any(|entry| entry.text() == text)
    };
    let by_id: BTreeMap<u32, AddedToken> = match &config.added_tokens_decoder {
        Some(decoder) => decoder
            .iter()
            .map(|(&id, entry)| (id, entry.to_added(false)))
            .collect(),
        None => json::read::<BTreeMap<String, u32>>(dir, FILE)?
            .unwrap_or_default()
            .into_iter()
            .map(|(text, id)| {
                let special = is_special(&text);
                (id, AddedToken::from(text, special).normalized(!special))
            })
            .collect(),
    };
    let mut free = last_id(tokenizer).map_or(0, |id| id.saturating_add(1));
    let already: HashSet<String> = tokenizer
        .get_added_tokens_decoder()
        .into_values()
        .map(|token| token.content)
        .collect();
    let with_id = by_id.into_iter().map(|(id, token)| (Some(id), token));
    let without = more.iter().map(|entry| (None, entry.to_added(true)));
    for (said, token) in with_id.chain(without) {
        if token.content.is_empty() {
            continue;
        }
        let text = token.content.clone();
        let known = tokenizer.token_to_id(&text);
        if !already.contains(&text) {
            let added = match token.special {
                true => tokenizer.add_special_tokens([token]),
                false => tokenizer.add_tokens([token]),
            };
            added.map_err(|source| TokenizerError::Invalid {
                file: dir.to_owned(),
                source,
            })?;
        }
        let id = tokenizer.token_to_id(&text);
        let expected = said.or(known).unwrap_or(free);
        if id != Some(expected) || (known.is_none() && expected != free) {
            return Err(TokenizerError::AddedTokenId {
                dir: dir.to_owned(),
                token: text,
                id: expected,
                place: known.unwrap_or(free),
            });
        }
        if known.is_none() {
            free += 1;
        }
    }
    Ok(())
}

/// The largest id, of an added token or another.
pub(super) fn last_id(tokenizer: &Tokenizer) -> Option<u32> {
    tokenizer.get_vocab(true).into_values().max()
}
