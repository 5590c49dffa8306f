//! Writing a model so that `transformers` opens it.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::path::Path;

use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::tensor::{Tensor, backend::Backend};
use safetensors::tensor::{Dtype, TensorView};

use super::load::transpose;
use super::names::disk_name;
use super::{Layout, StoredType, WeightsError, parameter_layout};

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
    write_tensors(&collect(model), path)
}

/// Every parameter of `model` under Hugging Face's name and in its layout.
pub(super) fn collect<B: Backend, M: Module<B>>(model: &M) -> Vec<NamedTensor> {
    let mut collector = Collector::<B> {
        path: Vec::new(),
        tensors: Vec::new(),
        backend: PhantomData,
    };
    model.visit(&mut collector);
    collector.tensors
}

/// A tensor on its way to a file.
pub struct NamedTensor {
    name: String,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl NamedTensor {
    /// Of `values`, row-major, as many as `shape` says.
    pub fn new(name: String, shape: Vec<usize>, values: &[f32]) -> Self {
        assert_eq!(shape.iter().product::<usize>(), values.len(), "{name}");
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        Self {
            name,
            shape,
            bytes: bytes.collect(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values, little-endian.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn values(&self) -> Vec<f32> {
        let values = StoredType::F32.to_f32(&self.bytes);
        values.expect("f32 is a float type")
    }
}

/// Writes tensors as f32 into a `.safetensors` file.
///
/// # Errors
/// When the file cannot be written.
pub fn write_tensors(tensors: &[NamedTensor], path: &Path) -> Result<(), WeightsError> {
    let bytes = tensors.iter().map(|tensor| tensor.bytes.as_slice());
    serialize(tensors, Dtype::F32, bytes, path)
}

/// As [`write_tensors`], but stored as `dtype`: f32, or rounded to f16 or bf16.
///
/// # Errors
/// When the file cannot be written, or a number is beyond what `dtype` can hold.
pub fn write_tensors_as(
    tensors: &[NamedTensor],
    dtype: StoredType,
    path: &Path,
) -> Result<(), WeightsError> {
    let (dtype, round): (_, fn(f32) -> [u8; 2]) = match dtype {
        StoredType::F16 => (Dtype::F16, |x| half::f16::from_f32(x).to_le_bytes()),
        StoredType::BF16 => (Dtype::BF16, |x| half::bf16::from_f32(x).to_le_bytes()),
        _ => return write_tensors(tensors, path),
    };
    let mut rounded = Vec::with_capacity(tensors.len());
    for tensor in tensors {
        let values = tensor.values();
        let largest = values.iter().copied().fold(0.0, |a: f32, b| a.max(b.abs()));
        if dtype == Dtype::F16 && !half::f16::from_f32(largest).is_finite() {
            let reason = format!("`{}` has {largest}, which f16 cannot hold", tensor.name);
            return Err(WeightsError::Io {
                action: "write",
                path: path.to_path_buf(),
                source: std::io::Error::other(reason),
            });
        }
        rounded.push(values.into_iter().flat_map(round).collect::<Vec<u8>>());
    }
    serialize(tensors, dtype, rounded.iter().map(Vec::as_slice), path)
}

/// Writes the tensors' names and shapes with these bytes.
fn serialize<'a>(
    tensors: &'a [NamedTensor],
    dtype: Dtype,
    bytes: impl Iterator<Item = &'a [u8]>,
    path: &Path,
) -> Result<(), WeightsError> {
    let views = tensors.iter().zip(bytes).map(|(tensor, bytes)| {
        let view = TensorView::new(dtype, tensor.shape.clone(), bytes)
            .expect("the bytes are as many as the shape says");
        (tensor.name.as_str(), view)
    });
    // `transformers` refuses a file whose metadata does not name its framework.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let io = |source| WeightsError::Io {
        action: "write",
        path: path.to_path_buf(),
        source,
    };
    // What other files get; the crate makes one that only its owner can read.
    let usual = std::fs::File::create(path)
        .and_then(|file| file.metadata())
        .map_err(io)?
        .permissions();
    safetensors::serialize_to_file(views, Some(metadata), path)
        .map_err(|e| io(std::io::Error::other(e)))?;
    std::fs::set_permissions(path, usual).map_err(io)
}

struct Collector<B> {
    path: Vec<(String, String)>,
    tensors: Vec<NamedTensor>,
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
        self.tensors
            .push(NamedTensor::new(disk_name(&fields), shape, &values));
    }
}

/// The name on disk of every parameter, by its id in the model.
pub fn parameter_names<B: Backend, M: Module<B>>(model: &M) -> HashMap<ParamId, String> {
    let mut names = Names {
        path: Vec::new(),
        names: HashMap::new(),
    };
    model.visit(&mut names);
    names.names
}

struct Names {
    path: Vec<String>,
    names: HashMap<ParamId, String>,
}

impl<B: Backend> ModuleVisitor<B> for Names {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.names.insert(param.id, disk_name(&self.path));
    }
}
