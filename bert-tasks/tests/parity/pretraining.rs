//! Pretraining: scores of hidden tokens and of the next sentence, losses, and the gradient of every
//! parameter.

use bert_core::config::BertConfig;
use bert_core::weights::{LoadPolicy, load_folder};
use bert_data::corpus::PretrainingBatch;
use bert_tasks::TaskModel;
use bert_tasks::pretraining::{BertForMaskedLM, BertForPreTraining};
use bert_tasks::sequence::{BertForNextSentencePrediction, SequenceModel};
use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::tensor::{Int, Tensor, TensorData};
use burn::train::{InferenceStep, TrainStep};

use crate::common::{Reference, TestBackend, assert_close, fixtures};
use crate::on_every_backend;
use crate::parameters::assert_gradients;
use crate::sequence::{labelled, padded};

on_every_backend!(
    scores_and_losses_equal_transformers,
    each_head_alone_equals_transformers,
    gradients_equal_transformers,
);

fn load<B: TestBackend, M: TaskModel<Autodiff<B>>>() -> M {
    let folder = fixtures().join("tiny-pretraining");
    let config = BertConfig::from_folder(&folder).unwrap();
    let model = M::new(&config, 0, &B::test_device()).unwrap();
    let policy = LoadPolicy::trained_head(M::HEAD);
    load_folder(model, &folder, &policy).unwrap().0
}

fn batch(reference: &Reference) -> PretrainingBatch {
    PretrainingBatch {
        tokens: padded(&reference.batch("")),
        indices: (0..reference.batch("").shape[0]).collect(),
        masked_positions: reference.ints("masked_positions"),
        masked_labels: reference.ints("masked_labels"),
        next_sentence_labels: reference.ints("next_sentence_labels"),
        step: None,
    }
}

fn floats<B: TestBackend>(tensor: Tensor<B, 2>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().into_vec().unwrap()
}

fn scores_and_losses_equal_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-pretraining");
    let model = load::<B, BertForPreTraining<Autodiff<B>>>().valid();
    let close = |what: &str, found: &[f32]| {
        assert_close(what, found, &reference.floats(what), B::FORWARD);
    };
    let batch = batch(&reference);
    let places = batch.masked_positions.clone();
    let places = TensorData::new(places, [batch.masked_positions.len()]);
    let places = Tensor::<B, 1, Int>::from_data(places, &B::test_device());
    let (tokens, next) = model.forward(model.input(&batch.tokens).unwrap(), places);
    close("prediction_logits", &floats(tokens));
    close("seq_relationship_logits", &floats(next));

    let output = InferenceStep::step(&model, batch);
    close("loss", &[output.loss as f32]);
    close("masked_lm_loss", &[output.masked_lm.loss as f32]);
    close("next_sentence_loss", &[output.next_sentence.loss as f32]);
}

fn each_head_alone_equals_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-pretraining");
    let masked = load::<B, BertForMaskedLM<Autodiff<B>>>().valid();
    let output = InferenceStep::step(&masked, batch(&reference));
    let close = |what: &str, found: &[f32]| {
        assert_close(what, found, &reference.floats(what), B::FORWARD);
    };
    close("masked_lm_loss", &[output.loss as f32]);
    assert_eq!(output.next_sentence.total, 0);

    let next = load::<B, BertForNextSentencePrediction<Autodiff<B>>>().valid();
    let mut batch = reference.batch("");
    let logits = next.logits(next.input(&padded(&batch)).unwrap());
    close("seq_relationship_logits", &floats(logits));
    batch.labels = reference.ints("next_sentence_labels");
    let output = InferenceStep::step(&next, labelled(batch));
    close("next_sentence_loss", &[output.loss as f32]);
}

fn gradients_equal_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-pretraining");
    let model = load::<B, BertForPreTraining<Autodiff<B>>>();
    let output = TrainStep::step(&model, batch(&reference));
    assert_gradients(&model, output.grads, &reference);
}
