//! The heads as ONNX graphs: `optimum`'s `text-classification`, whose output is `logits`,
//! `[batch, labels]`.

use bert_core::config::BertConfig;
use bert_core::model::{BertModel, Linear};
use bert_core::onnx::{Axis, GraphBuilder, OnnxModel};
use burn::tensor::backend::Backend;

use super::{BertForNextSentencePrediction, BertForSequenceClassification};

impl<B: Backend> OnnxModel<B> for BertForSequenceClassification<B> {
    fn build(&self, config: &BertConfig, graph: &mut GraphBuilder) {
        build(graph, config, &self.bert, "classifier", &self.classifier);
    }
}

impl<B: Backend> OnnxModel<B> for BertForNextSentencePrediction<B> {
    fn build(&self, config: &BertConfig, graph: &mut GraphBuilder) {
        let head = &self.cls.seq_relationship;
        build(graph, config, &self.bert, "cls/seq_relationship", head);
    }
}

fn build<B: Backend>(
    graph: &mut GraphBuilder,
    config: &BertConfig,
    bert: &BertModel<B>,
    name: &str,
    head: &Linear<B>,
) {
    let inputs = graph.inputs(bert.embeddings.token_type_embeddings.is_some());
    let pooled = graph.within("bert", |graph| graph.pooled(bert, config, &inputs));
    let logits = graph.within(name, |graph| graph.linear(head, &pooled));
    let labels = Axis::Size(head.bias.dims()[0]);
    graph.output("logits", &logits, &[Axis::BATCH, labels]);
}
