//! The models: BERT with a classifier on its pooled output.

use bert_core::backend::{BertBackend, composed};
use bert_core::config::{BertConfig, ConfigError};
use bert_core::model::{BertInput, BertModel, Initializer, Linear, Site};
use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use crate::model::{ModelSettings, TaskModel};

/// A model that gives a sentence, or a pair of them, one label.
pub trait SequenceModel<B: BertBackend>: TaskModel<B> + Sync + 'static {
    /// Scores of every label, before the softmax.
    ///
    /// # Shapes
    /// - output `[batch, labels]`
    fn logits(&self, input: BertInput<B>) -> Tensor<B, 2>;

    /// The same scores from a model that only answers, so that what does not change can be done
    /// once: see [`BertModel::prepare`]. Within rounding; as [`logits`](Self::logits) where a model
    /// has nothing to prepare.
    fn prepare(self) -> PreparedLogits<B> {
        Box::new(move |input| self.logits(input.clone()))
    }
}

/// What is left of a [`SequenceModel`] that only answers: from a batch to the scores of every label,
/// `[batch, labels]`.
pub type PreparedLogits<B> = Box<dyn Fn(&BertInput<B>) -> Tensor<B, 2> + Send + Sync>;

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

    fn prepare(self) -> PreparedLogits<B> {
        let bert = self.bert.prepare(self.settings.precision);
        let classifier = self.classifier;
        Box::new(move |input| classifier.forward(bert.pooled(input)))
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

    fn prepare(self) -> PreparedLogits<B> {
        let bert = self.bert.prepare(self.settings.precision);
        let head = self.cls.seq_relationship;
        Box::new(move |input| head.forward(bert.pooled(input)))
    }
}
