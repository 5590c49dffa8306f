//! The model: BERT with a classifier on its pooled output.

use bert_core::backend::{BertBackend, DropoutSeed, composed};
use bert_core::config::{BertConfig, ConfigError};
use bert_core::model::{BertInput, BertModel, Initializer, InputError, Linear, Precision, Site};
use bert_data::batch::PaddedBatch;
use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

/// `BertForSequenceClassification` of `transformers`, field by field.
#[derive(Module, Debug)]
pub struct BertForSequenceClassification<B: Backend> {
    /// The trunk.
    pub bert: BertModel<B>,
    /// `[hidden, labels]`
    pub classifier: Linear<B>,
    #[module(skip)]
    config: BertConfig,
    #[module(skip)]
    label_smoothing: f64,
    #[module(skip)]
    precision: Precision,
}

impl<B: Backend> BertForSequenceClassification<B> {
    /// Where the head's parameters are; they may be fresh in a loaded model.
    pub const HEAD: &'static str = "classifier.";

    /// Fresh parameters for as many labels as `config.id2label` names (2 where it names none): a
    /// pure function of `config` and `seed`.
    ///
    /// # Errors
    /// When the configuration does not make a model.
    pub fn new(config: &BertConfig, seed: u64, device: &B::Device) -> Result<Self, ConfigError> {
        let mut init = Initializer::new(config, seed)?;
        Ok(Self {
            bert: BertModel::init(&mut init, device),
            classifier: Linear::new(&mut init, [config.hidden_size, num_labels(config)], device),
            config: config.clone(),
            label_smoothing: 0.0,
            precision: Precision::F32,
        })
    }

    /// The model with a share of every label's probability spread over all labels in training.
    #[must_use]
    pub fn with_label_smoothing(mut self, share: f64) -> Self {
        self.label_smoothing = share;
        self
    }

    /// The model with its products computed in `precision`, in training and without.
    #[must_use]
    pub fn with_precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    pub(super) fn label_smoothing(&self) -> f64 {
        self.label_smoothing
    }

    /// The configuration that the model was made from.
    pub fn config(&self) -> &BertConfig {
        &self.config
    }
}

impl<B: BertBackend> BertForSequenceClassification<B> {
    /// Scores of every label, before the softmax.
    ///
    /// # Shapes
    /// - output `[batch, labels]`
    pub fn forward(&self, input: BertInput<B>) -> Tensor<B, 2> {
        let dropout = input.dropout_at(Site::Head, self.config.classifier_dropout_prob());
        let pooled = self.bert.pooled(&input);
        self.classifier.forward(composed::dropout(pooled, dropout))
    }

    /// A batch on the model's device, with dropout where it has a seed for it.
    ///
    /// # Errors
    /// When the batch does not fit the model; see [`BertInput::new`].
    pub fn input(&self, batch: &PaddedBatch) -> Result<BertInput<B>, InputError> {
        let input = BertInput::new(
            &self.config,
            [batch.batch_size, batch.seq_len],
            &batch.input_ids,
            &batch.token_type_ids,
            &batch.attention_mask,
            &self.classifier.weight.device(),
        )?
        .with_precision(self.precision);
        Ok(match batch.pass_seed {
            Some(seed) => input.with_dropout(DropoutSeed::new(seed)),
            None => input,
        })
    }
}

/// Labels of a configuration; two where it names none, as in `transformers`.
pub(super) fn num_labels(config: &BertConfig) -> usize {
    config.id2label.as_ref().map_or(2, |labels| labels.len())
}
