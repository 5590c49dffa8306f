//! The head that says which token is hidden.

use bert_core::backend::BertBackend;
use bert_core::config::{BertConfig, ConfigError, HiddenAct};
use bert_core::model::{Embedding, Initializer, LayerNorm, Linear};
use burn::module::{Module, Param};
use burn::tensor::{Tensor, backend::Backend};

/// `LayerNorm(activation(dense(hidden)))`, `BertPredictionHeadTransform` of `transformers`.
#[derive(Module, Debug)]
pub struct BertPredictionHeadTransform<B: Backend> {
    /// `[hidden, hidden]`
    pub dense: Linear<B>,
    /// Over the hidden size.
    pub layer_norm: LayerNorm<B>,
    #[module(skip)]
    hidden_act: HiddenAct,
}

/// Scores of every token of the vocabulary, `BertLMPredictionHead` of `transformers`.
///
/// Its last matrix is the table of word embeddings, so only the bias is its own.
#[derive(Module, Debug)]
pub struct BertLMPredictionHead<B: Backend> {
    /// Before the last matrix.
    pub transform: BertPredictionHeadTransform<B>,
    /// `[vocab]`
    pub bias: Param<Tensor<B, 1>>,
}

impl<B: Backend> BertLMPredictionHead<B> {
    /// Fresh parameters, as a part of a larger model that goes on with `init`.
    ///
    /// # Errors
    /// When the configuration wants a last matrix that is not the word embeddings.
    pub fn init(init: &mut Initializer<'_>, device: &B::Device) -> Result<Self, ConfigError> {
        let config: &BertConfig = init.config();
        config.check_tied_embeddings()?;
        Ok(Self {
            transform: BertPredictionHeadTransform {
                dense: Linear::new(init, [config.hidden_size; 2], device),
                layer_norm: LayerNorm::new(init, device),
                hidden_act: config.hidden_act,
            },
            bias: init.constant(0.0, config.vocab_size, device),
        })
    }
}

impl<B: BertBackend> BertLMPredictionHead<B> {
    /// Scores before the softmax.
    ///
    /// # Shapes
    /// - hidden, the last hidden states of some tokens, `[rows, hidden]`
    /// - output `[rows, vocab]`
    pub fn forward(&self, hidden: Tensor<B, 2>, words: &Embedding<B>) -> Tensor<B, 2> {
        let BertPredictionHeadTransform {
            dense,
            layer_norm,
            hidden_act,
        } = &self.transform;
        let product = B::dense(hidden, dense.weight.val(), None);
        let wide = B::bias_activation(product, dense.bias.val(), *hidden_act);
        let words = words.weight.val().transpose();
        B::dense(layer_norm.forward(wide), words, Some(self.bias.val()))
    }
}
