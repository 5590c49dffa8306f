//! The parameters, and the loss of some sentences.

use bert_core::backend::BertBackend;
use bert_core::model::Initializer;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, backend::Backend};

use super::Chain;
use crate::tensors::numbers;

/// What labels say of their neighbours.
#[derive(Module, Debug)]
pub struct Crf<B: Backend> {
    /// `[labels]`: the score of each label as the first one.
    pub start_transitions: Param<Tensor<B, 1>>,
    /// `[labels]`: the score of each label as the last one.
    pub end_transitions: Param<Tensor<B, 1>>,
    /// `[labels, labels]`: the score of a label (column) after another (row).
    pub transitions: Param<Tensor<B, 2>>,
}

impl<B: Backend> Crf<B> {
    /// Fresh scores, all near 0.
    pub fn new(init: &mut Initializer<'_>, labels: usize, device: &B::Device) -> Self {
        Self {
            start_transitions: init.normal([labels], device),
            end_transitions: init.normal([labels], device),
            transitions: init.normal([labels, labels], device),
        }
    }

    /// The parameters as numbers.
    pub fn chain(&self) -> Chain {
        let of = |numbers: Vec<f32>| numbers.into_iter().map(f64::from).collect();
        Chain {
            start: of(numbers(self.start_transitions.val())),
            end: of(numbers(self.end_transitions.val())),
            transitions: of(numbers(self.transitions.val())),
        }
    }
}

impl<B: BertBackend> Crf<B> {
    /// The loss of no sentences, 0: every parameter has a gradient in every step.
    pub(in crate::token) fn nothing(&self) -> Tensor<B, 1> {
        let ends = self.start_transitions.val().sum() + self.end_transitions.val().sum();
        (self.transitions.val().sum() + ends) * 0.0
    }

    /// The negative log-likelihood of the right labels of some sentences, divided by the number of
    /// their words.
    ///
    /// The forward-backward algorithm runs on the host, in f64; its marginals are the gradient.
    ///
    /// # Shapes
    /// - `emissions`: `[words, labels]`, those of the first sentence first
    /// - `paths`: the labels of each sentence, as many as it has words
    /// - output `[1]`
    pub fn loss(&self, emissions: Tensor<B, 2>, paths: &[&[usize]]) -> Tensor<B, 1> {
        let [words, labels] = emissions.dims();
        let chain = self.chain();
        let scores = numbers(emissions.clone());
        let mut loss = 0.0;
        let (mut start, mut end) = (vec![0.0; labels], vec![0.0; labels]);
        let mut steps = vec![0.0; labels * labels];
        let mut words_grad = Vec::with_capacity(words * labels);
        let mut rest = scores.as_slice();
        for path in paths {
            let (emissions, others) = rest.split_at(path.len() * labels);
            rest = others;
            if path.is_empty() {
                continue;
            }
            let mut expected = chain.posterior(emissions);
            loss += expected.log_partition - chain.score(emissions, path);
            for (word, &label) in path.iter().enumerate() {
                expected.marginals[word * labels + label] -= 1.0;
            }
            for pair in path.windows(2) {
                expected.pairs[pair[0] * labels + pair[1]] -= 1.0;
            }
            let marginals = &expected.marginals;
            add(&mut start, &marginals[..labels]);
            add(&mut end, &marginals[(path.len() - 1) * labels..]);
            add(&mut steps, &expected.pairs);
            words_grad.extend_from_slice(marginals);
        }
        let share = 1.0 / words.max(1) as f64;
        let device = emissions.device();
        let grad = |values: Vec<f64>| -> Vec<f32> {
            values.iter().map(|value| (value * share) as f32).collect()
        };
        let row =
            |values| Tensor::<B, 1>::from_data(TensorData::new(grad(values), [labels]), &device);
        let table = |values, rows| {
            Tensor::<B, 2>::from_data(TensorData::new(grad(values), [rows, labels]), &device)
        };
        // Linear in everything that learns, with the right slopes; then moved to the right value.
        let slopes = (emissions * table(words_grad, words)).sum()
            + (self.transitions.val() * table(steps, labels)).sum()
            + (self.start_transitions.val() * row(start)).sum()
            + (self.end_transitions.val() * row(end)).sum();
        slopes.clone() - slopes.detach() + loss * share
    }
}

