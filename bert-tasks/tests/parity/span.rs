//! Question answering: start and end scores, loss, and the gradient of every parameter.

use bert_data::{Span, SpanBatch};
use bert_tasks::span::BertForQuestionAnswering;
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
);

fn model<B: TestBackend>() -> BertForQuestionAnswering<Autodiff<B>> {
    load("tiny-span")
}

fn batch(reference: &Reference) -> SpanBatch {
    let places = |name| reference.ints(name).into_iter().map(|at| at as usize);
    let spans = places("start_positions").zip(places("end_positions"));
    let spans: Vec<_> = spans
        .map(|(start, end)| Some(Span { start, end }))
        .collect();
    SpanBatch::of_rows(padded(&reference.batch("")), 0..spans.len(), spans)
}

fn scores_and_loss_equal_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-span");
    let output = InferenceStep::step(&model::<B>().valid(), batch(&reference));
    let close = |what: &str, found: &[f32]| {
        assert_close(what, found, &reference.floats(what), B::FORWARD);
    };
    close("start_logits", &output.scores.start_logits);
    close("end_logits", &output.scores.end_logits);
    close("loss", &[output.loss as f32]);
}

fn gradients_equal_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-span");
    let model = model::<B>();
    let output = TrainStep::step(&model, batch(&reference));
    assert_gradients(&model, output.grads, &reference);
}
