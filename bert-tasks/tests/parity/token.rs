//! Token classification: scores, loss, the gradient of every parameter, and sentences in several
//! rows.

use bert_data::TokenLabels;
use bert_data::tags::WordPlace;
use bert_tasks::TaskModel;
use bert_tasks::token::{BertForTokenClassification, TokenBatch};
use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::train::{InferenceStep, TrainStep};

use crate::common::{Reference, TestBackend, assert_close, values};
use crate::on_every_backend;
use crate::parameters::{assert_gradients, load};
use crate::sequence::padded;

on_every_backend!(
    scores_and_loss_equal_transformers,
    gradients_equal_transformers,
    words_have_the_scores_of_their_first_piece,
);

fn model<B: TestBackend>() -> BertForTokenClassification<Autodiff<B>> {
    load("tiny-token")
}

/// The rows of the reference as sentences of so many rows each; every token with a label is a word.
fn batch(reference: &Reference, rows: &[usize]) -> TokenBatch {
    let tokens = padded(&reference.batch(""));
    let labels = reference.ints("token_labels");
    let classes: Vec<Vec<Option<usize>>> = labels
        .chunks_exact(tokens.seq_len)
        .map(|row| {
            row.iter()
                .map(|&class| usize::try_from(class).ok())
                .collect()
        })
        .collect();
    let mut rest = classes.as_slice();
    let sentence = |&rows: &usize| {
        let (classes, others) = rest.split_at(rows);
        rest = others;
        let mut words = 0;
        let mut place = |(token, class): (usize, &Option<usize>)| {
            class.map(|_| {
                words += 1;
                WordPlace {
                    word: words - 1,
                    token,
                    pieces: 1,
                }
            })
        };
        let places = classes
            .iter()
            .map(|row| row.iter().enumerate().filter_map(&mut place).collect());
        let places = places.collect();
        Some(TokenLabels {
            places,
            classes: classes.to_vec(),
            tags: Some(classes.concat().into_iter().flatten().collect()),
            words,
        })
    };
    TokenBatch {
        tokens,
        indices: (0..rows.len()).collect(),
        labels: rows.iter().map(sentence).collect(),
        rows: rows.to_vec(),
        pooling: Default::default(),
    }
}

fn scores_and_loss_equal_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-token");
    let model = model::<B>().valid();
    let batch = batch(&reference, &[1; 4]);
    let scores = values(model.forward(&model.input(&batch.tokens).unwrap()));
    assert_close("logits", &scores, &reference.floats("logits"), B::FORWARD);
    let output = InferenceStep::step(&model, batch);
    assert_eq!(output.tokens, 21);
    let loss = reference.floats("loss");
    assert_close("loss", &[output.loss as f32], &loss, B::FORWARD);
}

fn gradients_equal_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-token");
    let model = model::<B>();
    for rows in [&[1; 4][..], &[3, 1]] {
        let output = TrainStep::step(&model, batch(&reference, rows));
        assert_gradients(&model, output.grads, &reference);
    }
}

fn words_have_the_scores_of_their_first_piece<B: TestBackend>() {
    let reference = Reference::open("tiny-token");
    let batch = batch(&reference, &[2, 2]);
    let (width, labels) = (batch.tokens.seq_len, 5);
    let logits = reference.floats("logits");
    let places: Vec<(usize, WordPlace)> = batch
        .known_labels()
        .enumerate()
        .flat_map(|(sentence, known)| {
            let rows = known.places.iter().enumerate();
            rows.flat_map(move |(row, places)| {
                places.iter().map(move |&place| (2 * sentence + row, place))
            })
        })
        .collect();
    let output = InferenceStep::step(&model::<B>().valid(), batch);
    let words: Vec<_> = output.words.concat();
    assert_eq!(words.len(), places.len());
    for (found, (row, place)) in words.iter().zip(places) {
        let scores = &logits[(row * width + place.token) * labels..][..labels];
        let exponentials: Vec<f64> = scores.iter().map(|&x| f64::from(x).exp()).collect();
        let best = (0..labels)
            .max_by(|&a, &b| scores[a].total_cmp(&scores[b]))
            .unwrap();
        assert_eq!((found.word, found.class), (place.word, best));
        let expected = exponentials[best] / exponentials.iter().sum::<f64>();
        let close = B::FORWARD;
        assert_close(
            "probability",
            &[found.probability as f32],
            &[expected as f32],
            close,
        );
    }
}
