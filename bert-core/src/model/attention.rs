//! Multi-head self-attention and the dense layer behind it.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::{Tensor, activation::softmax, backend::Backend};

use super::{Initializer, LayerNorm, Linear};

/// Scaled dot-product attention in several heads, with dropout on the probabilities.
///
/// Written for BERT: Burn's own `MultiHeadAttention` puts its dropout before the softmax.
#[derive(Module, Debug)]
pub struct BertSelfAttention<B: Backend> {
    /// `[hidden, hidden]`
    pub query: Linear<B>,
    /// `[hidden, hidden]`
    pub key: Linear<B>,
    /// `[hidden, hidden]`
    pub value: Linear<B>,
    /// On the attention probabilities.
    pub dropout: Dropout,
    num_heads: usize,
}

impl<B: Backend> BertSelfAttention<B> {
    fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        let config = init.config();
        let square = [config.hidden_size; 2];
        Self {
            query: Linear::new(init, square, device),
            key: Linear::new(init, square, device),
            value: Linear::new(init, square, device),
            dropout: DropoutConfig::new(config.attention_probs_dropout_prob).init(),
            num_heads: config.num_attention_heads,
        }
    }

    /// The context of every token and the probabilities it was weighted with.
    ///
    /// # Shapes
    /// - hidden `[batch * seq, hidden]`, with `dims` = `[batch, seq]`
    /// - bias, added to the scores: `[batch, 1, 1, seq]`, absent where nothing is padding
    /// - context `[batch * seq, hidden]`, probabilities `[batch, heads, seq, seq]`
    pub fn forward(
        &self,
        hidden: Tensor<B, 2>,
        [batch, seq]: [usize; 2],
        bias: Option<Tensor<B, 4>>,
    ) -> (Tensor<B, 2>, Tensor<B, 4>) {
        let width = hidden.dims()[1];
        let head_size = width / self.num_heads;
        let heads = |x: Tensor<B, 2>| {
            x.reshape([batch, seq, self.num_heads, head_size])
                .swap_dims(1, 2)
        };
        // The query is scaled rather than the scores: seq / head_size times less to multiply.
        let scale = (head_size as f64).sqrt().recip();
        let query = heads(self.query.forward(hidden.clone()).mul_scalar(scale));
        let key = heads(self.key.forward(hidden.clone()));
        let value = heads(self.value.forward(hidden));

        let mut scores = query.matmul(key.swap_dims(2, 3));
        if let Some(bias) = bias {
            scores = scores + bias;
        }
        let probabilities = self.dropout.forward(softmax(scores, 3));
        let context = probabilities.clone().matmul(value).swap_dims(1, 2);
        (context.reshape([batch * seq, width]), probabilities)
    }
}

/// Dense, dropout, add the residual, LayerNorm.
#[derive(Module, Debug)]
pub struct BertSelfOutput<B: Backend> {
    /// `[hidden, hidden]`
    pub dense: Linear<B>,
    /// After the dense layer.
    pub dropout: Dropout,
    /// After the residual is added.
    pub layer_norm: LayerNorm<B>,
}

impl<B: Backend> BertSelfOutput<B> {
    fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        let config = init.config();
        Self {
            dense: Linear::new(init, [config.hidden_size; 2], device),
            dropout: DropoutConfig::new(config.hidden_dropout_prob).init(),
            layer_norm: LayerNorm::new(init, device),
        }
    }

    /// # Shapes
    /// - context, residual and output `[batch * seq, hidden]`
    fn forward(&self, context: Tensor<B, 2>, residual: Tensor<B, 2>) -> Tensor<B, 2> {
        let x = self.dropout.forward(self.dense.forward(context));
        self.layer_norm.forward(x + residual)
    }
}

/// The first half of an encoder layer.
#[derive(Module, Debug)]
pub struct BertAttention<B: Backend> {
    /// Every token looks at every token.
    pub self_attention: BertSelfAttention<B>,
    /// What is seen goes back into the hidden state.
    pub output: BertSelfOutput<B>,
}

impl<B: Backend> BertAttention<B> {
    pub(super) fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        Self {
            self_attention: BertSelfAttention::new(init, device),
            output: BertSelfOutput::new(init, device),
        }
    }

    /// # Shapes
    /// - as [`BertSelfAttention::forward`]; the first output is the new hidden state
    pub fn forward(
        &self,
        hidden: Tensor<B, 2>,
        dims: [usize; 2],
        bias: Option<Tensor<B, 4>>,
    ) -> (Tensor<B, 2>, Tensor<B, 4>) {
        let (context, probabilities) = self.self_attention.forward(hidden.clone(), dims, bias);
        (self.output.forward(context, hidden), probabilities)
    }
}
