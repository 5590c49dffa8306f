//! The head as an ONNX graph: `optimum`'s `token-classification`, whose output is `logits`,
//! `[batch, seq, labels]`. With a CRF these are the scores that it starts from; which labels follow
//! each other is decoded on the host and is no part of the graph.

use bert_core::config::BertConfig;
use bert_core::onnx::{Axis, GraphBuilder, OnnxModel};
use burn::tensor::backend::Backend;

use super::BertForTokenClassification;

impl<B: Backend> OnnxModel<B> for BertForTokenClassification<B> {
    fn build(&self, config: &BertConfig, graph: &mut GraphBuilder) {
        let inputs = graph.inputs(self.bert.embeddings.token_type_embeddings.is_some());
        let hidden = graph.within("bert", |graph| {
            graph.last_hidden_state(&self.bert.embeddings, &self.bert.encoder, config, &inputs)
        });
        let logits = graph.within("classifier", |graph| {
            graph.linear(&self.classifier, &hidden)
        });
        let labels = Axis::Size(self.classifier.bias.dims()[0]);
        graph.output("logits", &logits, &[Axis::BATCH, Axis::SEQUENCE, labels]);
    }
}
