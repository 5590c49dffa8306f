//! The parameters of a model and their gradients, by name.

use std::collections::BTreeMap;

use bert_core::weights::{SafetensorsSource, TensorSource, write_safetensors};
use burn::backend::Autodiff;
use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::common::TestBackend;

/// The parameters under their names on disk.
pub fn parameters<B: TestBackend, M: Module<Autodiff<B>>>(model: &M) -> BTreeMap<String, Vec<f32>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    write_safetensors(model, &path).unwrap();
    let file = SafetensorsSource::open(&path).unwrap();
    file.tensors()
        .keys()
        .map(|name| (name.clone(), file.read(name).unwrap()))
        .collect()
}

/// The gradients under the names of their parameters on disk.
pub fn gradients<B: TestBackend, M: Module<Autodiff<B>>>(
    model: &M,
    grads: GradientsParams,
) -> BTreeMap<String, Vec<f32>> {
    let in_place_of_values = model.clone().map(&mut InPlaceOfValues { grads });
    parameters(&in_place_of_values)
}

struct InPlaceOfValues {
    grads: GradientsParams,
}

impl<B: TestBackend> ModuleMapper<Autodiff<B>> for InPlaceOfValues {
    fn map_float<const D: usize>(
        &mut self,
        param: Param<Tensor<Autodiff<B>, D>>,
    ) -> Param<Tensor<Autodiff<B>, D>> {
        let grad = self
            .grads
            .remove::<B, D>(param.id)
            .expect("every parameter has a gradient");
        param.map(|_| Tensor::from_inner(grad).require_grad())
    }
}
