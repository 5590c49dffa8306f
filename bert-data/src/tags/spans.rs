//! Spans of characters as tags of words.

use std::ops::Range;

use serde::Deserialize;

use super::span_error::SpanError;
use crate::table::json_reason;

/// A span as a file has it: an object, or a list of the three. Prodigy, doccano and spaCy write these.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "a span is {\"start\": 0, \"end\": 4, \"label\": \"PER\"}, or a list of the three"
)]
enum RawSpan {
    Object {
        #[serde(alias = "start_offset")]
        start: i64,
        #[serde(alias = "end_offset")]
        end: i64,
        label: String,
    },
    List(i64, i64, String),
}

/// Some characters of a text, with what they name. Characters are Unicode code points, as in
/// Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CharSpan {
    pub characters: Range<i64>,
    pub label: String,
}

/// Reads a JSON list of spans.
pub(super) fn parse(json: &str) -> Result<Vec<CharSpan>, SpanError> {
    let spans: Vec<RawSpan> = serde_json::from_str(json).map_err(|error| SpanError::Json {
        message: json_reason(&error).into(),
    })?;
    let spans = spans.into_iter().map(|span| match span {
        RawSpan::Object { start, end, label } | RawSpan::List(start, end, label) => CharSpan {
            characters: start..end,
            label,
        },
    });
    Ok(spans.collect())
}

/// IOB2 tags for words of a text, and how many spans began or ended within a word: such a span has
/// all of the word.
pub(super) fn tags(
    text: &str,
    words: &[Range<usize>],
    mut spans: Vec<CharSpan>,
) -> Result<(Vec<String>, usize), SpanError> {
    let mut places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
    places.push(text.len());
    spans.sort_by_key(|span| (span.characters.start, span.characters.end));
    let mut tags = vec!["O".to_owned(); words.len()];
    let mut snapped = 0;
    let mut before: Option<(Range<i64>, usize)> = None;
    for CharSpan { characters, label } in spans {
        let bytes = bytes_of(&characters, &places)?;
        if label.is_empty() {
            return Err(SpanError::NoLabel { characters });
        }
        // Words are in order and apart.
        let first = words.partition_point(|word| word.end <= bytes.start);
        let end = words.partition_point(|word| word.start < bytes.end);
        if first >= end {
            return Err(SpanError::NoWord { characters });
        }
        if let Some((other, taken)) = before {
            if other.end > characters.start {
                return Err(SpanError::Overlap {
                    one: other,
                    other: characters,
                });
            }
            if taken > first {
                return Err(SpanError::SameWord {
                    word: text[words[first].clone()].to_owned(),
                    one: other,
                    other: characters,
                });
            }
        }
        let is_cut = words[first].start < bytes.start || words[end - 1].end > bytes.end;
        snapped += usize::from(is_cut);
        for tag in &mut tags[first..end] {
            *tag = format!("I-{label}");
        }
        tags[first] = format!("B-{label}");
        before = Some((characters, end));
    }
    Ok((tags, snapped))
}

/// The bytes of some characters, given where each character begins and the text ends.
fn bytes_of(characters: &Range<i64>, places: &[usize]) -> Result<Range<usize>, SpanError> {
    let characters = characters.clone();
    if characters.start >= characters.end {
        return Err(SpanError::Reversed { characters });
    }
    let place = |character: i64| {
        let character = usize::try_from(character).ok();
        character.and_then(|character| places.get(character).copied())
    };
    match (place(characters.start), place(characters.end)) {
        (Some(start), Some(end)) => Ok(start..end),
        _ => Err(SpanError::Beyond {
            characters,
            length: places.len() - 1,
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tags::{entities, words_of};

    fn of(text: &str, json: &str) -> Result<(String, usize), String> {
        let words = words_of(text).unwrap();
        let tags = parse(json).and_then(|spans| tags(text, &words, spans));
        tags.map(|(tags, snapped)| (tags.join(" "), snapped))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn spans_count_characters() {
        let text = "😀 Zoë Bell, née Ōe";
        let spans = r#"[{"start": 16, "end": 18, "label": "L"}, [2, 10, "PER"]]"#;
        assert_eq!(of(text, spans), Ok(("O B-PER I-PER O O B-L".to_owned(), 0)));
        assert_eq!(of(text, "[]"), Ok(("O O O O O O".to_owned(), 0)));
    }

    #[test]
    fn spans_within_words_have_all_of_them() {
        assert_eq!(
            of("Berliner Bier", r#"[[0, 6, "a"]]"#),
            Ok(("B-a O".to_owned(), 1))
        );
        assert_eq!(
            of("New York", r#"[[1, 7, "a"]]"#),
            Ok(("B-a I-a".to_owned(), 1))
        );
        // White space around a span is no part of a word, and two spans may touch.
        assert_eq!(
            of("a b c", r#"[[1, 4, "x"], [4, 5, "x"]]"#),
            Ok(("O B-x B-x".to_owned(), 0))
        );
    }

    #[test]
    fn what_is_wrong_with_a_span_is_said() {
        let error = |spans| of("New York 😀", spans).unwrap_err();
        assert_eq!(
            error(r#"[[3, 3, "a"]]"#),
            "the span 3 to 3 has no character; its end must be after its start"
        );
        assert_eq!(
            error(r#"[[5, 3, "a"]]"#),
            "the span 5 to 3 has no character; its end must be after its start"
        );
        assert_eq!(
            error(r#"[[9, 11, "a"]]"#),
            "the span 9 to 11 is not in the text, which has 10 characters; are places counted in \
             Unicode code points, as in Python?"
        );
        assert!(error(r#"[[-1, 3, "a"]]"#).starts_with("the span -1 to 3 is not in"));
        assert_eq!(
            error(r#"[[4, 8, "a"], [0, 5, "b"]]"#),
            "the spans 0 to 5 and 4 to 8 overlap; a word has one tag, so keep one of them"
        );
        assert_eq!(
            error(r#"[[0, 1, "a"], [1, 2, "b"]]"#),
            "the spans 0 to 1 and 1 to 2 are both of the word \"New\"; a word has one tag, so \
             keep one of them"
        );
        assert_eq!(
            error(r#"[[3, 4, "a"]]"#),
            "the span 3 to 4 has no word in it"
        );
        assert_eq!(
            error(r#"[[0, 3, ""]]"#),
            "the span 0 to 3 has an empty label"
        );
        let error = error(r#"[[0, 1.5, "a"]]"#);
        assert!(error.contains("a span is {\"start\": 0"), "{error}");
    }

    proptest! {
        #[test]
        fn spans_of_whole_words_come_back(
            text in "[a-zé😀 ,.中]{0,40}", cuts in prop::collection::vec(0usize..40, 0..8),
        ) {
            let words = words_of(&text).unwrap();
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|&cut| cut <= words.len()).collect();
            cuts.sort_unstable();
            cuts.dedup();
            let character = |byte: usize| text[..byte].chars().count() as i64;
            let wanted: Vec<Range<usize>> = cuts.windows(2).map(|cut| cut[0]..cut[1]).collect();
            let spans = wanted.iter().map(|of| CharSpan {
                characters: character(words[of.start].start)..character(words[of.end - 1].end),
                label: "x".to_owned(),
            });
            let (tags, snapped) = tags(&text, &words, spans.collect()).unwrap();
            prop_assert_eq!(snapped, 0);
            let found: Vec<_> = entities(&tags).into_iter().map(|found| found.words).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
