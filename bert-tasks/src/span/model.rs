//! The model: BERT with a start and an end score for every token.

use bert_core::backend::BertBackend;
use bert_core::config::{BertConfig, ConfigError};
use bert_core::model::{BertInput, BertTrunk, Initializer, Linear};
use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use crate::model::{ModelSettings, TaskModel};

/// `BertForQuestionAnswering` of `transformers`, field by field.
#[derive(Module, Debug)]
pub struct BertForQuestionAnswering<B: Backend> {
    /// The trunk, without a pooler.
    pub bert: BertTrunk<B>,
    /// `[hidden, 2]`: start and end.
    pub qa_outputs: Linear<B>,
    #[module(skip)]
    settings: ModelSettings,
}

impl<B: Backend> TaskModel<B> for BertForQuestionAnswering<B> {
    const ARCHITECTURE: &'static str = "BertForQuestionAnswering";
    const HEAD: &'static str = "qa_outputs.";

    fn new(config: &BertConfig, seed: u64, device: &B::Device) -> Result<Self, ConfigError> {
        let mut init = Initializer::new(config, seed)?;
        Ok(Self {
            bert: BertTrunk::init(&mut init, device),
            qa_outputs: Linear::head(&mut init, [config.hidden_size, 2], device),
            settings: ModelSettings::new(config).with_num_labels(0),
        })
    }

    fn settings(&self) -> &ModelSettings {
        &self.settings
    }

    fn with_settings(self, settings: ModelSettings) -> Self {
        Self { settings, ..self }
    }
}

impl<B: BertBackend> BertForQuestionAnswering<B> {
    /// The scores of every token as the first and as the last of the answer, before the softmax.
    ///
    /// # Shapes
    /// - both `[batch, seq]`
    pub fn forward(&self, input: &BertInput<B>) -> [Tensor<B, 2>; 2] {
        let scores = self.qa_outputs.forward(self.bert.forward(input));
        start_and_end(scores, input.shape())
    }

    /// [`forward`](Self::forward) of a model that only answers: see [`BertTrunk::prepare`].
    pub fn prepare(self) -> impl Fn(&BertInput<B>) -> [Tensor<B, 2>; 2] + Send + Sync {
        let bert = self.bert.prepare(self.settings.precision);
        let qa_outputs = self.qa_outputs;
        move |input| start_and_end(qa_outputs.forward(bert.forward(input)), input.shape())
    }
}

/// The columns of `[batch * seq, 2]`, each as `[batch, seq]`.
fn start_and_end<B: Backend>(scores: Tensor<B, 2>, shape: [usize; 2]) -> [Tensor<B, 2>; 2] {
    [0, 1].map(|column| {
        let scores = scores.clone().slice_dim(1, column..column + 1);
        scores.reshape(shape)
    })
}
