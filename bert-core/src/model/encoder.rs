//! The stack of layers.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use super::{BertAttention, BertIntermediate, BertOutputDense, Initializer, OutputOptions};

/// Attention, then feed-forward.
#[derive(Module, Debug)]
pub struct BertLayer<B: Backend> {
    /// Self-attention and its output layer.
    pub attention: BertAttention<B>,
    /// The wide half of the feed-forward block.
    pub intermediate: BertIntermediate<B>,
    /// The half back to `hidden_size`.
    pub output: BertOutputDense<B>,
}

impl<B: Backend> BertLayer<B> {
    fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        Self {
            attention: BertAttention::new(init, device),
            intermediate: BertIntermediate::new(init, device),
            output: BertOutputDense::new(init, device),
        }
    }

    /// # Shapes
    /// - hidden `[batch * seq, hidden]` to the same, `dims` = `[batch, seq]`
    /// - bias `[batch, 1, 1, seq]`, probabilities `[batch, heads, seq, seq]`
    pub fn forward(
        &self,
        hidden: Tensor<B, 2>,
        dims: [usize; 2],
        bias: Option<Tensor<B, 4>>,
    ) -> (Tensor<B, 2>, Tensor<B, 4>) {
        let (attended, probabilities) = self.attention.forward(hidden, dims, bias);
        let intermediate = self.intermediate.forward(attended.clone());
        (self.output.forward(intermediate, attended), probabilities)
    }
}

/// `num_hidden_layers` layers, one after another.
#[derive(Module, Debug)]
pub struct BertEncoder<B: Backend> {
    /// The layers in order.
    pub layer: Vec<BertLayer<B>>,
}

/// What leaves the encoder, every tensor with `batch * seq` rows.
pub(super) struct EncoderOutput<B: Backend> {
    pub last: Tensor<B, 2>,
    pub hidden_states: Vec<Tensor<B, 2>>,
    pub attentions: Vec<Tensor<B, 4>>,
}

impl<B: Backend> BertEncoder<B> {
    pub(super) fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        let layers = init.config().num_hidden_layers;
        Self {
            layer: (0..layers).map(|_| BertLayer::new(init, device)).collect(),
        }
    }

    pub(super) fn forward(
        &self,
        embedded: Tensor<B, 2>,
        dims: [usize; 2],
        bias: Option<Tensor<B, 4>>,
        options: OutputOptions,
    ) -> EncoderOutput<B> {
        let mut hidden_states = Vec::new();
        let mut attentions = Vec::new();
        let mut hidden = embedded;
        for layer in &self.layer {
            if options.hidden_states {
                hidden_states.push(hidden.clone());
            }
            let (next, probabilities) = layer.forward(hidden, dims, bias.clone());
            if options.attentions {
                attentions.push(probabilities);
            }
            hidden = next;
        }
        if options.hidden_states {
            hidden_states.push(hidden.clone());
        }
        EncoderOutput {
            last: hidden,
            hidden_states,
            attentions,
        }
    }
}
