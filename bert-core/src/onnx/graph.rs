//! Nodes, parameters and constants, put together with names.

use std::collections::HashMap;

use burn::module::{Module, Param, ParamId};
use burn::tensor::{Tensor, backend::Backend};

use super::proto::{
    AttributeProto, Dimension, DimensionValue, FLOAT, GraphProto, INT64, NodeProto, TensorProto,
    TensorShape, TensorType, TypeProto, ValueInfo,
};
use crate::weights::parameter_names;

/// What flows along an edge of the graph: an input, a parameter, a constant, or what a node gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value(String);

/// The size of a dimension of an input or output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// One that whoever runs the model chooses.
    Dynamic(&'static str),
    /// One that the model has.
    Size(usize),
}

impl Axis {
    /// Texts, pairs or questions.
    pub const BATCH: Self = Self::Dynamic("batch_size");
    /// Tokens, padding included.
    pub const SEQUENCE: Self = Self::Dynamic("sequence_length");
    /// Choices of each question.
    pub const CHOICES: Self = Self::Dynamic("num_choices");
}

/// What a node is told besides its inputs.
#[derive(Clone, Copy)]
pub(super) enum Attribute<'a> {
    Float(f32),
    Int(i64),
    Ints(&'a [i64]),
}

/// A graph while it is put together.
///
/// A parameter has the name that it has in Hugging Face's files. Dense weights are `[in, out]`
/// here, as the product reads them. One that is used in two places is in the graph once.
pub struct GraphBuilder {
    graph: GraphProto,
    parameter_names: HashMap<ParamId, String>,
    /// How often an operator is in a part of the model.
    used: HashMap<String, usize>,
    /// Constants by what they are.
    constants: HashMap<(i32, Vec<i64>, Vec<u8>), Value>,
    scope: Vec<String>,
}

