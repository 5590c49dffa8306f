//! One answer against the right ones.

/// How good the answer to one question is: the best over its right answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnswerScore {
    /// Whether it equals a right answer, both normalized.
    pub exact: bool,
    /// F1 of its words, from 0 to 1.
    pub f1: f64,
}

impl AnswerScore {
    /// No answer at all.
    pub(super) const NONE: Self = Self {
        exact: false,
        f1: 0.0,
    };

    /// By the rules of SQuAD 1.1, where every question has an answer. Without right answers, 0.
    ///
    /// Follows `evaluate-v1.1.py` of the SQuAD authors.
    pub fn v1(prediction: &str, answers: &[&str]) -> Self {
        let prediction = normalize_answer(prediction);
        let answers = answers.iter().map(|answer| normalize_answer(answer));
        best(answers.map(|answer| score(&prediction, &answer, 0.0)))
    }

    /// By the rules of SQuAD 2.0: where there is no right answer, or nothing is left of one by
    /// normalization, the right answer is the empty string.
    ///
    /// Follows `evaluate-v2.0.py` of the SQuAD authors.
    pub fn v2(prediction: &str, answers: &[&str]) -> Self {
        let prediction = normalize_answer(prediction);
        let mut answers: Vec<String> = answers.iter().map(|text| normalize_answer(text)).collect();
        answers.retain(|answer| !answer.is_empty());
        if answers.is_empty() {
            answers.push(String::new());
        }
        best(answers.iter().map(|answer| score(&prediction, answer, 1.0)))
    }
}

fn best(scores: impl Iterator<Item = AnswerScore>) -> AnswerScore {
    scores.fold(AnswerScore::NONE, |best, score| AnswerScore {
        exact: best.exact || score.exact,
        f1: best.f1.max(score.f1),
    })
}

/// Of normalized texts; `both_empty` is the F1 of nothing against nothing.
fn score(prediction: &str, answer: &str, both_empty: f64) -> AnswerScore {
    let exact = prediction == answer;
    let f1 = if exact && answer.is_empty() {
        both_empty
    } else {
        f1(words(prediction), words(answer))
    };
    AnswerScore { exact, f1 }
}

fn words(normalized: &str) -> Vec<&str> {
    normalized.split(' ').filter(|w| !w.is_empty()).collect()
}

/// The harmonic mean of precision and recall, where a word counts as often as both texts have it.
fn f1(mut prediction: Vec<&str>, mut answer: Vec<&str>) -> f64 {
    prediction.sort_unstable();
    answer.sort_unstable();
    let (mut common, mut rest) = (0, answer.as_slice());
    for word in &prediction {
        rest = &rest[rest.partition_point(|other| other < word)..];
        if rest.first() == Some(word) {
            common += 1;
            rest = &rest[1..];
        }
    }
    if common == 0 {
        return 0.0;
    }
    let precision = f64::from(common) / prediction.len() as f64;
    let recall = f64::from(common) / answer.len() as f64;
    2.0 * precision * recall / (precision + recall)
}

/// Lower case, without ASCII punctuation and the words a, an and the, words one space apart.
///
/// Follows `normalize_answer` of the official scripts with Python's ideas of a word and of white
/// space. Only marks and symbols differ that Unicode calls alphabetic and Python does not, such as
/// the vowel signs of Indic scripts; none of them stands next to an English article.
pub fn normalize_answer(text: &str) -> String {
    let lower = text.to_lowercase();
    let lower: String = lower
        .chars()
        .filter(|c| !c.is_ascii_punctuation())
        .collect();
    let mut kept = String::with_capacity(lower.len());
    for piece in lower.split_inclusive(is_no_word) {
        let word = piece.trim_end_matches(is_no_word);
        if matches!(word, "a" | "an" | "the") {
            kept.push(' ');
            kept.push_str(&piece[word.len()..]);
        } else {
            kept.push_str(piece);
        }
    }
    let words: Vec<&str> = kept.split(is_space).filter(|w| !w.is_empty()).collect();
    words.join(" ")
}

/// `\W` of Python's `re`; the underscore is gone with the punctuation.
fn is_no_word(c: char) -> bool {
    !c.is_alphanumeric()
}

