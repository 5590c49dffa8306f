//! The chain as numbers: what follows from its scores and those of a sentence's words.

use super::Neighbours;

/// The scores of a chain of labels besides those of its words.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// Of each label as the first one.
    pub start: Vec<f64>,
    /// Of each label as the last one.
    pub end: Vec<f64>,
    /// `[labels, labels]`, row-major: of a label (column) after another (row).
    pub transitions: Vec<f64>,
}

/// What is to be expected of a sentence's labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// Logarithm of the sum over all labellings of the exponentials of their scores.
    pub log_partition: f64,
    /// `[words, labels]`, row-major: the probability of each label of each word.
    pub marginals: Vec<f64>,
    /// `[labels, labels]`, row-major: how often a label (column) comes after another (row).
    pub pairs: Vec<f64>,
}

/// What a step that may not be counts. Where no labelling does without, the one with the fewest
/// such steps is the best.
const FORBIDDEN: f64 = -1e9;

impl Chain {
    /// Labels there are.
    pub fn labels(&self) -> usize {
        self.start.len()
    }

    /// The score of a labelling: what its labels, steps and ends count, added up; 0 for no words.
    ///
    /// # Shapes
    /// - `emissions`: `[words, labels]`, row-major
    /// - `path`: `[words]`
    pub fn score(&self, emissions: &[f32], path: &[usize]) -> f64 {
        let (Some(&first), Some(&last)) = (path.first(), path.last()) else {
            return 0.0;
        };
        let rows = emissions.chunks_exact(self.labels());
        let words: f64 = rows.zip(path).map(|(row, &at)| f64::from(row[at])).sum();
        let step = |pair: &[usize]| self.step(pair[0], pair[1]);
        let steps: f64 = path.windows(2).map(step).sum();
        self.start[first] + words + steps + self.end[last]
    }

    /// The forward-backward algorithm, in log space.
    ///
    /// # Shapes
    /// - `emissions`: `[words, labels]`, row-major
    pub fn posterior(&self, emissions: &[f32]) -> Posterior {
        let labels = self.labels();
        let words = emissions.len() / labels.max(1);
        let mut pairs = vec![0.0; labels * labels];
        if words == 0 {
            return Posterior {
                log_partition: 0.0,
                marginals: Vec::new(),
                pairs,
            };
        }
        let row = |word: usize| &emissions[word * labels..(word + 1) * labels];
        // Of all that ends in a label of a word, that word included; of all that comes after it.
        let first = self.start.iter().zip(row(0));
        let first = first.map(|(start, score)| start + f64::from(*score));
        let mut before = vec![first.collect::<Vec<f64>>()];
        let mut after = vec![self.end.clone(); words];
        for word in 1..words {
            let sum = |to: usize| {
                let into = (0..labels).map(|from| before[word - 1][from] + self.step(from, to));
                log_sum_exp(into) + f64::from(row(word)[to])
            };
            let sums = (0..labels).map(sum).collect();
            before.push(sums);
        }
        for word in (0..words - 1).rev() {
            for from in 0..labels {
                let next = |to: usize| f64::from(row(word + 1)[to]) + after[word + 1][to];
                let out_of = (0..labels).map(|to| self.step(from, to) + next(to));
                let sum = log_sum_exp(out_of);
                after[word][from] = sum;
            }
        }
        let ends = before[words - 1].iter().zip(&self.end);
        let log_partition = log_sum_exp(ends.map(|(before, end)| before + end));
        let both = before.iter().zip(&after);
        let marginals = both.flat_map(|(before, after)| {
            let each = before.iter().zip(after);
            each.map(|(before, after)| (before + after - log_partition).exp())
        });
        let marginals = marginals.collect();
        for word in 1..words {
            for from in 0..labels {
                for to in 0..labels {
                    let score = before[word - 1][from]
                        + self.step(from, to)
                        + f64::from(row(word)[to])
                        + after[word][to];
                    pairs[from * labels + to] += (score - log_partition).exp();
                }
            }
        }
        Posterior {
            log_partition,
            marginals,
            pairs,
        }
    }

    /// The labelling with the highest score of those that `neighbours` allow; the first of equals.
    ///
    /// # Shapes
    /// - `emissions`: `[words, labels]`, row-major
    /// - output `[words]`
    pub fn viterbi(&self, emissions: &[f32], neighbours: &Neighbours) -> Vec<usize> {
        let labels = self.labels();
        let words = emissions.len() / labels.max(1);
        if words == 0 {
            return Vec::new();
        }
        let cost = |allowed: bool| if allowed { 0.0 } else { FORBIDDEN };
        let row = |word: usize| &emissions[word * labels..(word + 1) * labels];
        let mut best: Vec<f64> = (0..labels)
            .map(|to| self.start[to] + cost(neighbours.may_start(to)) + f64::from(row(0)[to]))
            .collect();
        let mut came_from = Vec::with_capacity(words - 1);
        for word in 1..words {
            let mut next = Vec::with_capacity(labels);
            let mut from_of = Vec::with_capacity(labels);
            for to in 0..labels {
                let step =
                    |from: usize| self.step(from, to) + cost(neighbours.may_follow(from, to));
                let (from, score) = highest((0..labels).map(|from| best[from] + step(from)));
                next.push(score + f64::from(row(word)[to]));
                from_of.push(from);
            }
            best = next;
            came_from.push(from_of);
        }
        let end = |at: usize| best[at] + self.end[at] + cost(neighbours.may_end(at));
        let (mut at, _) = highest((0..labels).map(end));
        let mut path = vec![at];
        for from_of in came_from.iter().rev() {
            at = from_of[at];
            path.push(at);
        }
        path.reverse();
        path
    }

    /// The labels of [`viterbi`](Self::viterbi), each with its probability whatever the others are.
    pub fn label(&self, emissions: &[f32], neighbours: &Neighbours) -> Vec<(usize, f64)> {
        let path = self.viterbi(emissions, neighbours).into_iter();
        let marginals = self.posterior(emissions).marginals;
        let rows = marginals.chunks_exact(self.labels().max(1));
        path.zip(rows)
            .map(|(label, row)| (label, row[label]))
            .collect()
    }

    fn step(&self, from: usize, to: usize) -> f64 {
        self.transitions[from * self.labels() + to]
    }
}

/// ln(e^a + e^b + ...), also where an exponential by itself would be infinite or 0.
fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let max = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if !max.is_finite() {
        return values.sum();
    }
    max + values.map(|value| (value - max).exp()).sum::<f64>().ln()
}

fn highest(values: impl Iterator<Item = f64>) -> (usize, f64) {
    let mut best = (0, f64::NEG_INFINITY);
    for (at, value) in values.enumerate() {
        if value > best.1 {
            best = (at, value);
        }
    }
    best
}

#[cfg(test)]
mod tests;
