//! The map of characters that a SentencePiece normalizer in a `tokenizer.json` holds.
//!
//! The tokenizers library follows the places in it without looking whether they are inside, and
//! takes memory for the length that it claims. So every place that can be reached is looked at
//! before.
//!
//! A map is base64 of: the bytes of a trie as u32, the trie, and the texts that its leaves point
//! into. The trie is a double array of darts-clone: from the unit at `place`, the byte `c` leads to
//! `place ^ offset ^ c`, if the unit there has the label `c`.

use serde_json::Value;

/// Whether every character map below `normalizer` can be followed without leaving it.
pub(super) fn are_sound(normalizer: &Value) -> bool {
    let mut values = vec![normalizer];
    while let Some(value) = values.pop() {
        match value {
            Value::Array(list) => values.extend(list),
            Value::Object(object) => {
                let map = object.get("precompiled_charsmap");
                if !map.is_none_or(|map| map.as_str().is_some_and(is_sound)) {
                    return false;
                }
                values.extend(object.values());
            }
            _ => {}
        }
    }
    true
}

fn is_sound(base64: &str) -> bool {
    let Some(bytes) = decode(base64) else {
        return false;
    };
    let Some((length, rest)) = bytes.split_first_chunk() else {
        return false;
    };
    let length = u32::from_le_bytes(*length) as usize / 4 * 4;
    let Some((trie, texts)) = rest.split_at_checked(length) else {
        return false;
    };
    let units: Vec<usize> = trie
        .chunks_exact(4)
        .map(|unit| u32::from_le_bytes([unit[0], unit[1], unit[2], unit[3]]) as usize)
        .collect();
    std::str::from_utf8(texts).is_ok_and(|texts| leads_nowhere_else(&units, texts))
}

/// Whether every way from the first unit stays among the units and ends in the texts.
fn leads_nowhere_else(units: &[usize], texts: &str) -> bool {
    let mut seen = vec![false; units.len()];
    let mut places = vec![0];
    while let Some(place) = places.pop() {
        let Some(&unit) = units.get(place) else {
            return false;
        };
        let offset = (unit >> 10) << ((unit & (1 << 9)) >> 6);
        let next = place ^ offset;
        if next | 0xff >= units.len() {
            return false;
        }
        let has_leaf = unit & (1 << 8) != 0;
        if has_leaf && !texts.is_char_boundary(units[next] & ((1 << 31) - 1)) {
            return false;
        }
        for byte in 1..=0xff {
            let place = next ^ byte;
            let label = units[place] & (1 << 31 | 0xff);
            if label == byte && !std::mem::replace(&mut seen[place], true) {
                places.push(place);
            }
        }
    }
    true
}

/// The bytes of a text in base64.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn encode(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let group = |chunk: &[u8]| {
            let all = chunk
                .iter()
                .fold(0u32, |all, &byte| all << 8 | u32::from(byte));
            let all = all << (8 * (3 - chunk.len()));
            let letters =
                (0..=chunk.len()).map(move |at| LETTERS[(all >> (18 - 6 * at)) as usize & 63]);
            letters.chain(vec![b'='; 3 - chunk.len()])
        };
        let letters = bytes.chunks(3).flat_map(group).collect();
        String::from_utf8(letters).unwrap()
    }

    /// A map in which `A` stands for the text at `leaf`.
    fn map(leaf: u32, units: usize) -> String {
        let mut trie = vec![0u32; units];
        trie[0] = 256 << 10;
        trie[256 ^ 0x41] = 0x41 | 1 << 8 | 512 << 10;
        if let Some(unit) = trie.get_mut(256 ^ 0x41 ^ 512) {
            *unit = 1 << 31 | leaf;
        }
        let mut bytes = (4 * units as u32).to_le_bytes().to_vec();
        bytes.extend(trie.into_iter().flat_map(u32::to_le_bytes));
        bytes.extend("é\0".bytes());
        encode(&bytes)
    }

    #[test]
    fn a_map_is_sound_if_every_way_in_it_stays_in_it() {
        for (map, expected) in [
            (map(0, 1024), true),
            (map(3, 1024), true),
            // Within a character, behind the texts, and out of the trie.
            (map(1, 1024), false),
            (map(4, 1024), false),
            (map(0, 512), false),
            // A length that is only claimed, no length, no base64.
            (encode(&[0xff; 8]), false),
            (encode(&[0; 3]), false),
            ("*".to_owned(), false),
        ] {
            let inner = json!({"type": "Precompiled", "precompiled_charsmap": map});
            let outer = json!({"type": "Sequence", "normalizers": [{"type": "NFC"}, inner]});
            assert_eq!(are_sound(&outer), expected, "{outer}");
        }
        assert!(are_sound(&json!(null)));
        assert!(!are_sound(&json!({"precompiled_charsmap": 5})));
    }

    #[test]
    fn a_sound_map_is_what_the_library_follows() {
        let normalizer = json!({"type": "Precompiled", "precompiled_charsmap": map(0, 1024)});
        let normalizer: tokenizers::NormalizerWrapper = serde_json::from_value(normalizer).unwrap();
        let mut text = tokenizers::NormalizedString::from("A cat");
        tokenizers::Normalizer::normalize(&normalizer, &mut text).unwrap();
        assert_eq!(text.get(), "é cat");
    }
}
