//! The sentences of a paragraph.

use unicode_segmentation::UnicodeSegmentation;

/// Words after whose full stop a sentence seldom ends. They are written as here: "No." is
/// "Number", and "no." an end.
const ABBREVIATIONS: [&str; 47] = [
    "Adm", "Apr", "Art", "Aug", "Brig", "Capt", "Co", "Col", "Cpl", "Dec", "Dr", "Feb", "Fig",
    "Gen", "Gov", "Hon", "Inc", "Jan", "Jr", "Lt", "Ltd", "Maj", "Messrs", "Mr", "Mrs", "Ms", "Mt",
    "No", "Nos", "Nov", "Oct", "Prof", "Pvt", "Rep", "Rev", "Sen", "Sept", "Sgt", "Sr", "St", "al",
    "cf", "e.g", "i.e", "p", "pp", "vs",
];

/// Splits a paragraph into sentences, each without white space around it.
///
/// The bounds are Unicode's (UAX #29), which take every full stop before a capital letter for an
/// end. So a bound is undone where the word before the full stop is a known abbreviation ("Mr.",
/// "Gen.", "No.") or ends in a single letter ("J. Smith", "U. S. Navy"), and where a side has no
/// letter or digit, such as a quotation mark left alone, and where a lower-case letter follows a
/// closing quotation mark (`"Why?" he asked`). All rules rather leave two sentences together than
/// cut one in two.
///
/// ```
/// let text = "Mr. J. Adams spoke. \"Why?\" asked the U.S. Senate.";
/// let sentences = bert_data::corpus::split_sentences(text);
/// assert_eq!(sentences, ["Mr. J. Adams spoke.", "\"Why?\" asked the U.S. Senate."]);
/// ```
pub fn split_sentences(paragraph: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let (mut start, mut end) = (0, 0);
    for piece in paragraph.split_sentence_bounds() {
        let so_far = &paragraph[start..end];
        let goes_on = ends_in_abbreviation(so_far) || quotes(so_far, piece);
        if has_word(so_far) && has_word(piece) && !goes_on {
            sentences.push(so_far.trim());
            start = end;
        }
        end += piece.len();
    }
    sentences.push(paragraph[start..].trim());
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

fn has_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Whether `next` says who spoke the words at the end of `text`.
fn quotes(text: &str, next: &str) -> bool {
    text.trim_end().ends_with(['"', '\'', '”', '’', '»']) && next.starts_with(char::is_lowercase)
}

fn ends_in_abbreviation(text: &str) -> bool {
    let Some(text) = text.trim_end().strip_suffix('.') else {
        return false;
    };
    let word = text
        .rsplit(|c: char| !c.is_alphanumeric() && c != '.')
        .next()
        .unwrap_or_default();
    let last = word.rsplit('.').next().unwrap_or_default();
    let mut letters = last.chars();
    let single = letters.next().is_some_and(char::is_uppercase) && letters.next().is_none();
    // "I" is a word more often than an initial.
    (single && word != "I") || ABBREVIATIONS.contains(&word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sentences_end_where_readers_see_an_end() {
        let cases: [(&str, &[&str]); 10] = [
            ("One. Two! Three? Four", &["One.", "Two!", "Three?", "Four"]),
            (
                "Mr. Poinsett and Gen. Grant met.",
                &["Mr. Poinsett and Gen. Grant met."],
            ),
            (
                "Off St. Louis, see No. 5. It is so.",
                &["Off St. Louis, see No. 5.", "It is so."],
            ),
            (
                "F. D. E. Roosevelt sat. He rose.",
                &["F. D. E. Roosevelt sat.", "He rose."],
            ),
            (
                "It cost 3.5 dollars. Yes.",
                &["It cost 3.5 dollars.", "Yes."],
            ),
            (
                "He said: \"Go.\" She went.",
                &["He said: \"Go.\"", "She went."],
            ),
            ("They said no. He left.", &["They said no.", "He left."]),
            ("It was I. He left.", &["It was I.", "He left."]),
            ("Wait... what? \" ", &["Wait... what? \""]),
            ("今日は。元気です。", &["今日は。", "元気です。"]),
        ];
        for (paragraph, sentences) in cases {
            assert_eq!(split_sentences(paragraph), sentences);
        }
        assert!(split_sentences(" \t ").is_empty());
        assert_eq!(split_sentences("..."), ["..."]);
    }

    proptest! {
        #[test]
        fn nothing_but_white_space_is_lost(paragraph: String) {
            let sentences = split_sentences(&paragraph);
            let dense = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(dense(&sentences.concat()), dense(&paragraph));
            prop_assert!(sentences.iter().all(|sentence| !sentence.is_empty()));
        }
    }
}
