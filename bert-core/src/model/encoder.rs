//! The stack of layers.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use super::{
    BertAttention, BertInput, BertIntermediate, DenseAddNorm, Initializer, OutputOptions, Site,
};
use crate::backend::BertBackend;

/// Attention, then feed-forward.
#[derive(Module, Debug)]
pub struct BertLayer<B: Backend> {
    /// Self-attention and its output layer.
    pub attention: BertAttention<B>,
    /// The wide half of the feed-forward block.
    pub intermediate: BertIntermediate<B>,
    /// The half back to `hidden_size`.
    pub output: DenseAddNorm<B>,
}

impl<B: Backend> BertLayer<B> {
    fn new(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        let intermediate_size = init.config().intermediate_size;
        Self {
            attention: BertAttention::new(init, device),
            intermediate: BertIntermediate::new(init, device),
            output: DenseAddNorm::new(init, intermediate_size, device),
        }
    }
}

impl<B: BertBackend> BertLayer<B> {
    /// The next hidden state, and the attention probabilities if they are `wanted`.
    ///
    /// # Shapes
    /// - hidden and output `[rows, hidden]`, probabilities `[batch, heads, seq, seq]`
    pub fn forward(
        &self,
        hidden: Tensor<B, 2>,
        input: &BertInput<B>,
        layer: usize,
        wanted: bool,
    ) -> (Tensor<B, 2>, Option<Tensor<B, 4>>) {
        let attention = &self.attention.self_attention;
        let spec = attention.spec(input, layer);
        let probabilities =
            wanted.then(|| attention.probabilities(hidden.clone(), &spec, input.precision()));
        let context = attention.forward(hidden.clone(), &spec, input.precision());
        (
            self.after_attention(context, hidden, input, layer),
            probabilities,
        )
    }

    /// The next hidden state of the first token of each sequence. They all look at every token,
    /// but what comes after attention is done for them alone.
    ///
    /// # Shapes
    /// - hidden `[batch * seq, hidden]`, output `[batch, hidden]`
    pub fn forward_first(
        &self,
        hidden: Tensor<B, 2>,
        input: &BertInput<B>,
        layer: usize,
    ) -> Tensor<B, 2> {
        let attention = &self.attention.self_attention;
        let spec = attention.spec(input, layer);
        let context = attention.forward(hidden.clone(), &spec, input.precision());
        let [batch, seq] = input.shape();
        let first = |rows: Tensor<B, 2>| {
            let width = rows.dims()[1];
            let tokens = rows.reshape([batch, seq, width]);
            tokens.slice_dim(1, 0..1).reshape([batch, width])
        };
        self.after_attention(first(context), first(hidden), input, layer)
    }

    fn after_attention(
        &self,
        context: Tensor<B, 2>,
        hidden: Tensor<B, 2>,
        input: &BertInput<B>,
        layer: usize,
    ) -> Tensor<B, 2> {
        let drop_after =
            |dense: &DenseAddNorm<B>, site| input.dropout_at(site, dense.hidden_dropout_prob);
        let back = &self.attention.output;
        let dropout = drop_after(back, Site::AttentionOutput { layer });
        let precision = input.precision();
        let attended = back.forward(context, hidden, dropout, precision);

        let wide = self.intermediate.forward(attended.clone(), precision);
        let dropout = drop_after(&self.output, Site::LayerOutput { layer });
        self.output.forward(wide, attended, dropout, precision)
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
}

impl<B: BertBackend> BertEncoder<B> {
    /// The last hidden state of every token.
    ///
    /// # Shapes
    /// - embedded `[batch * seq, hidden]`, output the same
    pub fn forward_last(&self, embedded: Tensor<B, 2>, input: &BertInput<B>) -> Tensor<B, 2> {
        self.forward(embedded, input, OutputOptions::default()).last
    }

    /// The last hidden state of the first token of each sequence, for which three quarters of the
    /// last layer's work need not be done for the others.
    ///
    /// # Shapes
    /// - embedded `[batch * seq, hidden]`, output `[batch, hidden]`
    pub fn forward_first(&self, embedded: Tensor<B, 2>, input: &BertInput<B>) -> Tensor<B, 2> {
        let (last, before) = self.layer.split_last().expect("a checked configuration");
        let mut hidden = embedded;
        for (number, layer) in before.iter().enumerate() {
            hidden = layer.forward(hidden, input, number, false).0;
        }
        last.forward_first(hidden, input, before.len())
    }

    pub(super) fn forward(
        &self,
        embedded: Tensor<B, 2>,
        input: &BertInput<B>,
        options: OutputOptions,
    ) -> EncoderOutput<B> {
        let mut hidden_states = Vec::new();
        let mut attentions = Vec::new();
        let mut hidden = embedded;
        for (number, layer) in self.layer.iter().enumerate() {
            if options.hidden_states {
                hidden_states.push(hidden.clone());
            }
            let (next, probabilities) = layer.forward(hidden, input, number, options.attentions);
            attentions.extend(probabilities);
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
