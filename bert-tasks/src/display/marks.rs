//! A text in parts: what is marked in it, and what is between the marks.

use crate::events::{Mark, MarkKind, ScoredExample};

/// A part of a text, with its mark where it has one.
pub(crate) type Part<'a> = (&'a str, Option<&'a Mark>);

/// A text with its marks, under a name.
pub(crate) struct Marked<'a> {
    /// `right` or `given`.
    pub name: &'static str,
    /// The whole text.
    pub parts: Vec<Part<'a>>,
}

/// The first text of an example with what is right marked in it and, where the model says something
/// else, once more with that. Nothing of an example without marks.
pub(crate) fn marked(example: &ScoredExample) -> Vec<Marked<'_>> {
    let (false, Some(text)) = (example.marks.is_empty(), example.texts.first()) else {
        return Vec::new();
    };
    let with = |name, not: MarkKind| Marked {
        name,
        parts: parts(
            text,
            example.marks.iter().filter(move |mark| mark.kind != not),
        ),
    };
    let right = with("right", MarkKind::Wrong);
    match example.correct {
        true => vec![right],
        false => vec![right, with("given", MarkKind::Missed)],
    }
}

/// Events may come from anywhere: a mark that is no part of the text, or overlaps the one before, is
/// left out.
fn parts<'a>(text: &'a str, marks: impl Iterator<Item = &'a Mark>) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let mut end = 0;
    for mark in marks {
        let is_after = mark.bytes.start >= end && !mark.bytes.is_empty();
        let Some(inside) = text.get(mark.bytes.clone()).filter(|_| is_after) else {
            continue;
        };
        if mark.bytes.start > end {
            parts.push((&text[end..mark.bytes.start], None));
        }
        parts.push((inside, Some(mark)));
        end = mark.bytes.end;
    }
    if end < text.len() {
        parts.push((&text[end..], None));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(bytes: std::ops::Range<usize>, kind: MarkKind) -> Mark {
        let label = "LOC".to_owned();
        Mark { bytes, label, kind }
    }

    fn shown(marked: &Marked<'_>) -> String {
        let part = |(text, mark): &Part<'_>| match mark {
            Some(mark) => format!("[{text}]{}", mark.label),
            None => (*text).to_owned(),
        };
        marked.parts.iter().map(part).collect()
    }

    #[test]
    fn a_text_is_shown_as_it_is_right_and_as_the_model_has_it() {
        let example = ScoredExample {
            texts: vec!["Köln and New York".to_owned()],
            marks: vec![
                mark(0..5, MarkKind::Right),
                mark(10..13, MarkKind::Wrong),
                mark(10..18, MarkKind::Missed),
            ],
            ..ScoredExample::default()
        };
        let both = marked(&example);
        assert_eq!(shown(&both[0]), "[Köln]LOC and [New York]LOC");
        assert_eq!(shown(&both[1]), "[Köln]LOC and [New]LOC York");
        let right = ScoredExample {
            correct: true,
            ..example
        };
        assert_eq!(marked(&right).len(), 1);
        assert!(marked(&ScoredExample::default()).is_empty());
    }

    #[test]
    fn marks_that_are_no_part_of_the_text_are_left_out() {
        let right = MarkKind::Right;
        let odd = [
            mark(0..2, right),
            mark(3..9, right),
            mark(std::ops::Range { start: 2, end: 1 }, right),
            mark(0..3, right),
        ];
        let text = "aéb";
        let parts = parts(text, odd.iter());
        assert_eq!(
            parts.iter().map(|(text, _)| *text).collect::<String>(),
            text
        );
        // "é" is two bytes: 0..2 ends within it.
        assert_eq!(parts.iter().filter(|(_, mark)| mark.is_some()).count(), 1);
    }
}
