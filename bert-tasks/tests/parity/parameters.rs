//! The parameters of a model and their gradients, by name.

use std::collections::BTreeMap;

use bert_core::config::BertConfig;
use bert_core::weights::{
    LoadPolicy, SafetensorsSource, TensorSource, load_folder, write_safetensors,
};
use bert_tasks::TaskModel;
use burn::backend::Autodiff;
use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::common::{Reference, TestBackend, assert_close_relative, fixtures};

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

/// The model of a fixture folder.
pub fn load<B: TestBackend, M: TaskModel<Autodiff<B>>>(folder: &str) -> M {
    let folder = fixtures().join(folder);
    let config = BertConfig::from_folder(&folder).unwrap();
    let model = M::new(&config, 0, &B::test_device()).unwrap();
    load_folder(model, &folder, &LoadPolicy::strict())
        .unwrap()
        .0
}

/// Asserts that the gradient of every parameter is the reference's `grad.NAME`.
#[track_caller]
pub fn assert_gradients<B: TestBackend, M: Module<Autodiff<B>>>(
    model: &M,
    grads: GradientsParams,
    reference: &Reference,
) {
    let found = gradients(model, grads);
    let names = reference.names("grad.");
    assert_eq!(found.len(), names.len());
    for name in names {
        let expected = reference.floats(&format!("grad.{name}"));
        assert_close_relative(&name, &found[&name], &expected, B::GRADIENT);
    }
}

/// The gradients under the names of their parameters on disk.
fn gradients<B: TestBackend, M: Module<Autodiff<B>>>(
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
