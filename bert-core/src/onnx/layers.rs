//! Dense layers, LayerNorm and activations.

use std::f32::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, SQRT_2};

use burn::module::Param;
use burn::tensor::{Tensor, backend::Backend};

use super::graph::{Attribute, GraphBuilder, Value};
use crate::config::HiddenAct;
use crate::model::{Embedding, LayerNorm, Linear};

impl GraphBuilder {
    /// `x W + b`.
    ///
    /// # Shapes
    /// - x `[..., in]`, output `[..., out]`
    pub fn linear<B: Backend>(&mut self, layer: &Linear<B>, x: &Value) -> Value {
        let (weight, bias) = (self.parameter(&layer.weight), self.parameter(&layer.bias));
        let product = self.node("MatMul", &[x, &weight]);
        self.node("Add", &[&product, &bias])
    }

    /// The product with every row of a table that is a parameter of the model already, and a bias:
    /// the last layer of a head that says which token is hidden.
    ///
    /// # Shapes
    /// - x `[..., hidden]`, table `[entries, hidden]`, output `[..., entries]`
    pub fn tied_linear<B: Backend>(
        &mut self,
        table: &Embedding<B>,
        bias: &Param<Tensor<B, 1>>,
        x: &Value,
    ) -> Value {
        let (table, bias) = (self.parameter(&table.weight), self.parameter(bias));
        let weight = self.transpose(&table, &[1, 0]);
        let product = self.node("MatMul", &[x, &weight]);
        self.node("Add", &[&product, &bias])
    }

    /// Over the last dimension.
    ///
    /// # Shapes
    /// - x and output `[..., hidden]`
    pub fn layer_norm<B: Backend>(&mut self, layer: &LayerNorm<B>, x: &Value) -> Value {
        let (weight, bias) = (self.parameter(&layer.weight), self.parameter(&layer.bias));
        let attributes = [
            ("axis", Attribute::Int(-1)),
            ("epsilon", Attribute::Float(layer.eps as f32)),
        ];
        self.node_with("LayerNormalization", &[x, &weight, &bias], &attributes)
    }

    /// Of every element. GELU is spelled out: it is an operator from opset 20 on only, and these
    /// are the forms that are fused.
    pub fn activation(&mut self, activation: HiddenAct, x: &Value) -> Value {
        match activation {
            HiddenAct::Gelu => {
                let (root, one, half) = (self.float(SQRT_2), self.float(1.0), self.float(0.5));
                let scaled = self.node("Div", &[x, &root]);
                let erf = self.node("Erf", &[&scaled]);
                let sum = self.node("Add", &[&erf, &one]);
                let product = self.node("Mul", &[x, &sum]);
                self.node("Mul", &[&product, &half])
            }
            HiddenAct::GeluNew => {
                let (half, one) = (self.float(0.5), self.float(1.0));
                let (three, coefficient) = (self.float(3.0), self.float(0.044715));
                let scale = self.float(FRAC_2_SQRT_PI * FRAC_1_SQRT_2);
                let halved = self.node("Mul", &[x, &half]);
                let cube = self.node("Pow", &[x, &three]);
                let cube = self.node("Mul", &[&cube, &coefficient]);
                let inner = self.node("Add", &[x, &cube]);
                let inner = self.node("Mul", &[&inner, &scale]);
                let tanh = self.node("Tanh", &[&inner]);
                let sum = self.node("Add", &[&tanh, &one]);
                self.node("Mul", &[&halved, &sum])
            }
            HiddenAct::Relu => self.node("Relu", &[x]),
            HiddenAct::Silu => {
                let sigmoid = self.node("Sigmoid", &[x]);
                self.node("Mul", &[x, &sigmoid])
            }
            HiddenAct::Tanh => self.node("Tanh", &[x]),
        }
    }

    /// The columns of scores, each by itself.
    ///
    /// # Shapes
    /// - scores `[batch, seq, COLUMNS]`, outputs `[batch, seq]`
    pub fn columns<const COLUMNS: usize>(&mut self, scores: &Value) -> [Value; COLUMNS] {
        let last = self.ints(&[-1]);
        let columns = self.nodes("Split", &[scores], &[("axis", Attribute::Int(-1))]);
        columns.map(|column| self.node("Squeeze", &[&column, &last]))
    }

    pub(super) fn transpose(&mut self, x: &Value, order: &[i64]) -> Value {
        self.node_with("Transpose", &[x], &[("perm", Attribute::Ints(order))])
    }

    /// A dimension that is 0 in `shape` stays, and one that is -1 is what is left.
    pub(super) fn reshape(&mut self, x: &Value, shape: &[i64]) -> Value {
        let shape = self.ints(shape);
        self.node("Reshape", &[x, &shape])
    }
}
