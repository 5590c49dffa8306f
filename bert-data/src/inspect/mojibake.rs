//! UTF-8 that was read as Latin-1 or Windows-1252: "Ã©" for "é", "â€™" for "’".
//!
//! Such a text, written in the encoding it was read in, has the bytes of UTF-8 characters. Few texts
//! have them by chance: those sought here begin characters of the Latin-1 block, dashes and quotes,
//! Cyrillic words, byte-order marks and emoji.

/// Whether a text has a character that was read wrongly.
pub(super) fn has_mojibake(text: &str) -> bool {
    // All the first letters sought are of two bytes or more.
    !text.is_ascii() && text.char_indices().any(|(at, _)| begins(&text[at..]))
}

/// Whether a text begins with such a character.
fn begins(text: &str) -> bool {
    let mut bytes = text.chars().map(byte);
    let mut next = || bytes.next().flatten().unwrap_or(0);
    let is_rest = |byte: u8| (0x80..=0xbf).contains(&byte);
    match next() {
        0xc2 | 0xc3 => is_rest(next()),
        // A letter of its own may stand before a quote: two are a word.
        0xd0 | 0xd1 => is_rest(next()) && matches!(next(), 0xd0 | 0xd1) && is_rest(next()),
        // Dashes, quotes, the euro, signs and arrows.
        0xe2 => matches!(next(), 0x80 | 0x82 | 0x84 | 0x86) && is_rest(next()),
        0xef => next() == 0xbb && next() == 0xbf,
        0xf0 => next() == 0x9f && is_rest(next()) && is_rest(next()),
        _ => false,
    }
}

/// The byte of a character in Windows-1252, or in Latin-1 where that has none.
fn byte(letter: char) -> Option<u8> {
    Some(match letter {
        '€' => 0x80,
        '‚' => 0x82,
        'ƒ' => 0x83,
        '„' => 0x84,
        '…' => 0x85,
        '†' => 0x86,
        '‡' => 0x87,
        'ˆ' => 0x88,
        '‰' => 0x89,
        'Š' => 0x8a,
        '‹' => 0x8b,
        'Œ' => 0x8c,
        'Ž' => 0x8e,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '•' => 0x95,
        '–' => 0x96,
        '—' => 0x97,
        '˜' => 0x98,
        '™' => 0x99,
        'š' => 0x9a,
        '›' => 0x9b,
        'œ' => 0x9c,
        'ž' => 0x9e,
        'Ÿ' => 0x9f,
        _ => return u8::try_from(letter).ok(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn as_latin_1(text: &str) -> String {
        text.bytes().map(char::from).collect()
    }

    fn as_windows_1252(text: &str) -> String {
        let letter = |wanted: u8| {
            let mut all = ('\u{80}'..'\u{2200}').filter(|&letter| byte(letter) == Some(wanted));
            all.next_back().unwrap_or(wanted.into())
        };
        text.bytes().map(letter).collect()
    }

    #[test]
    fn wrongly_read_texts_are_known() {
        for text in [
            "café",
            "it’s",
            "“so”",
            "5 €",
            "привет",
            "\u{feff}text",
            "so 🦀",
        ] {
            assert!(has_mojibake(&as_latin_1(text)), "{text}");
            assert!(has_mojibake(&as_windows_1252(text)), "{text}");
            assert!(!has_mojibake(text), "{text}");
        }
        assert_eq!(as_windows_1252("it’s"), "itâ€™s");
    }

    #[test]
    fn texts_of_many_languages_are_left_alone() {
        for text in [
            "L’été, à Noël: «\u{a0}Où est-il\u{a0}?\u{a0}»",
            "ÉTÉ\u{a0}»",
            "Não, NÃO! Ação. ÂNGULO",
            "Ærø, Ðóra, Ñandú “Ñ”",
            "– “pâté” — crudités…",
            "Đây là tiếng Việt",
        ] {
            assert!(!has_mojibake(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_letter_of_the_latin_1_block_is_found(
            letter in proptest::char::range('\u{a0}', '\u{ff}'), before in "[a-z]{0,9}",
        ) {
            let text = format!("{before}{letter}");
            prop_assert!(has_mojibake(&as_latin_1(&text)));
            prop_assert!(!has_mojibake(&text));
        }
    }
}
