//! Question answering: start and end scores, loss, and the gradient of every parameter.

use bert_core::config::BertConfig;
use bert_core::weights::{LoadPolicy, load_folder};
use bert_data::SpanBatch;
use bert_tasks::TaskModel;
use bert_tasks::span::BertForQuestionAnswering;
use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::train::{InferenceStep, TrainStep};

use crate::common::{Reference, TestBackend, assert_close, assert_close_relative, fixtures};
use crate::on_every_backend;
use crate::parameters::gradients;
use crate::sequence::padded;

on_every_backend!(
    scores_and_loss_equal_transformers,
    gradients_equal_transformers,
);

fn model<B: TestBackend>() -> BertForQuestionAnswering<Autodiff<B>> {
    let folder = fixtures().join("tiny-span");
    let config = BertConfig::from_folder(&folder).unwrap();
    let model = BertForQuestionAnswering::new(&config, 0, &B::test_device()).unwrap();
    load_folder(model, &folder, &LoadPolicy::strict())
        .unwrap()
        .0
}

fn batch(reference: &Reference) -> SpanBatch {
    SpanBatch {
        tokens: padded(reference.batch("")),
        starts: reference.ints("start_positions"),
        ends: reference.ints("end_positions"),
    }
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
    let found = gradients(&model, output.grads);
    let names = reference.names("grad.");
    assert_eq!(found.len(), names.len());
    for name in names {
        let expected = reference.floats(&format!("grad.{name}"));
        assert_close_relative(&name, &found[&name], &expected, B::GRADIENT);
    }
}