/// `str.isspace` of Python, which has four separators of ASCII more than Unicode's white space.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_punctuation_articles_and_white_space_do_not_count() {
        let normalized = [
            ("The  Cat, a dog & an\tOwl!", "cat dog owl"),
            ("a", ""),
            (" -- ", ""),
            ("U.S.A.", "usa"),
            ("state-of-the-art", "stateoftheart"),
            ("a_b the_cat", "ab thecat"),
            ("(the)", ""),
            ("another theatre", "another theatre"),
        ];
        for (text, expected) in normalized {
            assert_eq!(normalize_answer(text), expected, "{text:?}");
        }
    }

    #[test]
    fn words_and_white_space_are_pythons() {
        let normalized = [
            // Quotes and dashes beyond ASCII stay, and end a word as white space does.
            ("“the” cat", "“ ” cat"),
            ("the–cat", "–cat"),
            // Letters and digits beyond ASCII are parts of words.
            ("aé thé a² a五", "aé thé a² a五"),
            // A combining accent is not: "the" goes and its accent stays.
            ("the\u{301}", "\u{301}"),
            ("one\u{1c}two\u{a0}three\u{3000}four", "one two three four"),
            ("zero\u{200b}width", "zero\u{200b}width"),
            // Lower case may take two characters, and depends on the place in the word.
            ("İ ΟΔΟΣ ẞ", "i\u{307} οδος ß"),
        ];
        for (text, expected) in normalized {
            assert_eq!(normalize_answer(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_best_right_answer_counts() {
        let score = AnswerScore::v1("in October 1973", &["1973", "The October, 1973"]);
        assert!(!score.exact);
        // precision 2/3, recall 1
        assert!((score.f1 - 0.8).abs() < 1e-12);
        assert_eq!(
            AnswerScore::v2("an Owl.", &["cat", "owl"]),
            AnswerScore {
                exact: true,
                f1: 1.0
            }
        );
    }

    #[test]
    fn a_word_counts_as_often_as_both_have_it() {
        let score = AnswerScore::v1("ha ha ha hi", &["ha ha ho"]);
        // precision 2/4, recall 2/3
        assert!((score.f1 - 4.0 / 7.0).abs() < 1e-12);
    }

    #[test]
    fn the_two_versions_differ_on_empty_answers() {
        let right = AnswerScore {
            exact: true,
            f1: 1.0,
        };
        assert_eq!(AnswerScore::v2("", &[]), right);
        assert_eq!(AnswerScore::v2("the", &["a"]), right);
        assert_eq!(AnswerScore::v2("something", &[]), AnswerScore::NONE);
        assert_eq!(AnswerScore::v1("", &[]), AnswerScore::NONE);
        // Equal texts without a word: F1 is 0 in version 1.1.
        let v1 = AnswerScore::v1("the", &["a", "cat"]);
        assert_eq!((v1.exact, v1.f1), (true, 0.0));
        // Version 2.0 drops the right answer of which nothing is left.
        assert_eq!(AnswerScore::v2("the", &["a", "cat"]), AnswerScore::NONE);
    }

    proptest! {
        #[test]
        fn normalizing_twice_changes_nothing_but_new_articles(text in "[a-dtheéΣ .,\u{a0}\u{1c}]{0,30}") {
            let once = normalize_answer(&text);
            prop_assert!(!once.contains(is_space) || once.split(' ').all(|w| !w.contains(is_space)));
            prop_assert!(once.split(' ').all(|w| !matches!(w, "a" | "an" | "the")));
            prop_assert_eq!(normalize_answer(&once), once);
        }

        #[test]
        fn f1_counts_words_as_multisets(
            a in prop::collection::vec("[xyz]", 1..8), b in prop::collection::vec("[xyz]", 1..8),
        ) {
            let mut left: HashMap<&str, usize> = HashMap::new();
            for word in &b {
                *left.entry(word).or_default() += 1;
            }
            let mut common = 0.0;
            for word in &a {
                if let Some(n) = left.get_mut(word.as_str()).filter(|n| **n > 0) {
                    *n -= 1;
                    common += 1.0;
                }
            }
            let score = AnswerScore::v1(&a.join(" "), &[&b.join(" ")]);
            prop_assert!((score.f1 - 2.0 * common / (a.len() + b.len()) as f64).abs() < 1e-12);
        }
    }
}
