//! The reference that parity is tested against, and the backends that it is tested on.

// Each test program uses a part of this.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use bert_core::backend::BertBackend;
use bert_core::config::BertConfig;
use bert_core::model::BertModel;
use bert_core::weights::{LoadPolicy, load_folder};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use safetensors::SafeTensors;

/// `tests/fixtures` of bert-core, from whichever crate the test is in.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../bert-core/tests/fixtures")
}

/// A backend in a test: where it runs, and how close it has to be.
pub trait TestBackend: BertBackend {
    /// The device of this machine.
    fn test_device() -> Self::Device {
        Default::default()
    }

    /// Largest difference of activations, absolute.
    const FORWARD: f32 = 1e-5;

    /// Largest difference of gradients, relative to the largest gradient of the parameter.
    const GRADIENT: f32 = 1e-4;

    /// Whether dropout is a function of its seed, so that a test knows the mask.
    const SEEDED_DROPOUT: bool = false;
}

#[cfg(feature = "flex")]
impl TestBackend for burn::backend::Flex {
    const SEEDED_DROPOUT: bool = true;
}

#[cfg(feature = "ndarray")]
impl TestBackend for burn::backend::NdArray {
    const SEEDED_DROPOUT: bool = true;
}

#[cfg(feature = "tch")]
impl TestBackend for burn::backend::LibTorch {
    const SEEDED_DROPOUT: bool = true;
}

// The kernels on slices are for f32: in f64 the CPU calls the functions that CUDA calls.
#[cfg(feature = "tch")]
impl TestBackend for burn::backend::LibTorch<f64> {}

#[cfg(feature = "wgpu")]
impl TestBackend for burn::backend::Wgpu {
    const FORWARD: f32 = 1e-3;
    const GRADIENT: f32 = 1e-3;
}

#[cfg(feature = "cuda")]
impl TestBackend for burn::backend::Cuda {
    const FORWARD: f32 = 1e-3;
    const GRADIENT: f32 = 1e-3;
}

/// Makes a test of each generic function for each backend that is compiled in.
#[macro_export]
macro_rules! on_every_backend {
    ($($check:ident),+ $(,)?) => {
        #[cfg(feature = "flex")]
        mod flex {
            $(#[test] fn $check() { super::$check::<burn::backend::Flex>() })+
        }
        #[cfg(feature = "ndarray")]
        mod ndarray {
            $(#[test] fn $check() { super::$check::<burn::backend::NdArray>() })+
        }
        #[cfg(feature = "tch")]
        mod tch {
            $(#[test] fn $check() { super::$check::<burn::backend::LibTorch>() })+
        }
        #[cfg(feature = "tch")]
        mod tch_f64 {
            $(#[test] fn $check() { super::$check::<burn::backend::LibTorch<f64>>() })+
        }
        #[cfg(feature = "wgpu")]
        mod wgpu {
            $(#[test] fn $check() { super::$check::<burn::backend::Wgpu>() })+
        }
        #[cfg(feature = "cuda")]
        mod cuda {
            $(#[test] fn $check() { super::$check::<burn::backend::Cuda>() })+
        }
    };
}

/// A `reference.safetensors`.
pub struct Reference(Vec<u8>);

/// A batch of the reference.
pub struct Batch {
    /// `[batch, seq]`
    pub shape: [usize; 2],
    pub input_ids: Vec<i64>,
    pub token_type_ids: Vec<i64>,
    pub attention_mask: Vec<i64>,
    pub labels: Vec<i64>,
}

impl Reference {
    /// The reference of a fixture folder.
    pub fn open(folder: &str) -> Self {
        let path = fixtures().join(folder).join("reference.safetensors");
        Self(std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
    }

    fn get(&self, name: &str) -> (Vec<usize>, Vec<u8>) {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let view = file.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        (view.shape().to_vec(), view.data().to_vec())
    }

    /// The elements of an f32 tensor.
    pub fn floats(&self, name: &str) -> Vec<f32> {
        let (_, bytes) = self.get(name);
        bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect()
    }

    /// The elements of an i64 tensor.
    pub fn ints(&self, name: &str) -> Vec<i64> {
        let (_, bytes) = self.get(name);
        bytes
            .chunks_exact(8)
            .map(|b| i64::from_le_bytes(b.try_into().unwrap()))
            .collect()
    }

    /// Names that start with `prefix`, without it.
    pub fn names(&self, prefix: &str) -> Vec<String> {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let names = file.names().into_iter();
        names
            .filter_map(|name| name.strip_prefix(prefix))
            .map(str::to_owned)
            .collect()
    }

    /// The batch whose tensors are named `{prefix}input_ids` and so on.
    pub fn batch(&self, prefix: &str) -> Batch {
        let (shape, _) = self.get(&format!("{prefix}input_ids"));
        let ints = |name| self.ints(&format!("{prefix}{name}"));
        Batch {
            shape: [shape[0], shape[1]],
            input_ids: ints("input_ids"),
            token_type_ids: ints("token_type_ids"),
            attention_mask: ints("attention_mask"),
            labels: ints("labels"),
        }
    }
}

/// The elements of a tensor in row-major order.
pub fn values<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    data_values(tensor.into_data())
}

/// The elements of tensor data as f32.
pub fn data_values(data: TensorData) -> Vec<f32> {
    data.convert::<f32>().into_vec().unwrap()
}

/// Asserts that no element is further off than `tolerance`.
#[track_caller]
pub fn assert_close(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}: number of elements");
    let worst = found
        .iter()
        .zip(expected)
        .map(|(f, e)| {
            if f.is_finite() {
                (f - e).abs()
            } else {
                f32::INFINITY
            }
        })
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((index, difference)) = worst {
        assert!(
            difference <= tolerance,
            "{what}[{index}] is {}, expected {}: off by {difference:e}, allowed {tolerance:e}",
            found[index],
            expected[index],
        );
    }
}

/// Asserts closeness relative to the largest expected value.
#[track_caller]
pub fn assert_close_relative(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    let largest = expected
        .iter()
        .fold(0.0_f32, |largest, e| largest.max(e.abs()));
    // Gradients that are zero in exact arithmetic are rounding noise of this size.
    assert_close(what, found, expected, tolerance * largest.max(1e-3));
}

/// The tiny BERT of transformers, with its weights.
pub fn tiny_bert<B: TestBackend>() -> (BertModel<B>, BertConfig) {
    let folder = fixtures().join("tiny-bert");
    let config = BertConfig::from_folder(&folder).unwrap();
    let model = BertModel::new(&config, 0, &B::test_device()).unwrap();
    let policy = LoadPolicy {
        may_be_unused: vec!["classifier.".into()],
        ..LoadPolicy::strict()
    };
    (load_folder(model, &folder, &policy).unwrap().0, config)
}
