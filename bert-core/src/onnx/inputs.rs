//! What goes into a model, as `optimum` names it.

use super::graph::{Attribute, Axis, GraphBuilder, Value};

/// What goes into the encoder, each `[batch, seq]`.
pub struct Inputs {
    pub(super) input_ids: Value,
    pub(super) attention_mask: Value,
    /// In an encoder that has segments.
    pub(super) token_type_ids: Option<Value>,
}

impl Inputs {
    fn map(self, mut each: impl FnMut(Value) -> Value) -> Self {
        Self {
            input_ids: each(self.input_ids),
            attention_mask: each(self.attention_mask),
            token_type_ids: self.token_type_ids.map(each),
        }
    }
}

/// The number of choices of each question, as the graph knows it.
pub struct Choices(Value);

impl GraphBuilder {
    /// `input_ids`, `attention_mask` and `token_type_ids`, the last one where there are segments:
    /// int64, `[batch_size, sequence_length]`.
    pub fn inputs(&mut self, has_segments: bool) -> Inputs {
        self.named_inputs(has_segments, &[Axis::BATCH, Axis::SEQUENCE])
    }

    /// The same of choices, `[batch_size, num_choices, sequence_length]`, which the encoder takes as
    /// rows of one batch, and that number of choices.
    pub fn inputs_of_choices(&mut self, has_segments: bool) -> (Inputs, Choices) {
        let axes = [Axis::BATCH, Axis::CHOICES, Axis::SEQUENCE];
        let inputs = self.named_inputs(has_segments, &axes);
        let shape = self.node("Shape", &[&inputs.input_ids]);
        let [one, two, three, rest] = [[1], [2], [3], [-1]].map(|place| self.ints(&place));
        let choices = self.node("Slice", &[&shape, &one, &two]);
        let seq = self.node("Slice", &[&shape, &two, &three]);
        let axis = [("axis", Attribute::Int(0))];
        let rows = self.node_with("Concat", &[&rest, &seq], &axis);
        let inputs = inputs.map(|input| self.node("Reshape", &[&input, &rows]));
        (inputs, Choices(choices))
    }

    fn named_inputs(&mut self, has_segments: bool, axes: &[Axis]) -> Inputs {
        Inputs {
            input_ids: self.input("input_ids", axes),
            attention_mask: self.input("attention_mask", axes),
            token_type_ids: has_segments.then(|| self.input("token_type_ids", axes)),
        }
    }

    /// The score of each choice, next to those of its question.
    ///
    /// # Shapes
    /// - scores `[batch * choices, 1]`, output `[batch, choices]`
    pub fn per_question(&mut self, scores: &Value, choices: &Choices) -> Value {
        let rest = self.ints(&[-1]);
        let axis = [("axis", Attribute::Int(0))];
        let shape = self.node_with("Concat", &[&rest, &choices.0], &axis);
        self.node("Reshape", &[scores, &shape])
    }
}
