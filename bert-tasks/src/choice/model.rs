//! The model: BERT with one score on its pooled output.

use bert_core::backend::{BertBackend, composed};
use bert_core::config::{BertConfig, ConfigError};
use bert_core::model::{BertInput, BertModel, Initializer, Linear, Site};
use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use crate::model::{ModelSettings, TaskModel};

/// `BertForMultipleChoice` of `transformers`, field by field.
#[derive(Module, Debug)]
pub struct BertForMultipleChoice<B: Backend> {
    /// The trunk.
    pub bert: BertModel<B>,
    /// `[hidden, 1]`
    pub classifier: Linear<B>,
    #[module(skip)]
    settings: ModelSettings,
}

impl<B: Backend> TaskModel<B> for BertForMultipleChoice<B> {
    const ARCHITECTURE: &'static str = "BertForMultipleChoice";
    const HEAD: &'static str = "classifier.";

    fn new(config: &BertConfig, seed: u64, device: &B::Device) -> Result<Self, ConfigError> {
        let mut init = Initializer::new(config, seed)?;
        Ok(Self {
            bert: BertModel::init(&mut init, device),
            classifier: Linear::head(&mut init, [config.hidden_size, 1], device),
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

impl<B: BertBackend> BertForMultipleChoice<B> {
    /// The score of every choice, before the softmax over those of its question.
    ///
    /// # Shapes
    /// - output `[choices]`
    pub fn forward(&self, input: BertInput<B>) -> Tensor<B, 1> {
        let dropout = input.dropout_at(Site::Head, self.config().classifier_dropout_prob());
        let pooled = self.bert.pooled(&input);
        let scores = self.classifier.forward(composed::dropout(pooled, dropout));
        scores.squeeze_dim(1)
    }

    /// [`forward`](Self::forward) of a model that only answers: see [`BertModel::prepare`].
    pub fn prepare(self) -> impl Fn(&BertInput<B>) -> Tensor<B, 1> + Send + Sync {
        let bert = self.bert.prepare(self.settings.precision);
        let classifier = self.classifier;
        move |input| classifier.forward(bert.pooled(input)).squeeze_dim(1)
    }
}
