//! From the scores of all windows of a question to its best answers.
//!
//! Follows `postprocess_qa_predictions` in transformers'
//! `examples/pytorch/question-answering/utils_qa.py`, without `token_is_max_context`, which its
//! `run_qa.py` does not give either: windows overlap, and one span can be in the list twice.

use super::nbest::{Decoded, NBestEntry, set_probabilities};
use super::window::{Candidate, DecodeError, Window, descending, keep_best};

/// How answers are chosen. Names and defaults are those of `run_qa.py`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecodingOptions {
    /// Whether questions may have no answer, as in SQuAD 2.0.
    pub version_2_with_negative: bool,
    /// Answers kept, and starts and ends that are tried in each window.
    pub n_best_size: usize,
    /// The longest answer, in tokens.
    pub max_answer_length: usize,
    /// The question is not answered where its null odds are higher.
    pub null_score_diff_threshold: f32,
}

impl Default for DecodingOptions {
    fn default() -> Self {
        Self {
            version_2_with_negative: false,
            n_best_size: 20,
            max_answer_length: 30,
            null_score_diff_threshold: 0.0,
        }
    }
}

/// The best answers of a question whose passage is `context`, over all its windows.
///
/// In each window the `n_best_size` best starts and ends of the whole row are paired; a pair is an
/// answer if both are in the passage, the end is not before the start, and it is not too long. The
/// list has the best pairs of all windows, and with `version_2_with_negative` no answer too, whose
/// score is the lowest that `[CLS]` has in any window. Where the list would have no text, the
/// placeholder `empty` comes first, with score 0.
///
/// Of equal scores, the later token is the better start or end, as in a stable ascending sort read
/// backwards. Of equal pairs, the earlier window comes first, then the better start, then the
/// better end, then no answer. A score that is not finite is passed over: NaN and infinity never
/// reach the list.
///
/// # Errors
/// When a window's slices do not fit together, or its offsets do not fit `context`.
pub fn decode(
    context: &str,
    windows: &[Window<'_>],
    options: &DecodingOptions,
) -> Result<Decoded, DecodeError> {
    let mut candidates = Vec::new();
    let mut null: Option<Candidate> = None;
    for (index, window) in windows.iter().enumerate() {
        window.check(index)?;
        window.pairs(options, &mut candidates);
        let candidate = window.null();
        let is_lower = null.is_none_or(|null| candidate.score < null.score);
        if candidate.score.is_finite() && is_lower {
            null = Some(candidate);
        }
    }
    null = null.filter(|_| options.version_2_with_negative);
    candidates.extend(null);

    let mut ranked: Vec<(usize, Candidate)> = candidates.into_iter().enumerate().collect();
    keep_best(
        &mut ranked,
        options.n_best_size,
        |(a_rank, a), (b_rank, b)| descending(a.score, b.score).then(a_rank.cmp(b_rank)),
    );
    let mut kept: Vec<Candidate> = ranked.into_iter().map(|(_, candidate)| candidate).collect();
    if kept.iter().all(|candidate| candidate.bytes.is_some()) {
        kept.extend(null);
    }
    let entries = kept.iter().map(|candidate| candidate.entry(context));
    let mut n_best = entries.collect::<Result<Vec<NBestEntry>, _>>()?;
    if n_best.iter().all(|entry| entry.text.is_empty()) {
        n_best.insert(0, NBestEntry::placeholder());
    }
    set_probabilities(&mut n_best);

    let best = n_best.iter().find(|entry| !entry.text.is_empty());
    let best = best.expect("there is a text, or the placeholder");
    // In this order, in f32, so that the odds are the reference's to the last bit.
    let null_odds = null.map(|null| null.score - best.start_logit - best.end_logit);
    let is_null = null_odds.is_some_and(|odds| odds > options.null_score_diff_threshold);
    Ok(Decoded {
        answer: if is_null {
            String::new()
        } else {
            best.text.clone()
        },
        n_best,
        null_odds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::PLACEHOLDER;

    /// Four words: `[CLS]`, a question of one token, `[SEP]`, the words, `[SEP]`.
    const CONTEXT: &str = "Eulen jagen über Wälder";
    const OFFSETS: [(u32, u32); 4] = [(0, 5), (6, 11), (12, 17), (18, 25)];

    fn window<'a>(start_logits: &'a [f32; 8], end_logits: &'a [f32; 8]) -> Window<'a> {
        Window {
            start_logits,
            end_logits,
            cls: 0,
            passage: 3,
            offsets: &OFFSETS,
        }
    }

    fn options(version_2_with_negative: bool) -> DecodingOptions {
        DecodingOptions {
            version_2_with_negative,
            ..Default::default()
        }
    }

    fn texts(decoded: &Decoded) -> Vec<&str> {
        let entries = decoded.n_best.iter();
        entries.map(|entry| entry.text.as_str()).collect()
    }

    const START: [f32; 8] = [1.0, 9.0, 0.0, 2.0, 0.0, 5.0, 0.0, 9.0];
    const END: [f32; 8] = [0.5, 9.0, 0.0, 0.0, 3.0, 1.0, 4.0, 9.0];

    #[test]
    fn the_best_pair_inside_the_passage_is_cut_from_the_context() {
        let decoded = decode(CONTEXT, &[window(&START, &END)], &options(false)).unwrap();
        let expected = [
            "über Wälder",
            "über",
            "Eulen jagen über Wälder",
            "Eulen jagen",
            "Wälder",
            "jagen über Wälder",
        ];
        assert_eq!(texts(&decoded)[..6], expected);
        assert_eq!(
            (decoded.answer.as_str(), decoded.null_odds),
            (expected[0], None)
        );
        let best = &decoded.n_best[0];
        assert_eq!(&CONTEXT[best.bytes.clone().unwrap()], best.text);
        assert_eq!((best.start_logit, best.end_logit), (5.0, 4.0));
        // Ten pairs of four words; the end is never before the start.
        assert_eq!(decoded.n_best.len(), 10);
        let sum: f64 = decoded.n_best.iter().map(|entry| entry.probability).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        // Scores 9 and 6.
        let odds = decoded.n_best[0].probability / decoded.n_best[1].probability;
        assert!((odds - 3.0_f64.exp()).abs() < 1e-9);
    }

    #[test]
    fn answers_are_not_longer_than_allowed() {
        let options = DecodingOptions {
            max_answer_length: 2,
            ..options(false)
        };
        let decoded = decode(CONTEXT, &[window(&START, &END)], &options).unwrap();
        let long = |text: &&str| text.split(' ').count() > 2;
        assert_eq!(texts(&decoded).len(), 7);
        assert!(!texts(&decoded).iter().any(long));
    }

    #[test]
    fn tokens_outside_the_passage_use_up_the_starts_and_ends() {
        let options = DecodingOptions {
            n_best_size: 3,
            ..options(false)
        };
        // Of the three best starts and ends each, two are outside.
        let decoded = decode(CONTEXT, &[window(&START, &END)], &options).unwrap();
        assert_eq!(texts(&decoded), ["über Wälder"]);
    }

    #[test]
    fn the_question_is_not_answered_above_the_threshold() {
        let windows = [window(&START, &END)];
        let answer = |null_score_diff_threshold| {
            let options = DecodingOptions {
                null_score_diff_threshold,
                ..options(true)
            };
            decode(CONTEXT, &windows, &options).unwrap()
        };
        let decoded = answer(0.0);
        assert_eq!(decoded.answer, "über Wälder");
        assert_eq!(decoded.null_odds, Some(1.5 - 9.0));
        assert_eq!(decoded.n_best.len(), 11);
        // Odds equal to the threshold are not above it.
        assert_eq!(answer(-7.5).answer, "über Wälder");
        assert_eq!(answer(-7.6).answer, "");
        assert_eq!(answer(-7.6).best_text(), "über Wälder");
    }

    #[test]
    fn no_answer_is_as_good_as_its_worst_window() {
        let sure = [9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let windows = [window(&sure, &sure), window(&START, &END)];
        let decoded = decode(CONTEXT, &windows, &options(true)).unwrap();
        assert_eq!(decoded.null_odds, Some(1.5 - 9.0));
        let null_start = |decoded: &Decoded| {
            let mut entries = decoded.n_best.iter();
            entries
                .find(|entry| entry.text.is_empty())
                .map(|entry| entry.start_logit)
        };
        assert_eq!(null_start(&decoded), Some(1.0));
        // Of equally bad windows, the first.
        let windows = [window(&START, &END), window(&END, &START)];
        let decoded = decode(CONTEXT, &windows, &options(true)).unwrap();
        assert_eq!(null_start(&decoded), Some(1.0));
    }

    #[test]
    fn no_answer_stays_in_the_list_however_bad() {
        let options = DecodingOptions {
            n_best_size: 4,
            ..options(true)
        };
        let mut start = START;
        start[0] = -50.0;
        let decoded = decode(CONTEXT, &[window(&start, &END)], &options).unwrap();
        assert_eq!(texts(&decoded).last(), Some(&""));
        let best = decoded.n_best.iter().filter(|entry| entry.bytes.is_some());
        assert!(best.count() <= 4);
    }

    #[test]
    fn equal_pairs_keep_the_order_of_windows_starts_and_ends() {
        let flat = [0.0; 8];
        let one = Window {
            offsets: &OFFSETS[..1],
            ..window(&flat, &flat)
        };
        let windows = [one, window(&flat, &flat)];
        let decoded = decode(CONTEXT, &windows, &options(true)).unwrap();
        let expected = [
            "Eulen",
            "Wälder",
            "über Wälder",
            "über",
            "jagen über Wälder",
            "jagen über",
            "jagen",
        ];
        assert_eq!(texts(&decoded)[..7], expected);
        assert_eq!(texts(&decoded).last(), Some(&""));
    }

    #[test]
    fn nothing_to_choose_from_gives_the_placeholder() {
        let empty = Window {
            offsets: &[],
            ..window(&START, &END)
        };
        for windows in [&[empty][..], &[]] {
            let decoded = decode("", windows, &options(false)).unwrap();
            assert_eq!(texts(&decoded), [PLACEHOLDER]);
            assert_eq!(
                (decoded.answer.as_str(), decoded.null_odds),
                (PLACEHOLDER, None)
            );
        }
        let decoded = decode("", &[empty], &options(true)).unwrap();
        assert_eq!(texts(&decoded), [PLACEHOLDER, ""]);
        assert_eq!(
            (decoded.answer.as_str(), decoded.null_odds),
            ("", Some(1.5))
        );
    }

    #[test]
    fn scores_that_are_not_numbers_are_passed_over() {
        let (mut start, mut end) = (START, END);
        (start[5], end[6], start[0]) = (f32::NAN, f32::INFINITY, f32::NAN);
        let decoded = decode(CONTEXT, &[window(&start, &end)], &options(true)).unwrap();
        assert_eq!(
            (decoded.answer.as_str(), decoded.null_odds),
            ("Eulen jagen", None)
        );
        assert!(
            decoded
                .n_best
                .iter()
                .all(|entry| entry.probability.is_finite())
        );

        let nothing = [f32::NAN; 8];
        let decoded = decode(CONTEXT, &[window(&nothing, &nothing)], &options(true)).unwrap();
        assert_eq!(texts(&decoded), [PLACEHOLDER]);

        // Their sum is infinite.
        let huge = [f32::MAX; 8];
        let decoded = decode(CONTEXT, &[window(&huge, &huge)], &options(false)).unwrap();
        assert_eq!(texts(&decoded), [PLACEHOLDER]);
    }

    #[test]
    fn offsets_of_another_context_are_refused() {
        let windows = [window(&START, &END)];
        // Bytes 12 to 25 are inside a character here, and beyond the end there.
        for context in ["ü".repeat(20), "short".to_owned()] {
            let context = format!("a{context}");
            let error = decode(&context, &windows, &options(false)).unwrap_err();
            assert_eq!(error, DecodeError::Offsets { start: 12, end: 25 });
        }
    }
}
