//! The model of hidden tokens alone.

use bert_core::backend::BertBackend;
use bert_core::config::{BertConfig, ConfigError};
use bert_core::model::{BertInput, BertTrunk, Initializer};
use burn::module::Module;
use burn::tensor::{Int, Tensor, backend::Backend};

use super::BertLMPredictionHead;
use crate::model::{ModelSettings, TaskModel};

/// `BertForMaskedLM` of `transformers`, field by field.
#[derive(Module, Debug)]
pub struct BertForMaskedLM<B: Backend> {
    /// The trunk, without a pooler.
    pub bert: BertTrunk<B>,
    /// The head.
    pub cls: BertOnlyMLMHead<B>,
    #[module(skip)]
    settings: ModelSettings,
}

/// `BertOnlyMLMHead` of `transformers`.
#[derive(Module, Debug)]
pub struct BertOnlyMLMHead<B: Backend> {
    /// Of the hidden tokens.
    pub predictions: BertLMPredictionHead<B>,
}

impl<B: Backend> TaskModel<B> for BertForMaskedLM<B> {
    const ARCHITECTURE: &'static str = "BertForMaskedLM";
    const HEAD: &'static str = "cls.predictions.";

    fn new(config: &BertConfig, seed: u64, device: &B::Device) -> Result<Self, ConfigError> {
        let mut init = Initializer::new(config, seed)?;
        Ok(Self {
            bert: BertTrunk::init(&mut init, device),
            cls: BertOnlyMLMHead {
                predictions: BertLMPredictionHead::init(&mut init, device)?,
            },
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

impl<B: BertBackend> BertForMaskedLM<B> {
    /// The scores of the tokens at some places, before the softmax.
    ///
    /// # Shapes
    /// - places in the rows laid end to end, `[predictions]`
    /// - output `[predictions, vocab]`
    pub fn forward(&self, input: &BertInput<B>, places: Tensor<B, 1, Int>) -> Tensor<B, 2> {
        let rows = self.bert.forward(input).select(0, places);
        let words = &self.bert.embeddings.word_embeddings;
        self.cls.predictions.forward(rows, words)
    }

    /// [`forward`](Self::forward) of a model that only answers: see [`BertTrunk::prepare`].
    pub fn prepare(
        self,
    ) -> impl Fn(&BertInput<B>, Tensor<B, 1, Int>) -> Tensor<B, 2> + Send + Sync {
        let bert = self.bert.prepare(self.settings.precision);
        let predictions = self.cls.predictions;
        move |input, places| {
            let rows = bert.forward(input).select(0, places);
            predictions.forward(rows, &bert.embeddings().word_embeddings)
        }
    }
}
