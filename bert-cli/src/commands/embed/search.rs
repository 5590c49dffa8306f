//! The texts that are nearest to another one.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;

use bert_tasks::embedding::Similarity;

/// Keeps the nearest texts of all that it sees.
pub(super) struct Search {
    query: Vec<f32>,
    similarity: Similarity,
    most: usize,
    /// The nearest so far, the farthest of them on top.
    nearest: BinaryHeap<Reverse<Found>>,
    seen: usize,
}

/// A text, and how near it is. The nearer is the larger; of two alike, the earlier.
#[derive(Debug)]
struct Found {
    score: f32,
    place: usize,
    text: String,
}

impl Ord for Found {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_score = self.score.total_cmp(&other.score);
        by_score.then_with(|| other.place.cmp(&self.place))
    }
}

impl PartialOrd for Found {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Found {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Found {}

impl Search {
    pub(super) fn new(query: Vec<f32>, similarity: Similarity, most: NonZeroUsize) -> Self {
        Self {
            query,
            similarity,
            most: most.get(),
            nearest: BinaryHeap::new(),
            seen: 0,
        }
    }

    pub(super) fn see(&mut self, text: String, vector: &[f32]) {
        let found = Found {
            score: self.similarity.of(&self.query, vector),
            place: self.seen,
            text,
        };
        self.seen += 1;
        self.nearest.push(Reverse(found));
        if self.nearest.len() > self.most {
            self.nearest.pop();
        }
    }

    /// A line each, the nearest first: the score and the text, in which nothing is a command to a
    /// terminal.
    pub(super) fn lines(self) -> String {
        let mut lines = String::new();
        for Reverse(Found { score, text, .. }) in self.nearest.into_sorted_vec() {
            let _ = writeln!(lines, "{score:.6}\t{}", text.replace(char::is_control, " "));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(most: usize, texts: &[(&str, f32)]) -> String {
        let most = NonZeroUsize::new(most).unwrap();
        let mut search = Search::new(vec![1.0], Similarity::Dot, most);
        for (text, number) in texts {
            search.see((*text).to_owned(), &[*number]);
        }
        search.lines()
    }

    #[test]
    fn the_nearest_come_first_and_no_more() {
        let texts = [("a", 0.5), ("b", 2.0), ("c\tc", 1.0), ("d", -1.0)];
        assert_eq!(nearest(2, &texts), "2.000000\tb\n1.000000\tc c\n");
        assert_eq!(nearest(9, &texts).lines().count(), 4);
        assert_eq!(nearest(1, &[]), "");
    }

    #[test]
    fn of_two_alike_the_earlier_comes_first() {
        let texts = [("a", 1.0), ("b", 1.0), ("c", 1.0)];
        assert_eq!(nearest(2, &texts), "1.000000\ta\n1.000000\tb\n");
    }
}
