//! The best threshold between answering and saying that there is no answer.

/// The best that a threshold on the null odds could reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquadBest {
    /// Exact match in percent.
    pub exact: f64,
    /// Null odds up to which questions are answered for it.
    pub exact_threshold: f64,
    /// F1 in percent.
    pub f1: f64,
    /// Null odds up to which questions are answered for it.
    pub f1_threshold: f64,
}

/// What answering one question, rather than saying nothing, does to the sum of the scores.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gain {
    /// The null odds of the question; not NaN.
    pub odds: f64,
    pub exact: f64,
    pub f1: f64,
}

/// Raises the threshold over all questions, from none answered to all answered.
///
/// Follows `find_all_best_thresh` of `evaluate-v2.0.py`: the threshold is 0 where it is best to
/// answer nothing, and of equally good ones it is the lowest. As there, questions of equal odds
/// are taken one after the other, in the order of `gains`.
pub(super) fn best(mut gains: Vec<Gain>, no_ans: usize, total: usize) -> SquadBest {
    gains.sort_by(|a, b| a.odds.partial_cmp(&b.odds).expect("the odds are not NaN"));
    let best = |gain: fn(&Gain) -> f64| {
        let mut score = no_ans as f64;
        let (mut best, mut threshold) = (score, 0.0);
        for question in &gains {
            score += gain(question);
            if score > best {
                (best, threshold) = (score, question.odds);
            }
        }
        (100.0 * best / total as f64, threshold)
    };
    let (exact, exact_threshold) = best(|gain| gain.exact);
    let (f1, f1_threshold) = best(|gain| gain.f1);
    SquadBest {
        exact,
        exact_threshold,
        f1,
        f1_threshold,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn gain(odds: f64, exact: f64, f1: f64) -> Gain {
        Gain { odds, exact, f1 }
    }

    #[test]
    fn the_lowest_of_the_best_thresholds_is_taken() {
        // Answering up to -1 gains one, the wrong answer at 0 loses it, the one at 2 gains again.
        let gains = vec![
            gain(2.0, 1.0, 1.0),
            gain(0.0, -1.0, -1.0),
            gain(-1.0, 1.0, 0.5),
            gain(3.0, 0.0, 0.25),
        ];
        let found = best(gains, 1, 4);
        let expected = SquadBest {
            exact: 50.0,
            exact_threshold: -1.0,
            f1: 43.75,
            f1_threshold: 3.0,
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn saying_nothing_may_be_best() {
        let found = best(vec![gain(-5.0, -1.0, -1.0)], 3, 4);
        assert_eq!((found.exact, found.exact_threshold), (75.0, 0.0));
    }

    proptest! {
        #[test]
        fn no_threshold_is_better(
            questions in prop::collection::vec((-9.0f64..9.0, 0u8..3), 1..40),
        ) {
            // 0: no answer exists and one was given, 1: a wrong answer, 2: a right one.
            let gains: Vec<Gain> = questions
                .iter()
                .map(|&(odds, kind)| gain(odds, [-1.0, 0.0, 1.0][usize::from(kind)], 0.0))
                .collect();
            let no_ans = questions.iter().filter(|q| q.1 == 0).count();
            let scored = |threshold: f64| {
                let right = questions
                    .iter()
                    .filter(|&&(odds, kind)| if odds > threshold { kind == 0 } else { kind == 2 });
                100.0 * right.count() as f64 / questions.len() as f64
            };
            let found = best(gains, no_ans, questions.len());
            let all = questions.iter().map(|q| scored(q.0));
            let best = all.fold(scored(f64::NEG_INFINITY), f64::max);
            prop_assert!((found.exact - best).abs() < 1e-9);
            if found.exact > scored(f64::NEG_INFINITY) {
                prop_assert!((scored(found.exact_threshold) - best).abs() < 1e-9);
            }
        }
    }
}
