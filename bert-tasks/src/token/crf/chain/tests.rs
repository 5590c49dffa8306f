use proptest::prelude::*;

use super::*;

/// All labellings of so many words.
fn paths(words: usize, labels: usize) -> Vec<Vec<usize>> {
    (0..words).fold(vec![Vec::new()], |paths, _| {
        let longer = |path: &Vec<usize>| {
            let path = path.clone();
            (0..labels).map(move |at| [&path[..], &[at]].concat())
        };
        paths.iter().flat_map(longer).collect()
    })
}

fn chain_and_words() -> impl Strategy<Value = (Chain, Vec<f32>)> {
    let score = || -4.0..4.0_f64;
    (1_usize..4, 1_usize..5).prop_flat_map(move |(labels, words)| {
        let row = || prop::collection::vec(score(), labels);
        let transitions = prop::collection::vec(score(), labels * labels);
        let emissions = prop::collection::vec(-4.0..4.0_f32, labels * words);
        (row(), row(), transitions, emissions).prop_map(|(start, end, transitions, emissions)| {
            let chain = Chain {
                start,
                end,
                transitions,
            };
            (chain, emissions)
        })
    })
}

proptest! {
    #[test]
    fn sums_are_those_over_every_labelling((chain, emissions) in chain_and_words()) {
        let labels = chain.labels();
        let words = emissions.len() / labels;
        let (mut sum, mut marginals) = (0.0, vec![0.0; words * labels]);
        let mut pairs = vec![0.0; labels * labels];
        for path in paths(words, labels) {
            let weight = chain.score(&emissions, &path).exp();
            sum += weight;
            for (word, &at) in path.iter().enumerate() {
                marginals[word * labels + at] += weight;
            }
            for pair in path.windows(2) {
                pairs[pair[0] * labels + pair[1]] += weight;
            }
        }
        let found = chain.posterior(&emissions);
        prop_assert!((found.log_partition - sum.ln()).abs() < 1e-9);
        for (found, expected) in found.marginals.iter().zip(&marginals) {
            prop_assert!((found - expected / sum).abs() < 1e-9);
        }
        for (found, expected) in found.pairs.iter().zip(&pairs) {
            prop_assert!((found - expected / sum).abs() < 1e-9);
        }
    }

    #[test]
    fn the_best_labelling_is_the_best_of_all((chain, emissions) in chain_and_words()) {
        let labels = chain.labels();
        let names = ["O", "B-X", "I-X"];
        for neighbours in [Neighbours::any(labels), Neighbours::of_names(&names[..labels])] {
            let found = chain.viterbi(&emissions, &neighbours);
            let is_allowed = |path: &Vec<usize>| {
                neighbours.may_start(path[0])
                    && path.windows(2).all(|pair| neighbours.may_follow(pair[0], pair[1]))
            };
            prop_assert!(is_allowed(&found));
            let scores = paths(emissions.len() / labels, labels).into_iter().filter(is_allowed);
            let best = scores.map(|path| chain.score(&emissions, &path));
            let best = best.fold(f64::NEG_INFINITY, f64::max);
            prop_assert!((chain.score(&emissions, &found) - best).abs() < 1e-9);
        }
    }

    /// The partition function's slopes are the marginals, by finite differences.
    #[test]
    fn marginals_are_slopes((chain, emissions) in chain_and_words(), place in any::<prop::sample::Index>()) {
        let at = place.index(emissions.len());
        let step = 1.0 / 512.0;
        let moved = |by: f32| {
            let mut emissions = emissions.clone();
            emissions[at] += by;
            (chain.posterior(&emissions).log_partition, f64::from(emissions[at]))
        };
        let ((high, to), (low, from)) = (moved(step), moved(-step));
        let slope = (high - low) / (to - from);
        prop_assert!((slope - chain.posterior(&emissions).marginals[at]).abs() < 1e-4);
    }
}

#[test]
fn long_sentences_and_large_scores_stay_finite() {
    let chain = Chain {
        start: vec![0.0, 500.0],
        end: vec![-800.0, 0.0],
        transitions: vec![300.0, -1000.0, 0.0, 1.0],
    };
    let emissions: Vec<f32> = (0..4000).map(|at| ((at * 37) % 900) as f32).collect();
    let found = chain.posterior(&emissions);
    assert!(found.log_partition.is_finite());
    assert!(
        found
            .marginals
            .iter()
            .all(|p| (0.0..=1.0 + 1e-6).contains(p))
    );
    assert_eq!(chain.viterbi(&emissions, &Neighbours::any(2)).len(), 2000);
}

#[test]
fn nothing_has_no_labels_and_a_partition_of_one() {
    let chain = Chain {
        start: vec![1.0],
        end: vec![1.0],
        transitions: vec![1.0],
    };
    assert_eq!(chain.posterior(&[]).log_partition, 0.0);
    assert_eq!(chain.score(&[], &[]), 0.0);
    assert!(chain.viterbi(&[], &Neighbours::any(1)).is_empty());
}

#[test]
fn what_may_not_be_is_not_decoded_however_high_its_score() {
    let names = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];
    let chain = Chain {
        start: vec![0.0; 5],
        end: vec![0.0; 5],
        transitions: vec![0.0; 25],
    };
    // By themselves: I-PER, O, I-LOC.
    let emissions = [
        [0.0, 1.0, 9.0, 0.0, 0.0],
        [9.0, 0.0, 0.0, 0.0, 0.0],
        [1.0, 0.0, 0.0, 2.0, 9.0],
    ]
    .concat();
    let free = chain.viterbi(&emissions, &Neighbours::any(5));
    assert_eq!(free, [2, 0, 4]);
    let found = chain.viterbi(&emissions, &Neighbours::of_names(&names));
    assert_eq!(found, [1, 0, 3]);
}

#[test]
fn where_no_labelling_is_allowed_there_is_one_all_the_same() {
    let chain = Chain {
        start: vec![0.0; 2],
        end: vec![0.0; 2],
        transitions: vec![0.0; 4],
    };
    // Nothing ends what B begins: a single word has no labels that are right.
    let neighbours = Neighbours::of_names(&["B-X", "I-X", "S-Y"]);
    assert!(!neighbours.may_end(0) && !neighbours.may_start(1));
    let neighbours = Neighbours::of_names(&["B-X", "E-X"]);
    assert_eq!(chain.viterbi(&[1.0, 0.0], &neighbours), [0]);
    assert_eq!(chain.viterbi(&[0.0, 1.0], &neighbours), [1]);
}
