//! The forward and backward passes of one optimizer step.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use bert_core::backend::{BertAutodiffBackend, out_of_memory};
use burn::optim::GradientsParams;
use burn::tensor::Device;
use burn::tensor::backend::Backend;
use burn::train::{Learner, LearningComponentsTypes, TrainOutput, TrainStep};

use super::gradients::accumulate;
use super::{BatchReport, PassInput, TrainingError, step_seed};

/// The gradient of the mean loss over all batches that were added.
pub(super) struct Accumulated {
    pub(super) grads: GradientsParams,
    /// Sum of the losses, each with its weight.
    pub(super) loss: f64,
    pub(super) weight: f64,
    pub(super) tokens: usize,
    /// All examples by their place in the split.
    pub(super) examples: Vec<usize>,
}

impl Accumulated {
    pub(super) fn new() -> Self {
        Self {
            grads: GradientsParams::new(),
            examples: Vec::new(),
            loss: 0.0,
            weight: 0.0,
            tokens: 0,
        }
    }

    pub(super) fn mean_loss(&self) -> f64 {
        self.loss / self.weight
    }
}

/// How a batch is taken to the model.
pub(super) struct Passes<'a, B: Backend> {
    pub(super) device: &'a Device<B>,
    /// Whether a batch that does not fit into memory is halved.
    pub(super) auto_batch_size: bool,
    /// How often it is halved already.
    pub(super) halvings: &'a mut u32,
}

