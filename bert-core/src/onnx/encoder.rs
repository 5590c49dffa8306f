//! The encoder, from the model's inputs to hidden states.

use burn::tensor::backend::Backend;

use super::Inputs;
use super::graph::{Attribute, GraphBuilder, Value};
use super::proto::FLOAT;
use crate::config::BertConfig;
use crate::model::{
    BertAttention, BertEmbeddings, BertEncoder, BertLayer, BertModel, BertSelfAttention,
    DenseAddNorm, sinusoidal_positions,
};

/// What is added to the attention scores at padding: as the model itself has it in f32.
const LOWEST: f32 = -1e9;

impl GraphBuilder {
    /// The last hidden state of every token.
    ///
    /// # Shapes
    /// - output `[batch, seq, hidden]`
    pub fn last_hidden_state<B: Backend>(
        &mut self,
        embeddings: &BertEmbeddings<B>,
        encoder: &BertEncoder<B>,
        config: &BertConfig,
        inputs: &Inputs,
    ) -> Value {
        let mut hidden = self.within("embeddings", |graph| {
            graph.embeddings(embeddings, config, inputs)
        });
        let bias = self.attention_bias(&inputs.attention_mask);
        for (number, layer) in encoder.layer.iter().enumerate() {
            hidden = self.within(format!("encoder/layer.{number}"), |graph| {
                graph.layer(layer, &hidden, &bias)
            });
        }
        hidden
    }

    /// One vector for each sequence.
    ///
    /// # Shapes
    /// - output `[batch, hidden]`
    pub fn pooled<B: Backend>(
        &mut self,
        model: &BertModel<B>,
        config: &BertConfig,
        inputs: &Inputs,
    ) -> Value {
        let hidden = self.last_hidden_state(&model.embeddings, &model.encoder, config, inputs);
        self.within("pooler", |graph| {
            let first = graph.int(0);
            let axis = [("axis", Attribute::Int(1))];
            let first = graph.node_with("Gather", &[&hidden, &first], &axis);
            let dense = graph.linear(&model.pooler.dense, &first);
            graph.node("Tanh", &[&dense])
        })
    }

    fn embeddings<B: Backend>(
        &mut self,
        embeddings: &BertEmbeddings<B>,
        config: &BertConfig,
        inputs: &Inputs,
    ) -> Value {
        let words = self.parameter(&embeddings.word_embeddings.weight);
        let mut sum = self.node("Gather", &[&words, &inputs.input_ids]);
        if let (Some(table), Some(ids)) =
            (&embeddings.token_type_embeddings, &inputs.token_type_ids)
        {
            let segments = self.parameter(&table.weight);
            let segments = self.node("Gather", &[&segments, ids]);
            sum = self.node("Add", &[&sum, &segments]);
        }
        // As many positions as the table has rows that a token can take.
        let (positions, length) =
            match (&embeddings.position_embeddings, embeddings.position_offset) {
                (Some(table), 0) => {
                    let rows = table.weight.dims()[0];
                    (self.parameter(&table.weight), rows)
                }
                (Some(table), first) => {
                    let table = table.weight.val().slice_dim(0, first..);
                    let rows = table.dims()[0];
                    (self.table("position_embeddings", table), rows)
                }
                (None, _) => {
                    let word = embeddings.word_embeddings.weight.val();
                    let rows = config.max_sequence_length();
                    let table = sinusoidal_positions::<B>(rows, word.dims()[1], &word.device());
                    (self.table("position_embeddings", table), rows)
                }
            };
        let ids = self.position_ids(&inputs.input_ids, length);
        let positions = self.node("Gather", &[&positions, &ids]);
        let sum = self.node("Add", &[&sum, &positions]);
        self.layer_norm(&embeddings.layer_norm, &sum)
    }

    /// 0, 1, 2, ..., `[1, seq]`: the beginning of the longest, which ends a longer sequence with an
    /// error.
    fn position_ids(&mut self, input_ids: &Value, length: usize) -> Value {
        let all: Vec<i64> = (0..length as i64).collect();
        let all = self.int_table(&[1, length], &all);
        let (second, zero, one) = (self.int(1), self.ints(&[0]), self.ints(&[1]));
        let shape = self.node("Shape", &[input_ids]);
        let seq = self.node("Gather", &[&shape, &second]);
        let seq = self.node("Unsqueeze", &[&seq, &zero]);
        self.node("Slice", &[&all, &zero, &seq, &one, &one])
    }

    /// What is added to the scores of all heads and all tokens, `[batch, 1, 1, seq]`.
    fn attention_bias(&mut self, attention_mask: &Value) -> Value {
        let (first, second) = (self.ints(&[1]), self.ints(&[2]));
        let (one, lowest) = (self.float(1.0), self.float(LOWEST));
        let mask = self.node("Unsqueeze", &[attention_mask, &first]);
        let mask = self.node("Unsqueeze", &[&mask, &second]);
        let to = [("to", Attribute::Int(FLOAT.into()))];
        let mask = self.node_with("Cast", &[&mask], &to);
        let padding = self.node("Sub", &[&one, &mask]);
        self.node("Mul", &[&padding, &lowest])
    }