impl GraphBuilder {
    /// The empty graph of a model.
    pub(super) fn new<B: Backend, M: Module<B>>(model: &M) -> Self {
        Self {
            graph: GraphProto {
                name: "main_graph".to_owned(),
                ..GraphProto::default()
            },
            parameter_names: parameter_names(model),
            used: HashMap::new(),
            constants: HashMap::new(),
            scope: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> GraphProto {
        self.graph
    }

    /// What `build` adds is named after this part of the model.
    pub fn within<T>(&mut self, part: impl Into<String>, build: impl FnOnce(&mut Self) -> T) -> T {
        self.scope.push(part.into());
        let built = build(self);
        self.scope.pop();
        built
    }

    /// An input of the model: ids, or a mask.
    pub(super) fn input(&mut self, name: &str, axes: &[Axis]) -> Value {
        self.graph.input.push(value_info(name, INT64, axes));
        Value(name.to_owned())
    }

    /// Makes what a node gives an output of the model, under this name.
    ///
    /// # Panics
    /// When no node gives it.
    pub fn output(&mut self, name: &str, value: &Value, axes: &[Axis]) {
        let mut is_given = false;
        for node in &mut self.graph.node {
            for given in node.output.iter_mut().filter(|given| **given == value.0) {
                name.clone_into(given);
                is_given = true;
            }
            for taken in node.input.iter_mut().filter(|taken| **taken == value.0) {
                name.clone_into(taken);
            }
        }
        assert!(is_given, "no node gives {}", value.0);
        self.graph.output.push(value_info(name, FLOAT, axes));
    }

    /// A parameter of the model.
    ///
    /// # Panics
    /// When it is not one of the model that the graph is of.
    pub(super) fn parameter<B: Backend, const D: usize>(
        &mut self,
        parameter: &Param<Tensor<B, D>>,
    ) -> Value {
        let name = self.parameter_names.get(&parameter.id);
        let name = name.expect("a parameter of the model").clone();
        if !self.graph.initializer.iter().any(|one| one.name == name) {
            self.table(&name, parameter.val());
        }
        Value(name)
    }

    /// Numbers that are not one of the model's parameters as it has them.
    pub(super) fn table<B: Backend, const D: usize>(
        &mut self,
        name: &str,
        tensor: Tensor<B, D>,
    ) -> Value {
        let dims = tensor.dims().map(|size| size as i64).to_vec();
        let data = tensor.into_data().convert::<f32>();
        let values = data.as_slice::<f32>().expect("converted to f32 above");
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.initializer(name.to_owned(), FLOAT, dims, bytes.collect())
    }

    /// A number.
    pub(super) fn float(&mut self, value: f32) -> Value {
        self.constant(FLOAT, Vec::new(), value.to_le_bytes().to_vec())
    }

    /// A whole number without a dimension.
    pub(super) fn int(&mut self, value: i64) -> Value {
        self.constant(INT64, Vec::new(), value.to_le_bytes().to_vec())
    }

    /// Whole numbers in a row.
    pub(super) fn ints(&mut self, values: &[i64]) -> Value {
        self.int_table(&[values.len()], values)
    }

    /// Whole numbers of this shape.
    pub(super) fn int_table(&mut self, shape: &[usize], values: &[i64]) -> Value {
        let dims = shape.iter().map(|&size| size as i64).collect();
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.constant(INT64, dims, bytes.collect())
    }

    fn constant(&mut self, data_type: i32, dims: Vec<i64>, bytes: Vec<u8>) -> Value {
        let key = (data_type, dims, bytes);
        if let Some(known) = self.constants.get(&key) {
            return known.clone();
        }
        let name = format!("constant_{}", self.constants.len());
        let value = self.initializer(name, key.0, key.1.clone(), key.2.clone());
        self.constants.insert(key, value.clone());
        value
    }

    fn initializer(
        &mut self,
        name: String,
        data_type: i32,
        dims: Vec<i64>,
        bytes: Vec<u8>,
    ) -> Value {
        self.graph.initializer.push(TensorProto {
            dims,
            data_type,
            name: name.clone(),
            raw_data: Some(bytes),
            ..TensorProto::default()
        });
        Value(name)
    }

    /// What an operator of opset 17 makes of its inputs.
    pub fn node(&mut self, operator: &str, inputs: &[&Value]) -> Value {
        self.node_with(operator, inputs, &[])
    }

    /// The same of one that is told more.
    pub(super) fn node_with(
        &mut self,
        operator: &str,
        inputs: &[&Value],
        attributes: &[(&str, Attribute<'_>)],
    ) -> Value {
        let [value] = self.nodes::<1>(operator, inputs, attributes);
        value
    }

    /// The same of one that gives several values.
    pub(super) fn nodes<const OUTPUTS: usize>(
        &mut self,
        operator: &str,
        inputs: &[&Value],
        attributes: &[(&str, Attribute<'_>)],
    ) -> [Value; OUTPUTS] {
        let parts = self.scope.iter().map(|part| format!("/{part}"));
        let mut name = format!("{}/{operator}", parts.collect::<String>());
        let count = self.used.entry(name.clone()).or_default();
        if *count > 0 {
            name = format!("{name}_{count}");
        }
        *count += 1;
        let outputs = std::array::from_fn(|number| format!("{name}_output_{number}"));
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|value| value.0.clone()).collect(),
            output: outputs.to_vec(),
            name,
            op_type: operator.to_owned(),
            attribute: attributes.iter().map(attribute).collect(),
        });
        outputs.map(Value)
    }
}

fn attribute(&(name, value): &(&str, Attribute<'_>)) -> AttributeProto {
    let named = AttributeProto {
        name: name.to_owned(),
        ..AttributeProto::default()
    };
    match value {
        Attribute::Float(value) => AttributeProto {
            f: Some(value),
            kind: 1,
            ..named
        },
        Attribute::Int(value) => AttributeProto {
            i: Some(value),
            kind: 2,
            ..named
        },
        Attribute::Ints(values) => AttributeProto {
            ints: values.to_vec(),
            kind: 7,
            ..named
        },
    }
}

fn value_info(name: &str, elem_type: i32, axes: &[Axis]) -> ValueInfo {
    let dim = axes.iter().map(|axis| Dimension {
        value: Some(match *axis {
            Axis::Dynamic(name) => DimensionValue::Name(name.to_owned()),
            Axis::Size(size) => DimensionValue::Size(size as i64),
        }),
    });
    let shape = TensorShape { dim: dim.collect() };
    ValueInfo {
        name: name.to_owned(),
        kind: Some(TypeProto {
            tensor_type: Some(TensorType {
                elem_type,
                shape: Some(shape),
            }),
        }),
    }
}