impl<B: BertAutodiffBackend> Passes<'_, B> {
    /// Adds a batch to the gradient. `seed` decides what is dropped.
    pub(super) fn add<LC>(
        &mut self,
        sum: &mut Accumulated,
        learner: &Learner<LC>,
        batch: &<LC::TrainingModel as TrainStep>::Input,
        seed: u64,
    ) -> Result<(), TrainingError>
    where
        LC: LearningComponentsTypes<Backend = B>,
        <LC::TrainingModel as TrainStep>::Input: PassInput,
        <LC::TrainingModel as TrainStep>::Output: BatchReport,
    {
        let outputs = loop {
            let parts = batch.clone().split(1 << *self.halvings);
            match self.passes(learner, parts, seed)? {
                Some(outputs) => break outputs,
                None => *self.halvings += 1,
            }
        };
        sum.tokens += batch.tokens();
        for output in outputs {
            let report = output.item;
            sum.weight += report.weight();
            sum.loss += report.loss() * report.weight();
            let grads = std::mem::replace(&mut sum.grads, GradientsParams::new());
            let share = report.weight() / sum.weight;
            sum.grads = accumulate(&learner.model(), grads, output.grads, share);
            sum.examples.extend(report.indices());
        }
        Ok(())
    }

    /// A pass over each part; nothing where one did not fit into memory and may be halved.
    #[allow(clippy::type_complexity)]
    fn passes<LC>(
        &self,
        learner: &Learner<LC>,
        parts: Vec<<LC::TrainingModel as TrainStep>::Input>,
        seed: u64,
    ) -> Result<Option<Vec<TrainOutput<<LC::TrainingModel as TrainStep>::Output>>>, TrainingError>
    where
        LC: LearningComponentsTypes<Backend = B>,
        <LC::TrainingModel as TrainStep>::Input: PassInput,
        <LC::TrainingModel as TrainStep>::Output: BatchReport,
    {
        let number = parts.len();
        let mut outputs = Vec::with_capacity(number);
        for (part, mut batch) in parts.into_iter().enumerate() {
            let seed = match number {
                1 => seed,
                _ => step_seed(seed, number, part),
            };
            let examples = batch.examples();
            batch.seed_pass(seed);
            // For the backends whose dropout draws from a generator of their own.
            B::seed(self.device, seed);
            // The model is only read, and what a failed pass leaves behind is dropped.
            match catch_unwind(AssertUnwindSafe(|| learner.train_step(batch))) {
                Ok(output) => outputs.push(output),
                Err(panic) => {
                    let Some(message) = out_of_memory(panic.as_ref()) else {
                        resume_unwind(panic);
                    };
                    if self.auto_batch_size && examples > 1 {
                        return Ok(None);
                    }
                    return Err(TrainingError::OutOfMemory { examples, message });
                }
            }
        }
        Ok(Some(outputs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TaskModel;
    use crate::pretraining::BertForPreTraining;
    use crate::ranks::Alone;
    use crate::sequence::{BertForSequenceClassification, SequenceOutput};
    use crate::training::{
        GroupedAdamW, ParameterGroups, RunningSchedule, Schedule, TrainingArguments,
    };
    use bert_core::config::BertConfig;
    use bert_data::{Batch, Label, PaddedBatch, PretrainingBatch};
    use burn::backend::{Autodiff, Flex};
    use burn::module::Module;
    use burn::tensor::Tensor;
    use burn::train::{InferenceStep, LearningComponentsMarker};

    type B = Autodiff<Flex>;

    /// A model on a device with room for `room` examples.
    #[derive(Module, Debug)]
    struct Tight<B: Backend> {
        model: BertForSequenceClassification<B>,
        #[module(skip)]
        room: usize,
    }

    impl TrainStep for Tight<B> {
        type Input = Batch<Label>;
        type Output = SequenceOutput;

        fn step(&self, batch: Batch<Label>) -> TrainOutput<SequenceOutput> {
            assert!(
                batch.indices.len() <= self.room,
                "CUDA out of memory. Tried to allocate 20.00 MiB"
            );
            TrainStep::step(&self.model, batch)
        }
    }

    impl InferenceStep for Tight<Flex> {
        type Input = Batch<Label>;
        type Output = SequenceOutput;

        fn step(&self, batch: Batch<Label>) -> SequenceOutput {
            InferenceStep::step(&self.model, batch)
        }
    }

    type Components = LearningComponentsMarker<B, RunningSchedule, Tight<B>, GroupedAdamW<B>>;

    fn config() -> BertConfig {
        BertConfig {
            vocab_size: 20,
            hidden_size: 8,
            num_hidden_layers: 1,
            num_attention_heads: 2,
            intermediate_size: 16,
            max_position_embeddings: 8,
            hidden_dropout_prob: 0.0,
            attention_probs_dropout_prob: 0.0,
            ..BertConfig::default()
        }
    }

    fn optimizing() -> (TrainingArguments, RunningSchedule) {
        let arguments = TrainingArguments::default();
        let schedule = RunningSchedule::new(Schedule::new(&arguments, 10), 0);
        (arguments, schedule)
    }

    fn learner(room: usize) -> Learner<Components> {
        let model = BertForSequenceClassification::new(&config(), 1, &Default::default()).unwrap();
        let model = Tight { model, room };
        let (arguments, schedule) = optimizing();
        let groups = ParameterGroups::new(&model, &arguments);
        Learner::new(model, GroupedAdamW::new(&arguments, groups), schedule)
    }

    fn batch() -> Batch<Label> {
        let (batch_size, seq_len) = (10, 4);
        let cells = batch_size * seq_len;
        let tokens = PaddedBatch {
            input_ids: (0..cells as i64).map(|at| at * 7 % 20).collect(),
            token_type_ids: vec![0; cells],
            attention_mask: vec![1; cells],
            batch_size,
            seq_len,
            pass_seed: None,
        };
        let labels = (0..batch_size).map(|at| Some(Label::Class(at % 2)));
        Batch::of_rows(tokens, 0..batch_size, labels)
    }

    fn add(
        room: usize,
        auto_batch_size: bool,
    ) -> Result<(Accumulated, Learner<Components>, u32), TrainingError> {
        let learner = learner(room);
        let mut sum = Accumulated::new();
        let mut halvings = 0;
        let mut passes = Passes::<B> {
            device: &Default::default(),
            auto_batch_size,
            halvings: &mut halvings,
        };
        passes.add(&mut sum, &learner, &batch(), 7)?;
        Ok((sum, learner, halvings))
    }

    fn gradient(sum: &Accumulated, learner: &Learner<Components>) -> Vec<f32> {
        let id = learner.model().model.classifier.weight.id;
        let grad: Tensor<Flex, 2> = sum.grads.get(id).unwrap();
        grad.into_data().into_vec().unwrap()
    }

    #[test]
    fn a_batch_that_does_not_fit_is_halved_until_it_does() {
        let (whole, learner, halvings) = add(10, true).unwrap();
        assert_eq!((halvings, whole.tokens), (0, 40));
        let expected = gradient(&whole, &learner);
        let (parts, learner, halvings) = add(3, true).unwrap();
        // 10, then 5 and 5, then 3, 3, 2 and 2.
        assert_eq!((halvings, parts.tokens), (2, 40));
        assert_eq!(parts.examples, (0..10).collect::<Vec<_>>());
        assert!((parts.mean_loss() - whole.mean_loss()).abs() < 1e-6);
        for (a, b) in gradient(&parts, &learner).iter().zip(&expected) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    /// Ten sequences with from 1 to 4 hidden tokens.
    fn masked_batch() -> PretrainingBatch {
        let Batch {
            tokens, indices, ..
        } = batch();
        let hidden = |row: i64| (0..1 + row * row % 4).map(move |place| 4 * row + place);
        let masked_positions: Vec<i64> = (0..10).flat_map(hidden).collect();
        PretrainingBatch {
            masked_labels: masked_positions.iter().map(|at| at * 3 % 20).collect(),
            masked_positions,
            next_sentence_labels: (0..10).map(|row| row % 2).collect(),
            step: None,
            tokens,
            indices,
        }
    }

    #[test]
    fn halves_with_different_numbers_of_hidden_tokens_make_the_whole() {
        type Components =
            LearningComponentsMarker<B, RunningSchedule, BertForPreTraining<B>, GroupedAdamW<B>>;
        let gradient = |mut halvings: u32| {
            let model = BertForPreTraining::new(&config(), 1, &Default::default()).unwrap();
            let (arguments, schedule) = optimizing();
            let groups = ParameterGroups::new(&model, &arguments);
            let learner: Learner<Components> =
                Learner::new(model, GroupedAdamW::new(&arguments, groups), schedule);
            let mut sum = Accumulated::new();
            let mut passes = Passes::<B> {
                device: &Default::default(),
                auto_batch_size: true,
                halvings: &mut halvings,
            };
            let mut batches = [masked_batch()];
            PassInput::in_one_step(&mut batches, &Alone);
            let [batch] = batches;
            passes.add(&mut sum, &learner, &batch, 7).unwrap();
            let words = &learner.model().bert.embeddings.word_embeddings.weight;
            let grad: Tensor<Flex, 2> = sum.grads.get(words.id).unwrap();
            (sum.mean_loss(), grad.into_data().into_vec::<f32>().unwrap())
        };
        let (loss, whole) = gradient(0);
        for halvings in [1, 2] {
            let (found, parts) = gradient(halvings);
            assert!((found - loss).abs() < 1e-6, "{found} {loss}");
            for (a, b) in parts.iter().zip(&whole) {
                assert!((a - b).abs() < 1e-6, "{a} {b}");
            }
        }
    }

    #[test]
    fn what_cannot_be_halved_is_an_error() {
        for (room, auto, examples) in [(3, false, 10), (0, true, 1)] {
            let error = add(room, auto).err().expect("no room");
            assert!(
                matches!(error, TrainingError::OutOfMemory { examples: found, .. } if found == examples),
                "{error}"
            );
            assert!(error.to_string().contains("`auto_batch_size`"));
        }
    }
}
