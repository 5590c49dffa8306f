//! The model without a pooler, for heads on every token.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use super::{BertEmbeddings, BertEncoder, BertInput, Initializer};
use crate::backend::BertBackend;

/// `BertModel` of `transformers` with `add_pooling_layer=False`.
#[derive(Module, Debug)]
pub struct BertTrunk<B: Backend> {
    /// Token ids to vectors.
    pub embeddings: BertEmbeddings<B>,
    /// The layers.
    pub encoder: BertEncoder<B>,
}

impl<B: Backend> BertTrunk<B> {
    /// Fresh parameters, as a part of a larger model that goes on with `init`.
    pub fn init(init: &mut Initializer<'_>, device: &B::Device) -> Self {
        Self {
            embeddings: BertEmbeddings::new(init, device),
            encoder: BertEncoder::new(init, device),
        }
    }
}

impl<B: BertBackend> BertTrunk<B> {
    /// The last hidden state of every token of a batch.
    ///
    /// # Shapes
    /// - output `[batch * seq, hidden]`
    pub fn forward(&self, input: &BertInput<B>) -> Tensor<B, 2> {
        let embedded = self.embeddings.forward(input);
        self.encoder.forward_last(embedded, input)
    }
}
