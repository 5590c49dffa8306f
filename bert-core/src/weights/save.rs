//! Writing a model so that `transformers` opens it.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::path::Path;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Tensor, backend::Backend};
use safetensors::tensor::{Dtype, TensorView};

use super::load::transpose;
use super::names::disk_name;
use super::{Layout, WeightsError, parameter_layout};

/// Writes every parameter of `model` as f32 under Hugging Face's name and in its layout.
///
/// Not atomic by itself: write into a staging folder, see [`crate::files::replace_files`].
///
/// # Errors
/// When the file cannot be written.
pub fn write_safetensors<B: Backend, M: Module<B>>(
    model: &M,
    path: &Path,
) -> Result<(), WeightsError> {
    let mut collector = Collector::<B> {
        path: Vec::new(),
        tensors: Vec::new(),
        backend: PhantomData,
    };
    model.visit(&mut collector);

    let views = collector.tensors.iter().map(|tensor| {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), &tensor.bytes)
            .expect("the bytes are as many as the shape says");
        (tensor.name.as_str(), view)
    });
    // `transformers` refuses a file whose metadata does not name its framework.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize_to_file(views, Some(metadata), path).map_err(|e| WeightsError::Io {
        action: "write",
        path: path.to_path_buf(),
        source: std::io::Error::other(e),
    })
}

struct Collected {
    name: String,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

struct Collector<B> {
    path: Vec<(String, String)>,
    tensors: Vec<Collected>,
    backend: PhantomData<B>,
}

impl<B: Backend> ModuleVisitor<B> for Collector<B> {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.push((name.to_owned(), container_type.to_owned()));
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let fields: Vec<&str> = self.path.iter().map(|(field, _)| field.as_str()).collect();
        let (field, module) = self.path.last().expect("a parameter is in a module");
        let mut shape: Vec<usize> = param.lazy_shape().to_vec();
        let mut values = param
            .val()
            .into_data()
            .convert::<f32>()
            .into_vec::<f32>()
            .expect("converted to f32 above");
        if parameter_layout(module, field) == Layout::Transposed {
            values = transpose(&values, shape[0], shape[1]);
            shape.reverse();
        }
        self.tensors.push(Collected {
            name: disk_name(&fields),
            shape,
            bytes: values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        });
    }
}
