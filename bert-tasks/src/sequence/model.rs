//! The models: BERT with a classifier on its pooled output.

use bert_core::backend::{BertBackend, composed};
use bert_core::config::{BertConfig, ConfigError};
use bert_core::model::{BertInput, BertModel, Initializer, Linear, Site};
use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use crate::model::{ModelSettings, TaskModel};

/// A model that gives a sentence, or a pair of them, one label.
pub trait SequenceModel<B: BertBackend>: TaskModel<B> {
    /// Scores of every label, before the softmax.
    ///
    /// # Shapes
    /// - output `[batch, labels]`
    fn logits(&self, input: BertInput<B>) -> Tensor<B, 2>;
}

/// `BertForSequenceClassification` of `transformers`, field by field.
#[derive(Module, Debug)]
pub struct BertForSequenceClassification<B: Backend> {
    /// The trunk.
    pub bert: BertModel<B>,
    /// `[hidden, labels]`
    pub classifier: Linear<B>,
    #[module(skip)]
    settings: ModelSettings,
}

/// As many labels as `config.id2label` names; 2 where it names none. `config.problem_type` says what
/// their scores mean.
impl<B: Backend> TaskModel<B> for BertForSequenceClassification<B> {
    const ARCHITECTURE: &'static str = "BertForSequenceClassification";
    const HEAD: &'static str = "classifier.";

    fn new(config: &BertConfig, seed: u64, device: &B::Device) -> Result<Self, ConfigError> {
        let mut init = Initializer::new(config, seed)?;
        Ok(Self {
            bert: BertModel::init(&mut init, device),
            classifier: Linear::head(&mut init, [config.hidden_size, config.num_labels()], device),
            settings: ModelSettings::new(config),
        })
    }

    fn check_problem(config: &BertConfig) -> Result<(), ConfigError> {
        config.check_problem()
    }

    fn check_trained(config: &BertConfig) -> Result<(), ConfigError> {
        config.check_problem()?;
        config.check_classifies_texts()
    }

    fn settings(&self) -> &ModelSettings {
        &self.settings
    }

    fn with_settings(self, settings: ModelSettings) -> Self {
        Self { settings, ..self }
    }
}

impl<B: BertBackend> BertForSequenceClassification<B> {
    /// Scores of every label, before the softmax.
    ///
    /// # Shapes
    /// - output `[batch, labels]`
    pub fn forward(&self, input: BertInput<B>) -> Tensor<B, 2> {
        let dropout = input.dropout_at(Site::Head, self.config().classifier_dropout_prob());
        let pooled = self.bert.pooled(&input);
        self.classifier.forward(composed::dropout(pooled, dropout))
    }
}

impl<B: BertBackend> SequenceModel<B> for BertForSequenceClassification<B> {
    fn logits(&self, input: BertInput<B>) -> Tensor<B, 2> {
        self.forward(input)
    }
}

/// `BertForNextSentencePrediction` of `transformers`, field by field: whether the second text of a
/// pair follows the first (label 0) or not (label 1).
#[derive(Module, Debug)]
pub struct BertForNextSentencePrediction<B: Backend> {
    /// The trunk.
    pub bert: BertModel<B>,
    /// The head.
    pub cls: BertOnlyNSPHead<B>,
    #[module(skip)]
    settings: ModelSettings,
}

/// `BertOnlyNSPHead` of `transformers`.
#[derive(Module, Debug)]
pub struct BertOnlyNSPHead<B: Backend> {
    /// `[hidden, 2]`
    pub seq_relationship: Linear<B>,
}

impl<B: Backend> TaskModel<B> for BertForNextSentencePrediction<B> {
    const ARCHITECTURE: &'static str = "BertForNextSentencePrediction";
    const HEAD: &'static str = "cls.seq_relationship.";

    fn new(config: &BertConfig, seed: u64, device: &B::Device) -> Result<Self, ConfigError> {
        let mut init = Initializer::new(config, seed)?;
        Ok(Self {
            bert: BertModel::init(&mut init, device),
            cls: BertOnlyNSPHead {
                seq_relationship: Linear::head(&mut init, [config.hidden_size, 2], device),
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

impl<B: BertBackend> SequenceModel<B> for BertForNextSentencePrediction<B> {
    fn logits(&self, input: BertInput<B>) -> Tensor<B, 2> {
        self.cls.seq_relationship.forward(self.bert.pooled(&input))
    }
}
