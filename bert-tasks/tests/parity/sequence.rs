//! Sequence classification: logits, loss, the gradient of every parameter, and ten optimizer steps
//! with schedule and clipping.

use std::num::NonZeroUsize;

use bert_data::{Label, PaddedBatch};
use bert_tasks::sequence::BertForSequenceClassification;
use bert_tasks::training::gradients::clip_global_norm;
use bert_tasks::training::{
    GroupedAdamW, ParameterGroups, RunningSchedule, Schedule, TrainingArguments,
};
use burn::backend::Autodiff;
use burn::lr_scheduler::LrScheduler;
use burn::module::AutodiffModule;
use burn::optim::Optimizer;
use burn::train::{InferenceStep, TrainStep};

use crate::common::{Batch, Reference, TestBackend, assert_close, assert_close_relative};
use crate::on_every_backend;
use crate::parameters::{assert_gradients, load, parameters};

on_every_backend!(
    logits_and_loss_equal_transformers,
    gradients_equal_transformers,
    ten_steps_equal_transformers,
);

type Model<B> = BertForSequenceClassification<Autodiff<B>>;

fn model<B: TestBackend>() -> Model<B> {
    load("tiny-bert")
}

pub fn padded(batch: &Batch) -> PaddedBatch {
    let [batch_size, seq_len] = batch.shape;
    PaddedBatch {
        pass_seed: None,
        input_ids: batch.input_ids.clone(),
        token_type_ids: batch.token_type_ids.clone(),
        attention_mask: batch.attention_mask.clone(),
        batch_size,
        seq_len,
    }
}

pub fn labelled(batch: Batch) -> bert_data::Batch<Label> {
    let labels = batch
        .labels
        .iter()
        .map(|&class| Some(Label::Class(class as usize)));
    bert_data::Batch::of_rows(padded(&batch), 0..batch.shape[0], labels)
}

fn logits_and_loss_equal_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-bert");
    let output = InferenceStep::step(&model::<B>().valid(), labelled(reference.batch("")));
    assert_close(
        "logits",
        &output.logits,
        &reference.floats("logits"),
        B::FORWARD,
    );
    assert_close(
        "loss",
        &[output.loss as f32],
        &reference.floats("loss"),
        B::FORWARD,
    );
}

fn gradients_equal_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-bert");
    let model = model::<B>();
    let output = TrainStep::step(&model, labelled(reference.batch("")));
    assert_gradients(&model, output.grads, &reference);
}

fn ten_steps_equal_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-bert");
    let arguments = TrainingArguments::default()
        .with_learning_rate(1e-2)
        .with_weight_decay(0.01)
        .with_adam_epsilon(1e-6)
        .with_max_grad_norm(0.5)
        .with_max_steps(NonZeroUsize::new(10).unwrap())
        .with_warmup_steps(3);
    let mut schedule = RunningSchedule::new(Schedule::new(&arguments, 10), 0);
    let mut model = model::<B>();
    let groups = ParameterGroups::new(&model, &arguments);
    let mut optimizer = GroupedAdamW::new(&arguments, groups);
    let mut clipped = 0;
    for step in 0..10 {
        let of = |what: &str| reference.floats(&format!("step.{step}.{what}"));
        let output = TrainStep::step(&model, labelled(reference.batch(&format!("step.{step}."))));
        let (grads, norm) = clip_global_norm(&model, output.grads, arguments.max_grad_norm);
        let rate = schedule.step();
        // Small differences grow from step to step.
        let tolerance = 10.0 * B::FORWARD;
        assert_close(
            &format!("loss {step}"),
            &[output.item.loss as f32],
            &of("loss"),
            tolerance,
        );
        assert_close_relative(
            &format!("norm {step}"),
            &[norm as f32],
            &of("grad_norm"),
            tolerance,
        );
        assert_close(&format!("rate {step}"), &[rate as f32], &of("lr"), 1e-9);
        clipped += usize::from(norm > arguments.max_grad_norm);
        model = optimizer.step(rate, model, grads);
    }
    assert!(
        (1..10).contains(&clipped),
        "clipping is to be seen on and off"
    );

    for (name, found) in parameters(&model) {
        let expected = reference.floats(&format!("after.{name}"));
        // The gradient of a key's bias is zero in exact arithmetic, and AdamW makes steps of the
        // full learning rate out of its rounding noise.
        let tolerance = if name.ends_with("key.bias") {
            5e-2
        } else {
            10.0 * B::FORWARD
        };
        assert_close(&name, &found, &expected, tolerance);
    }
}
