//! A pass over a batch, in training and in evaluation.

use bert_core::backend::BertBackend;
use bert_data::Label;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::crf::Neighbours;
use super::{BertForTokenClassification, TokenBatch};
use crate::metrics::not_finite;
use crate::model::TaskModel;
use crate::scores::{highest, probabilities};
use crate::sequence::loss;
use crate::steps;
use crate::tensors::{ints, numbers};
use crate::training::{BatchReport, plain_numbers};

/// What a pass says of a batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TokenOutput {
    /// The sentences by their place in the split.
    pub indices: Vec<usize>,
    /// What the model says of the words of each sentence, those without pieces left out; looked at
    /// in evaluations only.
    pub words: Vec<Vec<LabelledWord>>,
    /// Tokens that are learned.
    pub tokens: usize,
    /// Mean loss over these; 0 where there are none.
    pub loss: f64,
    /// A score that is infinite or not a number; looked for in evaluations only.
    pub odd_score: Option<f64>,
}

/// What the model says of a word.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelledWord {
    /// Its place in the sentence.
    pub word: usize,
    /// The most probable class or, with a CRF, the one in the most probable labels of all words.
    pub class: usize,
    /// Its probability.
    pub probability: f64,
}

impl BatchReport for TokenOutput {
    fn loss(&self) -> f64 {
        self.loss
    }

    fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// The gradient of a step is the mean over all tokens of its batches; one without any counts
    /// nothing.
    fn weight(&self) -> f64 {
        (self.tokens as f64).max(f64::MIN_POSITIVE)
    }
}

/// The tokens of a batch that something is said of, by their place in the flat batch.
struct Tokens {
    places: Vec<i64>,
    /// Of each place; `None` is not learned.
    classes: Vec<Option<usize>>,
    /// The words that the first of them stand for, sentence by sentence.
    words: Vec<Vec<usize>>,
}

impl Tokens {
    /// The first pieces of all words, in the order of the words; in training the other tokens that
    /// are learned after them.
    fn of(batch: &TokenBatch, is_training: bool) -> Self {
        let width = batch.tokens.seq_len;
        let mut tokens = Self {
            places: Vec::new(),
            classes: Vec::new(),
            words: Vec::new(),
        };
        let (mut row, mut others) = (0, Vec::new());
        for labels in batch.known_labels() {
            let mut words = Vec::new();
            for (places, classes) in labels.places.iter().zip(&labels.classes) {
                let mut is_other = vec![true; classes.len()];
                for place in places {
                    words.push(place.word);
                    is_other[place.token] = false;
                    tokens.places.push((row * width + place.token) as i64);
                    tokens.classes.push(classes[place.token]);
                }
                let place = |token| (row * width + token) as i64;
                let learned = classes.iter().zip(is_other).enumerate();
                others.extend(learned.filter_map(|(token, (class, is_other))| {
                    class
                        .filter(|_| is_other)
                        .map(|class| (place(token), class))
                }));
                row += 1;
            }
            tokens.words.push(words);
        }
        for (place, class) in others.into_iter().filter(|_| is_training) {
            tokens.places.push(place);
            tokens.classes.push(Some(class));
        }
        tokens
    }
}

impl<B: BertBackend> BertForTokenClassification<B> {
    /// The batch has to fit the model and have a label on every sentence.
    fn pass(&self, batch: TokenBatch, is_training: bool) -> (Tensor<B, 1>, TokenOutput) {
        let input = self
            .input(&batch.tokens)
            .expect("the data set was checked against the model");
        let mut tokens = Tokens::of(&batch, is_training);
        // A batch may be sentences of nothing; a token whose loss then counts for nothing stands for
        // theirs.
        let learned = tokens.classes.iter().flatten().count();
        if tokens.places.is_empty() {
            tokens.places.push(0);
            tokens.classes.push(None);
        }
        let places = ints::<B>(tokens.places.clone(), &input.device());
        let logits = self.forward_at(&input, places);
        let loss = match (learned, &self.crf) {
            (0, Some(crf)) => logits.clone().sum() * 0.0 + crf.nothing(),
            (0, None) => logits.clone().sum() * 0.0,
            (_, Some(_)) => self.crf_loss(logits.clone(), &tokens),
            (_, None) => self.token_loss(logits.clone(), &tokens.classes, is_training),
        };
        let mut output = TokenOutput {
            indices: batch.indices,
            tokens: learned,
            loss: f64::from(numbers(loss.clone())[0]),
            ..TokenOutput::default()
        };
        if !is_training {
            let scores = numbers(logits);
            output.odd_score = not_finite(&scores);
            output.words = self.label(&scores, &tokens.words);
        }
        (loss, output)
    }

    /// The mean over the tokens that have a class.
    fn token_loss(
        &self,
        logits: Tensor<B, 2>,
        classes: &[Option<usize>],
        is_training: bool,
    ) -> Tensor<B, 1> {
        let labels: Vec<Label> = classes
            .iter()
            .flatten()
            .copied()
            .map(Label::Class)
            .collect();
        let logits = match labels.len() == classes.len() {
            true => logits,
            false => {
                let has_class = (0_i64..).zip(classes).filter(|(_, class)| class.is_some());
                let places = has_class.map(|(place, _)| place).collect();
                let device = logits.device();
                logits.select(0, ints(places, &device))
            }
        };
        let labels: Vec<&Label> = labels.iter().collect();
        loss(logits, &labels, self.settings(), is_training)
    }

    /// Of the first pieces of words: a CRF is on words.
    fn crf_loss(&self, logits: Tensor<B, 2>, tokens: &Tokens) -> Tensor<B, 1> {
        let crf = self.crf.as_ref().expect("it is asked for where it is");
        let words = tokens.words.iter().map(Vec::len).sum();
        let mut rest = &tokens.classes[..words];
        let mut paths = Vec::with_capacity(tokens.words.len());
        for words in &tokens.words {
            let (path, others) = rest.split_at(words.len());
            rest = others;
            paths.push(path.iter().flatten().copied().collect::<Vec<usize>>());
        }
        let paths: Vec<&[usize]> = paths.iter().map(Vec::as_slice).collect();
        crf.loss(logits.slice_dim(0, 0..words), &paths)
    }

    /// What `[words, labels]` scores say of the words of some sentences.
    fn label(&self, scores: &[f32], words: &[Vec<usize>]) -> Vec<Vec<LabelledWord>> {
        let labels = self.settings().num_labels;
        let crf = self.crf.as_ref().map(|crf| {
            let name = |label| self.config().label_name(label);
            let names: Vec<String> = (0..labels).map(name).collect();
            (crf.chain(), Neighbours::of_names(&names))
        });
        let mut rest = scores;
        let sentence = |words: &Vec<usize>| {
            let (own, others) = rest.split_at(words.len() * labels);
            rest = others;
            let of: Vec<(usize, f64)> = match &crf {
                Some((chain, neighbours)) => chain.label(own, neighbours),
                None => {
                    let rows = own.chunks_exact(labels);
                    rows.map(|row| highest(&probabilities(row))).collect()
                }
            };
            let words = words.iter().zip(of);
            words
                .map(|(&word, (class, probability))| LabelledWord {
                    word,
                    class,
                    probability,
                })
                .collect()
        };
        words.iter().map(sentence).collect()
    }
}

plain_numbers!(TokenOutput);
steps!(TokenBatch => TokenOutput: BertForTokenClassification);

#[cfg(test)]
mod tests;
