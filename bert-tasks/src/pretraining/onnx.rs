//! The head of hidden tokens as an ONNX graph: `optimum`'s `fill-mask`, whose output is `logits`,
//! `[batch, seq, vocab]`.

use bert_core::config::BertConfig;
use bert_core::onnx::{Axis, GraphBuilder, OnnxModel};
use burn::tensor::backend::Backend;

use super::BertForMaskedLM;

impl<B: Backend> OnnxModel<B> for BertForMaskedLM<B> {
    fn build(&self, config: &BertConfig, graph: &mut GraphBuilder) {
        let embeddings = &self.bert.embeddings;
        let inputs = graph.inputs(embeddings.token_type_embeddings.is_some());
        let hidden = graph.within("bert", |graph| {
            graph.last_hidden_state(embeddings, &self.bert.encoder, config, &inputs)
        });
        let head = &self.cls.predictions;
        let logits = graph.within("cls/predictions", |graph| {
            let transformed = graph.within("transform", |graph| {
                let wide = graph.linear(&head.transform.dense, &hidden);
                let active = graph.activation(config.hidden_act, &wide);
                graph.layer_norm(&head.transform.layer_norm, &active)
            });
            let words = &embeddings.word_embeddings;
            graph.tied_linear(words, &head.bias, &transformed)
        });
        let vocabulary = Axis::Size(head.bias.dims()[0]);
        graph.output(
            "logits",
            &logits,
            &[Axis::BATCH, Axis::SEQUENCE, vocabulary],
        );
    }
}
