//! The model with both heads.

use bert_core::backend::BertBackend;
use bert_core::config::{BertConfig, ConfigError};
use bert_core::model::{BertInput, BertModel, Initializer, Linear};
use burn::module::Module;
use burn::tensor::{Int, Tensor, backend::Backend};

use super::BertLMPredictionHead;
use crate::model::{ModelSettings, TaskModel};

/// `BertForPreTraining` of `transformers`, field by field.
#[derive(Module, Debug)]
pub struct BertForPreTraining<B: Backend> {
    /// The trunk.
    pub bert: BertModel<B>,
    /// Both heads.
    pub cls: BertPreTrainingHeads<B>,
    #[module(skip)]
    settings: ModelSettings,
}

/// Both heads, `BertPreTrainingHeads` of `transformers`.
#[derive(Module, Debug)]
pub struct BertPreTrainingHeads<B: Backend> {
    /// Of the hidden tokens.
    pub predictions: BertLMPredictionHead<B>,
    /// `[hidden, 2]`: the second text follows the first, or it does not.
    pub seq_relationship: Linear<B>,
}

impl<B: Backend> TaskModel<B> for BertForPreTraining<B> {
    const ARCHITECTURE: &'static str = "BertForPreTraining";
    const HEAD: &'static str = "cls.";

    fn new(config: &BertConfig, seed: u64, device: &B::Device) -> Result<Self, ConfigError> {
        let mut init = Initializer::new(config, seed)?;
        Ok(Self {
            bert: BertModel::init(&mut init, device),
            cls: BertPreTrainingHeads {
                predictions: BertLMPredictionHead::init(&mut init, device)?,
                seq_relationship: Linear::new(&mut init, [config.hidden_size, 2], device),
            },
            settings: ModelSettings::new(config).with_num_labels(2),
        })
    }

    fn settings(&self) -> &ModelSettings {
        &self.settings
    }

    fn with_settings(self, settings: ModelSettings) -> Self {
        Self { settings, ..self }
    }
}

impl<B: BertBackend> BertForPreTraining<B> {
    /// The scores of the tokens at some places, and those of the next sentence, before the softmax.
    ///
    /// # Shapes
    /// - places in the rows laid end to end, `[predictions]`
    /// - outputs `[predictions, vocab]`, `[batch, 2]`
    pub fn forward(
        &self,
        input: BertInput<B>,
        places: Tensor<B, 1, Int>,
    ) -> (Tensor<B, 2>, Tensor<B, 2>) {
        let output = self.bert.forward(input);
        let [batch, seq, hidden] = output.last_hidden_state.dims();
        let rows = output.last_hidden_state.reshape([batch * seq, hidden]);
        let words = &self.bert.embeddings.word_embeddings;
        (
            self.cls.predictions.forward(rows.select(0, places), words),
            self.cls.seq_relationship.forward(output.pooled_output),
        )
    }
}
