use bert_core::config::BertConfig;
use bert_data::Padding;
use bert_data::tags::{TagNames, TaggedSentence};
use burn::backend::{Autodiff, Flex};
use burn::train::{InferenceStep, TrainStep};

use super::*;
use crate::folder::ModelFolder;
use crate::token::{TokenConfig, TokenSplit};
use crate::training::{BatchReport, Dataset};

type B = Autodiff<Flex>;
type Model = BertForTokenClassification<B>;

fn folder() -> ModelFolder {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../bert-core/tests/fixtures/tiny-bert"
    );
    ModelFolder::open(path.as_ref()).unwrap()
}

fn split(sentences: &[&str], label_all_pieces: bool) -> TokenSplit {
    let sentence = |text: &&str| {
        let words = text.split_whitespace().map(str::to_owned);
        let words: Vec<String> = words.collect();
        TaggedSentence {
            tags: Some(
                (0..words.len())
                    .map(|word| NAMES[word % 3].to_owned())
                    .collect(),
            ),
            ..TaggedSentence::of_words(words)
        }
    };
    let names = TagNames::new(NAMES.map(str::to_owned).to_vec()).unwrap();
    let config = TokenConfig {
        label_all_pieces,
        ..TokenConfig::new(16)
    };
    let sentences = sentences.iter().map(sentence).collect();
    TokenSplit::encode(&folder().tokenizer, sentences, &names, config).unwrap()
}

const NAMES: [&str; 3] = ["B-X", "I-X", "O"];

fn model(crf: bool) -> Model {
    let mut config: BertConfig = folder().config;
    config.set_labels(&NAMES);
    config.set_crf(crf);
    Model::new(&config, 1, &Default::default()).unwrap()
}

/// Of the word embeddings, and the loss, of batches as one step takes them.
fn gradient(model: &Model, split: &TokenSplit, batches: &[&[usize]]) -> (f64, Vec<f64>) {
    let id = model.bert.embeddings.word_embeddings.weight.id;
    let (mut weight, mut loss, mut mean) = (0.0, 0.0, Vec::new());
    for batch in batches {
        let batch = Dataset::batch(split, batch, Padding::Longest, 0);
        let output = TrainStep::step(model, batch);
        let of_crf = model.crf.as_ref().map(|crf| crf.transitions.id);
        assert!(of_crf.is_none_or(|id| output.grads.get::<Flex, 2>(id).is_some()));
        let grad: Tensor<Flex, 2> = output.grads.get(id).unwrap();
        let own = output.item.weight();
        weight += own;
        let share = own / weight;
        let grad = numbers(grad).into_iter().map(f64::from);
        mean.resize(grad.len(), 0.0);
        let folded = mean
            .iter()
            .zip(grad)
            .map(|(a, b)| a * (1.0 - share) + b * share);
        mean = folded.collect();
        loss = loss * (1.0 - share) + output.item.loss * share;
    }
    (loss, mean)
}

#[test]
fn every_token_of_a_step_counts_the_same_whatever_its_batch() {
    let sentences = ["a", "b c d e f g h", "the of and to in", "\u{301}", "p q"];
    let split = split(&sentences, false);
    for crf in [false, true] {
        let model = model(crf);
        let (loss, whole) = gradient(&model, &split, &[&[0, 1, 2, 3, 4]]);
        // One of the batches has nothing to learn.
        for parts in [&[&[3][..], &[0, 1], &[4, 2]][..], &[&[0], &[1, 2, 3, 4]]] {
            let (found, parts) = gradient(&model, &split, parts);
            assert!((found - loss).abs() < 1e-5, "{found} {loss}");
            for (a, b) in parts.iter().zip(&whole) {
                assert!((a - b).abs() < 1e-5, "{a} {b}");
            }
        }
    }
}

#[test]
fn a_batch_of_nothing_has_gradients_of_zero() {
    let split = split(&["\u{301}", ""], false);
    for crf in [false, true] {
        let (loss, grad) = gradient(&model(crf), &split, &[&[0, 1]]);
        assert_eq!(loss, 0.0);
        assert!(grad.iter().all(|&x| x == 0.0));
        let batch = Dataset::batch(&split, &[0, 1], Padding::Longest, 0);
        let output = InferenceStep::step(&model(crf), batch);
        assert_eq!(output.words, [vec![], vec![]]);
        assert_eq!(output.odd_score, None);
    }
}

#[test]
fn further_pieces_are_learned_where_they_are_asked_for() {
    // "walking" is two pieces.
    let tokens = |all| {
        let split = split(&["a walking b"], all);
        let batch = Dataset::batch(&split, &[0], Padding::Longest, 0);
        let trained = TrainStep::step(&model(false), batch.clone()).item;
        let scored = InferenceStep::step(&model(false), batch);
        assert_eq!(scored.words[0].len(), 3);
        assert!(trained.words.is_empty());
        trained.tokens
    };
    assert_eq!((tokens(false), tokens(true)), (3, 4));
}

#[test]
fn windows_of_a_sentence_have_each_word_once() {
    let words = vec!["a"; 40].join(" ");
    let split = split(&[&words, "b"], false);
    let batch = Dataset::batch(&split, &[1, 0], Padding::Longest, 0);
    assert!(batch.rows[1] > 2);
    for crf in [false, true] {
        let output = InferenceStep::step(&model(crf), batch.clone());
        let places: Vec<usize> = output.words[1].iter().map(|word| word.word).collect();
        assert_eq!(places, (0..40).collect::<Vec<_>>());
        assert_eq!((output.tokens, output.words[0].len()), (41, 1));
    }
}

#[test]
fn dropout_is_on_where_a_batch_has_a_seed() {
    let split = split(&["a b c d"], false);
    let mut model = model(false);
    let mut settings = model.settings().clone();
    settings.config.classifier_dropout = Some(0.5);
    settings.config.hidden_dropout_prob = 0.0;
    settings.config.attention_probs_dropout_prob = 0.0;
    model = model.with_settings(settings);
    let loss = |seed| {
        let mut batch = Dataset::batch(&split, &[0], Padding::Longest, 0);
        batch.tokens.pass_seed = seed;
        TrainStep::step(&model, batch).item.loss
    };
    assert_eq!(loss(Some(3)), loss(Some(3)));
    assert!(loss(Some(3)) != loss(None) && loss(Some(3)) != loss(Some(4)));
}
