//! Multiple choice: scores, loss, the gradient of every parameter, and choices of any number.

use bert_data::ChoiceBatch;
use bert_tasks::choice::BertForMultipleChoice;
use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::train::{InferenceStep, TrainStep};

use crate::common::{Reference, TestBackend, assert_close};
use crate::on_every_backend;
use crate::parameters::{assert_gradients, load};
use crate::sequence::padded;

on_every_backend!(
    scores_and_loss_equal_transformers,
    gradients_equal_transformers,
    choices_of_others_do_not_matter,
);

fn model<B: TestBackend>() -> BertForMultipleChoice<Autodiff<B>> {
    load("tiny-choice")
}

/// The four rows of the reference as questions with so many choices each.
fn batch(reference: &Reference, num_choices: &[usize], labels: &[usize]) -> ChoiceBatch {
    ChoiceBatch {
        tokens: padded(&reference.batch("")),
        indices: (0..num_choices.len()).collect(),
        rows: num_choices.to_vec(),
        pooling: Default::default(),
        labels: labels.iter().map(|&label| Some(label)).collect(),
    }
}

fn pairs(reference: &Reference) -> ChoiceBatch {
    batch(reference, &[2, 2], &[1, 0])
}

fn scores_and_loss_equal_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-choice");
    let output = InferenceStep::step(&model::<B>().valid(), pairs(&reference));
    let logits = reference.floats("logits");
    assert_close("logits", &output.scores.concat(), &logits, B::FORWARD);
    let loss = reference.floats("loss");
    assert_close("loss", &[output.loss as f32], &loss, B::FORWARD);
}

fn gradients_equal_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-choice");
    let model = model::<B>();
    let output = TrainStep::step(&model, pairs(&reference));
    assert_gradients(&model, output.grads, &reference);
}

/// A question of three choices beside one of a single choice, whose loss is 0.
fn choices_of_others_do_not_matter<B: TestBackend>() {
    let reference = Reference::open("tiny-choice");
    let uneven = batch(&reference, &[3, 1], &[2, 0]);
    let output = InferenceStep::step(&model::<B>().valid(), uneven);
    let logits = reference.floats("logits");
    assert_close("logits", &output.scores.concat(), &logits, B::FORWARD);
    let three: Vec<f64> = logits[..3].iter().map(|&x| f64::from(x).exp()).collect();
    let loss = -(three[2] / three.iter().sum::<f64>()).ln() / 2.0;
    let found = [output.loss as f32];
    assert_close("loss", &found, &[loss as f32], B::FORWARD);
}
