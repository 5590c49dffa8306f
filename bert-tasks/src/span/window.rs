//! The scores of one window, and the answers among them.

use std::cmp::Ordering;

use super::DecodingOptions;
use super::nbest::NBestEntry;

/// The scores of a window, and what of the passage it sees.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// Scores of each token as the first of the answer, for the whole row. Padding may be left
    /// out, and should be: where it is there, its tokens compete with the others.
    pub start_logits: &'a [f32],
    /// Scores of each token as the last of the answer, as many as `start_logits`.
    pub end_logits: &'a [f32],
    /// Place of `[CLS]` in the row.
    pub cls: usize,
    /// Place of the first passage token in the row.
    pub passage: usize,
    /// The bytes of the context, first and one past the last, that each passage token of the
    /// window covers.
    pub offsets: &'a [(u32, u32)],
}

/// Why a window cannot be decoded. Windows count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// As many ends as starts are needed.
    #[error("window {window} has {starts} start scores and {ends} end scores")]
    Scores {
        /// The window.
        window: usize,
        /// Its start scores.
        starts: usize,
        /// Its end scores.
        ends: usize,
    },
    /// A place outside the row.
    #[error("window {window} has {scores} scores, and a token at place {place}")]
    Place {
        /// The window.
        window: usize,
        /// Its scores.
        scores: usize,
        /// The place of `[CLS]` or of the last passage token.
        place: usize,
    },
    /// Offsets that are not those of this context.
    #[error("bytes {start} to {end} are not a part of the context's text")]
    Offsets {
        /// The first byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
}

/// A pair of a start and an end, or no answer.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub start_logit: f32,
    pub end_logit: f32,
    pub score: f32,
    /// Of the context; absent for no answer.
    pub bytes: Option<(u32, u32)>,
}

impl Candidate {
    /// The candidate with its text; its probability is that of a list, and not known here.
    pub(super) fn entry(&self, context: &str) -> Result<NBestEntry, DecodeError> {
        let bytes = self.bytes.map(|(start, end)| start as usize..end as usize);
        let text = match &bytes {
            None => "",
            Some(bytes) => context.get(bytes.clone()).ok_or(DecodeError::Offsets {
                start: bytes.start,
                end: bytes.end,
            })?,
        };
        Ok(NBestEntry {
            start_logit: self.start_logit,
            end_logit: self.end_logit,
            text: text.to_owned(),
            probability: 0.0,
            bytes,
        })
    }
}

impl Window<'_> {
    pub(super) fn check(&self, window: usize) -> Result<(), DecodeError> {
        let (starts, ends) = (self.start_logits.len(), self.end_logits.len());
        if starts != ends {
            return Err(DecodeError::Scores {
                window,
                starts,
                ends,
            });
        }
        let place = match self.offsets.len() {
            0 => self.cls,
            tokens => self.cls.max(self.passage.saturating_add(tokens - 1)),
        };
        if place >= starts {
            return Err(DecodeError::Place {
                window,
                scores: starts,
                place,
            });
        }
        Ok(())
    }

    /// The score of no answer.
    pub(super) fn null(&self) -> Candidate {
        self.candidate(self.cls, self.cls, None)
    }

    /// Adds the pairs of good starts and ends that are answers.
    pub(super) fn pairs(&self, options: &DecodingOptions, candidates: &mut Vec<Candidate>) {
        let offsets = |place: usize| self.offsets.get(place.checked_sub(self.passage)?);
        let starts = best_places(self.start_logits, options.n_best_size);
        let ends = best_places(self.end_logits, options.n_best_size);
        for &start in &starts {
            let Some(&(first, _)) = offsets(start) else {
                continue;
            };
            for &end in &ends {
                let Some(&(_, last)) = offsets(end) else {
                    continue;
                };
                if end < start || end - start >= options.max_answer_length {
                    continue;
                }
                let candidate = self.candidate(start, end, Some((first, last)));
                if candidate.score.is_finite() {
                    candidates.push(candidate);
                }
            }
        }
    }

    fn candidate(&self, start: usize, end: usize, bytes: Option<(u32, u32)>) -> Candidate {
        let (start_logit, end_logit) = (self.start_logits[start], self.end_logits[end]);
        Candidate {
            start_logit,
            end_logit,
            score: start_logit + end_logit,
            bytes,
        }
    }
}

/// The places of the `n` highest finite scores, the highest first, of equals the last first.
fn best_places(scores: &[f32], n: usize) -> Vec<usize> {
    let is_finite = |&place: &usize| scores[place].is_finite();
    let mut places: Vec<usize> = (0..scores.len()).filter(is_finite).collect();
    keep_best(&mut places, n, |&a, &b| {
        descending(scores[a], scores[b]).then(b.cmp(&a))
    });
    places
}

/// Keeps the first `n` in `order`, sorted; `order` must tell any two apart. Only what is kept is
/// sorted: time is linear in the number of items.
pub(super) fn keep_best<T>(items: &mut Vec<T>, n: usize, order: impl Fn(&T, &T) -> Ordering) {
    if n < items.len() {
        items.select_nth_unstable_by(n, &order);
        items.truncate(n);
    }
    items.sort_unstable_by(order);
}

/// Of finite numbers.
pub(super) fn descending(a: f32, b: f32) -> Ordering {
    b.partial_cmp(&a).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_equal_scores_the_last_is_best() {
        assert_eq!(best_places(&[1.0, 3.0, 0.0, 3.0, 1.0], 3), [3, 1, 4]);
        assert_eq!(best_places(&[0.0, -0.0, 0.0], 9), [2, 1, 0]);
        assert!(best_places(&[1.0, 2.0], 0).is_empty());
    }

    #[test]
    fn scores_that_are_not_finite_take_no_place() {
        let scores = [f32::NAN, 1.0, f32::INFINITY, f32::NEG_INFINITY, 2.0];
        assert_eq!(best_places(&scores, 3), [4, 1]);
    }

    #[test]
    fn windows_whose_parts_do_not_fit_are_refused() {
        let window = Window {
            start_logits: &[0.0; 4],
            end_logits: &[0.0; 4],
            cls: 0,
            passage: 2,
            offsets: &[(0, 1), (1, 2)],
        };
        let error = |window: Window<'_>| window.check(5).unwrap_err().to_string();
        assert_eq!(window.check(0), Ok(()));
        let shorter = Window {
            end_logits: &[0.0; 3],
            ..window
        };
        assert_eq!(
            error(shorter),
            "window 5 has 4 start scores and 3 end scores"
        );
        let beyond = Window {
            passage: 3,
            ..window
        };
        assert_eq!(
            error(beyond),
            "window 5 has 4 scores, and a token at place 4"
        );
        assert!(Window { cls: 4, ..window }.check(0).is_err());
        // Without passage tokens their place does not matter.
        let empty = Window {
            passage: 9,
            offsets: &[],
            ..window
        };
        assert_eq!(empty.check(0), Ok(()));
    }

    proptest! {
        #[test]
        fn the_best_places_are_those_of_a_full_sort(
            scores in prop::collection::vec((-8i8..8).prop_map(f32::from), 0..60), n in 0usize..25,
        ) {
            let mut places: Vec<usize> = (0..scores.len()).collect();
            places.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
            places.reverse();
            places.truncate(n);
            prop_assert_eq!(best_places(&scores, n), places);
        }
    }
}
