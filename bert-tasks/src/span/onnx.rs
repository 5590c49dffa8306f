//! The head as an ONNX graph: `optimum`'s `question-answering`, whose outputs are `start_logits` and
//! `end_logits`, `[batch, seq]`.

use bert_core::config::BertConfig;
use bert_core::onnx::{Axis, GraphBuilder, OnnxModel};
use burn::tensor::backend::Backend;

use super::BertForQuestionAnswering;

impl<B: Backend> OnnxModel<B> for BertForQuestionAnswering<B> {
    fn build(&self, config: &BertConfig, graph: &mut GraphBuilder) {
        let inputs = graph.inputs(self.bert.embeddings.token_type_embeddings.is_some());
        let hidden = graph.within("bert", |graph| {
            graph.last_hidden_state(&self.bert.embeddings, &self.bert.encoder, config, &inputs)
        });
        let [start, end] = graph.within("qa_outputs", |graph| {
            let scores = graph.linear(&self.qa_outputs, &hidden);
            graph.columns(&scores)
        });
        for (name, logits) in [("start_logits", start), ("end_logits", end)] {
            graph.output(name, &logits, &[Axis::BATCH, Axis::SEQUENCE]);
        }
    }
}
