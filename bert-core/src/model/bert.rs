//! The whole encoder model.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use super::{BertEmbeddings, BertEncoder, BertInput, BertPooler, Initializer};
use crate::backend::BertBackend;
use crate::config::{BertConfig, ConfigError};

/// BERT without a task head, `BertModel` in `transformers`.
#[derive(Module, Debug)]
pub struct BertModel<B: Backend> {
    /// Token ids to vectors.
    pub embeddings: BertEmbeddings<B>,
    /// The layers.
    pub encoder: BertEncoder<B>,
    /// One vector per sequence.
    pub pooler: BertPooler<B>,
}

/// What to return besides the last hidden state and the pooled output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutputOptions {
    /// The embeddings' output and every layer's.
    pub hidden_states: bool,
    /// Every layer's attention probabilities, before dropout.
    pub attentions: bool,
}

/// What the model returns.
#[derive(Clone, Debug)]
pub struct BertOutput<B: Backend> {
    /// `[batch, seq, hidden]`
    pub last_hidden_state: Tensor<B, 3>,
    /// `[batch, hidden]`
    pub pooled_output: Tensor<B, 2>,
    /// The embeddings' output, then each layer's, `[batch, seq, hidden]`; empty unless asked for.
    pub hidden_states: Vec<Tensor<B, 3>>,
    /// Per layer `[batch, heads, seq, seq]`; empty unless asked for.
    pub attentions: Vec<Tensor<B, 4>>,
}

impl<B: Backend> BertModel<B> {
    /// A model with fresh parameters, a pure function of `config` and `seed`.
    ///
    /// # Errors
    /// When the configuration does not make a model.
    pub fn new(config: &BertConfig, seed: u64, device: &B::Device) -> Result<Self, ConfigError> {
        Ok(Self::init(&mut Initializer::new(config, seed)?, device))
    }

    /// The same as a part of a larger model that goes on with `init`.
    pub fn init(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        Self {
            embeddings: BertEmbeddings::new(init, device),
            encoder: BertEncoder::new(init, device),
            pooler: BertPooler::new(init, device),
        }
    }
}

impl<B: BertBackend> BertModel<B> {
    /// Hidden states and pooled output of a batch.
    pub fn forward(&self, input: BertInput<B>) -> BertOutput<B> {
        self.forward_with(input, OutputOptions::default())
    }

    /// The pooled output alone, equal to [`forward`](Self::forward)'s: for heads on `[CLS]`.
    ///
    /// It depends on one token of the last hidden state, so three quarters of the last layer's work
    /// is done for that token only.
    ///
    /// # Shapes
    /// - output `[batch, hidden]`
    pub fn pooled(&self, input: &BertInput<B>) -> Tensor<B, 2> {
        let embedded = self.embeddings.forward(input);
        self.pooler
            .forward(self.encoder.forward_first(embedded, input))
    }

    /// As [`forward`](Self::forward), with more of what happens inside.
    pub fn forward_with(&self, input: BertInput<B>, options: OutputOptions) -> BertOutput<B> {
        let [batch, seq] = input.shape();
        let embedded = self.embeddings.forward(&input);
        let hidden_size = embedded.dims()[1];
        let encoded = self.encoder.forward(embedded, &input, options);

        let per_token = |rows: Tensor<B, 2>| rows.reshape([batch, seq, hidden_size]);
        let last_hidden_state = per_token(encoded.last);
        BertOutput {
            pooled_output: self
                .pooler
                .forward(last_hidden_state.clone().slice_dim(1, 0..1).squeeze_dim(1)),
            last_hidden_state,
            hidden_states: encoded.hidden_states.into_iter().map(per_token).collect(),
            attentions: encoded.attentions,
        }
    }
}
