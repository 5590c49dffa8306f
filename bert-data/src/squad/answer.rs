//! Where an answer is in its passage.

use super::example::Answer;
use super::report::Problem;

/// The answer that a file says is `text` at the character `answer_start` of `context`.
///
/// If it is not there, the second part says so, and the answer is the nearest place that reads the
/// same, the first of two equally near; no answer if there is no such place. Matching is exact:
/// case, white space and the way accents are written count.
pub(super) fn locate(
    context: &str,
    text: &str,
    answer_start: i64,
) -> (Option<Answer>, Option<Problem>) {
    let text = text.to_owned();
    if text.trim().is_empty() {
        return (None, Some(Problem::EmptyAnswer));
    }
    if let Some(start) = byte_of_char(context, answer_start)
        && context[start..].starts_with(&text)
    {
        return (Some(Answer { text, start }), None);
    }
    let Some((nearest, start)) = nearest(context, &text, answer_start) else {
        return (None, Some(Problem::NotInContext { text }));
    };
    let problem = Problem::WrongOffset {
        text: text.clone(),
        answer_start,
        nearest,
    };
    (Some(Answer { text, start }), Some(problem))
}

/// Byte at which the character with this number begins.
fn byte_of_char(context: &str, number: i64) -> Option<usize> {
    let number = usize::try_from(number).ok()?;
    context.char_indices().nth(number).map(|(byte, _)| byte)
}

/// Where `text` begins nearest to the character `wanted`, in characters and in bytes.
fn nearest(context: &str, text: &str, wanted: i64) -> Option<(usize, usize)> {
    // Overlapping places count as well, which str::match_indices would skip.
    (0..)
        .zip(context.char_indices())
        .filter(|&(_, (byte, _))| context[byte..].starts_with(text))
        .map(|(char, (byte, _))| (char, byte))
        .min_by_key(|&(char, _)| wanted.abs_diff(i64::try_from(char).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(context: &str, text: &str, answer_start: i64, expected: Option<usize>) {
        let (answer, problem) = locate(context, text, answer_start);
        assert_eq!(answer.as_ref().map(|answer| answer.start), expected);
        if let Some(answer) = answer {
            assert_eq!(&context[answer.range()], text);
        }
        assert!(problem.is_some());
    }

    #[test]
    fn a_right_offset_counts_characters() {
        let context = "😀 שלום, naïve 日本語 cafe\u{301}";
        for (text, chars, bytes) in [
            ("😀", 0, 0),
            ("שלום", 2, 5),
            ("naïve", 8, 15),
            ("日本語", 14, 22),
            ("cafe\u{301}", 18, 32),
            ("\u{301}", 22, 36),
        ] {
            let (answer, problem) = locate(context, text, chars);
            let text = text.to_owned();
            assert_eq!(answer, Some(Answer { text, start: bytes }));
            assert_eq!(problem, None);
        }
    }

    #[test]
    fn a_wrong_offset_moves_to_the_nearest_place() {
        let context = "été, été, été";
        check(context, "été", 6, Some(7));
        check(context, "été", 9, Some(14));
        check(context, "été", -1, Some(0));
        check(context, "été", i64::MIN, Some(0));
        check(context, "été", i64::MAX, Some(14));
        let (_, problem) = locate(context, "été", 8);
        assert_eq!(
            problem.unwrap().to_string(),
            "the answer \"été\" is not at 8; the nearest is at 10"
        );
        // Of two equally near ones the first; and places may overlap.
        check("ab ab", "b", 3, Some(4));
        check("b-b", "b", 1, Some(0));
        check("xaaa", "aa", 9, Some(2));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        check("The cat", "the", 0, None);
        // The same letter, composed and not.
        check("café", "cafe\u{301}", 0, None);
        check("", "cat", 0, None);
        check("The cat", " \t", 3, None);
    }

    proptest! {
        #[test]
        fn an_answer_is_always_a_piece_of_its_context(
            context in "[ab é日😀\u{301}]{0,30}",
            text in "[ab é日]{0,3}",
            answer_start in -5i64..40,
        ) {
            let (answer, problem) = locate(&context, &text, answer_start);
            match &answer {
                Some(answer) => prop_assert_eq!(&context[answer.range()], &text),
                None => prop_assert!(text.trim().is_empty() || !context.contains(&text)),
            }
            prop_assert!(answer.is_some() || problem.is_some());
            // Right where the file says: no problem then.
            let chars: Vec<char> = context.chars().collect();
            let there = usize::try_from(answer_start).is_ok_and(|start| {
                chars.get(start..).is_some_and(|rest| {
                    rest.iter().collect::<String>().starts_with(&text)
                })
            });
            prop_assert_eq!(problem.is_none(), there && !text.trim().is_empty());
        }
    }
}
