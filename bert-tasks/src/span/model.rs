//! The model: BERT with a start and an end score for every token.

use bert_core::backend::{BertBackend, DropoutSeed};
use bert_core::config::{BertConfig, ConfigError};
use bert_core::model::{BertInput, BertTrunk, Initializer, InputError, Linear, Precision};
use bert_data::batch::PaddedBatch;
use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

/// `BertForQuestionAnswering` of `transformers`, field by field.
#[derive(Module, Debug)]
pub struct BertForQuestionAnswering<B: Backend> {
    /// The trunk, without a pooler.
    pub bert: BertTrunk<B>,
    /// `[hidden, 2]`: start and end.
    pub qa_outputs: Linear<B>,
    #[module(skip)]
    config: BertConfig,
    #[module(skip)]
    precision: Precision,
}

impl<B: Backend> BertForQuestionAnswering<B> {
    /// Where the head's parameters are; they may be fresh in a loaded model.
    pub const HEAD: &'static str = "qa_outputs.";

    /// Fresh parameters: a pure function of `config` and `seed`.
    ///
    /// # Errors
    /// When the configuration does not make a model.
    pub fn new(config: &BertConfig, seed: u64, device: &B::Device) -> Result<Self, ConfigError> {
        let mut init = Initializer::new(config, seed)?;
        Ok(Self {
            bert: BertTrunk::init(&mut init, device),
            qa_outputs: Linear::new(&mut init, [config.hidden_size, 2], device),
            config: config.clone(),
            precision: Precision::F32,
        })
    }

    /// The model with its products computed in `precision`, in training and without.
    #[must_use]
    pub fn with_precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// The configuration that the model was made from.
    pub fn config(&self) -> &BertConfig {
        &self.config
    }
}

impl<B: BertBackend> BertForQuestionAnswering<B> {
    /// The scores of every token as the first and as the last of the answer, before the softmax.
    ///
    /// # Shapes
    /// - both `[batch, seq]`
    pub fn forward(&self, input: &BertInput<B>) -> [Tensor<B, 2>; 2] {
        let [batch, seq] = input.input_ids.dims();
        let scores = self.qa_outputs.forward(self.bert.forward(input));
        [0, 1].map(|column| {
            let scores = scores.clone().slice_dim(1, column..column + 1);
            scores.reshape([batch, seq])
        })
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
            &self.qa_outputs.weight.device(),
        )?
        .with_precision(self.precision);
        Ok(match batch.pass_seed {
            Some(seed) => input.with_dropout(DropoutSeed::new(seed)),
            None => input,
        })
    }
}
