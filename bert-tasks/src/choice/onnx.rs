//! The head as an ONNX graph: `optimum`'s `multiple-choice`, whose inputs are
//! `[batch, choices, seq]` and whose output is `logits`, `[batch, choices]`.

use bert_core::config::BertConfig;
use bert_core::onnx::{Axis, GraphBuilder, OnnxModel};
use burn::tensor::backend::Backend;

use super::BertForMultipleChoice;

impl<B: Backend> OnnxModel<B> for BertForMultipleChoice<B> {
    fn build(&self, config: &BertConfig, graph: &mut GraphBuilder) {
        let has_segments = self.bert.embeddings.token_type_embeddings.is_some();
        let (inputs, choices) = graph.inputs_of_choices(has_segments);
        let pooled = graph.within("bert", |graph| graph.pooled(&self.bert, config, &inputs));
        let logits = graph.within("classifier", |graph| {
            let scores = graph.linear(&self.classifier, &pooled);
            graph.per_question(&scores, &choices)
        });
        graph.output("logits", &logits, &[Axis::BATCH, Axis::CHOICES]);
    }
}