fn add(sum: &mut [f64], values: &[f64]) {
    sum.iter_mut()
        .zip(values)
        .for_each(|(sum, value)| *sum += value);
}

#[cfg(test)]
mod tests {
    use bert_core::config::BertConfig;
    use burn::backend::{Autodiff, Flex};

    use super::*;

    type B = Autodiff<Flex>;

    fn vector(values: &[f32]) -> Tensor<B, 1> {
        Tensor::from_floats(values, &Default::default())
    }

    /// Parameters and scores in one list, for a step along each.
    const NUMBERS: [f32; 30] = [
        0.3, -0.2, 0.5, -0.4, 0.1, 0.2, 0.7, -0.6, 0.4, -0.1, 0.9, -0.8, 0.2, 0.3, -0.5, 1.0, -1.0,
        0.5, 0.2, 0.1, -0.3, 0.8, 0.6, -0.7, 0.4, 0.0, -0.2, 0.9, -0.9, 0.3,
    ];
    /// Sentences of three words, of none and of two.
    const PATHS: [&[usize]; 3] = [&[0, 2, 1], &[], &[1, 1]];

    fn loss_of(values: &[f32]) -> (Tensor<B, 1>, [Tensor<B, 1>; 4]) {
        let mut config = BertConfig::default();
        config.set_labels(&["a", "b", "c"]);
        let mut init = Initializer::new(&config, 1).unwrap();
        let mut crf = Crf::<B>::new(&mut init, 3, &Default::default());
        let leaves = [&values[..3], &values[3..6], &values[6..15], &values[15..]];
        let leaves = leaves.map(|values| vector(values).require_grad());
        let [start, end, steps, emissions] = leaves.clone();
        crf.start_transitions = crf.start_transitions.map(|_| start);
        crf.end_transitions = crf.end_transitions.map(|_| end);
        crf.transitions = crf.transitions.map(|_| steps.reshape([3, 3]));
        (crf.loss(emissions.reshape([5, 3]), &PATHS), leaves)
    }

    fn value(values: &[f32]) -> f64 {
        f64::from(numbers(loss_of(values).0)[0])
    }

    #[test]
    fn its_gradient_is_its_slope() {
        let (loss, leaves) = loss_of(&NUMBERS);
        let grads = loss.backward();
        let found = leaves
            .map(|leaf| numbers(leaf.grad(&grads).unwrap()))
            .concat();
        assert_eq!(found.len(), NUMBERS.len());
        for at in 0..NUMBERS.len() {
            let moved = |by: f32| {
                let mut values = NUMBERS;
                values[at] += by;
                value(&values)
            };
            let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            let difference = (f64::from(found[at]) - slope).abs();
            assert!(difference < 1e-4, "{at}: {} {slope}", found[at]);
        }
    }

    #[test]
    fn it_is_the_mean_over_all_words() {
        let chain = |values: &[f32]| values.iter().copied().map(f64::from).collect();
        let chain = Chain {
            start: chain(&NUMBERS[..3]),
            end: chain(&NUMBERS[3..6]),
            transitions: chain(&NUMBERS[6..15]),
        };
        let of = |emissions: &[f32], path: &[usize]| {
            chain.posterior(emissions).log_partition - chain.score(emissions, path)
        };
        let expected = of(&NUMBERS[15..24], PATHS[0]) + of(&NUMBERS[24..], PATHS[2]);
        assert!((value(&NUMBERS) - expected / 5.0).abs() < 1e-6);
    }
}
