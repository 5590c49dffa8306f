//! A model as an ONNX graph, for ONNX Runtime and whatever else reads that.
//!
//! - `proto`: the messages of the format.
//! - [`GraphBuilder`]: nodes, parameters and constants, put together with names.
//! - [`Inputs`]: what goes in.
//! - `layers`, `encoder`: what the parts of [`crate::model`] are in operators of opset 17, in the
//!   forms that ONNX Runtime's optimizer knows and fuses.
//! - [`write_onnx`]: `model.onnx`, with the weights in `model.onnx_data` beside it where one file
//!   cannot hold them.
//!
//! Names of inputs, outputs and dynamic axes are those of `optimum`. A model with a head is an
//! [`OnnxModel`] beside the head; the encoder alone is one here.

mod encoder;
mod graph;
mod inputs;
mod layers;
mod proto;
mod write;

use burn::module::Module;
use burn::tensor::backend::Backend;

use crate::config::BertConfig;
use crate::model::BertTrunk;

pub use graph::{Axis, GraphBuilder, Value};
pub use inputs::{Choices, Inputs};
pub use write::{DATA_FILE, MODEL_FILE, write_onnx};

/// A model whose computation can be written down as a graph.
pub trait OnnxModel<B: Backend>: Module<B> {
    /// Adds inputs, nodes and outputs of the whole model, which was made from `config`.
    fn build(&self, config: &BertConfig, graph: &mut GraphBuilder);
}

/// `optimum`'s `feature-extraction`: the output `last_hidden_state`, `[batch, seq, hidden]`.
impl<B: Backend> OnnxModel<B> for BertTrunk<B> {
    fn build(&self, config: &BertConfig, graph: &mut GraphBuilder) {
        let inputs = graph.inputs(self.embeddings.token_type_embeddings.is_some());
        let hidden = graph.last_hidden_state(&self.embeddings, &self.encoder, config, &inputs);
        let axes = [Axis::BATCH, Axis::SEQUENCE, Axis::Size(config.hidden_size)];
        graph.output("last_hidden_state", &hidden, &axes);
    }
}