    fn layer<B: Backend>(&mut self, layer: &BertLayer<B>, hidden: &Value, bias: &Value) -> Value {
        let BertAttention {
            self_attention,
            output,
        } = &layer.attention;
        let context = self.within("attention/self", |graph| {
            graph.self_attention(self_attention, hidden, bias)
        });
        let attended = self.within("attention/output", |graph| {
            graph.add_norm(output, &context, hidden)
        });
        let wide = self.within("intermediate", |graph| {
            let wide = graph.linear(&layer.intermediate.dense, &attended);
            graph.activation(layer.intermediate.hidden_act, &wide)
        });
        self.within("output", |graph| {
            graph.add_norm(&layer.output, &wide, &attended)
        })
    }

    fn self_attention<B: Backend>(
        &mut self,
        attention: &BertSelfAttention<B>,
        hidden: &Value,
        bias: &Value,
    ) -> Value {
        let width = attention.query.weight.dims()[1];
        let heads = attention.num_attention_heads;
        let head_size = width / heads;
        let split = [0, 0, heads as i64, head_size as i64];
        // [batch, heads, seq, head_size], and the keys with their last two changed.
        let [query, key, value] = [
            ("query", &attention.query, [0, 2, 1, 3]),
            ("key", &attention.key, [0, 2, 3, 1]),
            ("value", &attention.value, [0, 2, 1, 3]),
        ]
        .map(|(name, layer, order)| {
            self.within(name, |graph| {
                let projected = graph.linear(layer, hidden);
                let split = graph.reshape(&projected, &split);
                graph.transpose(&split, &order)
            })
        });
        let scale = self.float((head_size as f32).sqrt());
        let scores = self.node("MatMul", &[&query, &key]);
        let scores = self.node("Div", &[&scores, &scale]);
        let scores = self.node("Add", &[&scores, bias]);
        let axis = [("axis", Attribute::Int(-1))];
        let probabilities = self.node_with("Softmax", &[&scores], &axis);
        let context = self.node("MatMul", &[&probabilities, &value]);
        let context = self.transpose(&context, &[0, 2, 1, 3]);
        self.reshape(&context, &[0, 0, width as i64])
    }

    fn add_norm<B: Backend>(
        &mut self,
        layer: &DenseAddNorm<B>,
        x: &Value,
        residual: &Value,
    ) -> Value {
        let dense = self.linear(&layer.dense, x);
        let sum = self.node("Add", &[&dense, residual]);
        self.layer_norm(&layer.layer_norm, &sum)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use burn::backend::Flex;

    use super::*;
    use crate::config::Architecture;
    use crate::model::{BertTrunk, Initializer};
    use crate::onnx::OnnxModel;
    use crate::onnx::proto::{GraphProto, TensorProto};

    fn config() -> BertConfig {
        BertConfig {
            vocab_size: 20,
            hidden_size: 8,
            num_hidden_layers: 2,
            num_attention_heads: 2,
            intermediate_size: 16,
            max_position_embeddings: 6,
            ..BertConfig::default()
        }
    }

    fn graph_of(architecture: &Architecture) -> GraphProto {
        let config = config();
        let mut init = Initializer::of(architecture, &config, 7).unwrap();
        let trunk = BertTrunk::<Flex>::init(&mut init, &Default::default());
        let mut graph = GraphBuilder::new(&trunk);
        trunk.build(&config, &mut graph);
        graph.finish()
    }

    fn names(graph: &GraphProto) -> Vec<&str> {
        graph
            .input
            .iter()
            .map(|input| input.name.as_str())
            .collect()
    }

    fn tensor<'a>(graph: &'a GraphProto, name: &str) -> Option<&'a TensorProto> {
        graph.initializer.iter().find(|tensor| tensor.name == name)
    }

    #[test]
    fn every_value_is_given_once_and_before_it_is_taken() {
        let graph = graph_of(&Architecture::BERT);
        let mut given = HashSet::new();
        for name in names(&graph) {
            assert!(given.insert(name));
        }
        for tensor in &graph.initializer {
            assert!(given.insert(&tensor.name), "{}", tensor.name);
        }
        for node in &graph.node {
            for input in &node.input {
                assert!(given.contains(input.as_str()), "{}: {input}", node.name);
            }
            for output in &node.output {
                assert!(given.insert(output), "{}: {output}", node.name);
            }
        }
        assert!(given.contains(graph.output[0].name.as_str()));
        assert_eq!(graph.output[0].name, "last_hidden_state");
        // 5 of the embeddings, and 16 of each layer.
        let constants = |tensor: &&TensorProto| tensor.name.starts_with("constant_");
        let all = graph.initializer.len();
        assert_eq!(all - graph.initializer.iter().filter(constants).count(), 37);
    }

    #[test]
    fn another_architecture_has_its_inputs_and_positions() {
        let bert = graph_of(&Architecture::BERT);
        assert_eq!(
            names(&bert),
            ["input_ids", "attention_mask", "token_type_ids"]
        );
        let table = "embeddings.position_embeddings.weight";
        let positions = tensor(&bert, table).unwrap();
        assert_eq!(positions.dims, [6, 8]);

        let other = graph_of(&Architecture {
            position_offset: 2,
            has_segments: false,
            ..Architecture::BERT
        });
        assert_eq!(names(&other), ["input_ids", "attention_mask"]);
        assert!(tensor(&other, table).is_none());
        let after = tensor(&other, "position_embeddings").unwrap();
        assert_eq!(after.dims, [4, 8]);
        let rows = positions.raw_data.as_ref().unwrap();
        assert!(rows[2 * 8 * 4..] == after.raw_data.as_ref().unwrap()[..]);
    }
}
