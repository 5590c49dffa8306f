//! Writing a model so that TensorFlow opens it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::backend::Backend;
use prost::Message;

use super::super::load::transpose;
use super::super::save::collect;
use super::super::{NamedTensor, WeightsError};
use super::bundle::{BundleEntry, BundleHeader, DT_FLOAT, Dim, TensorShape, VERSION, VersionDef};
use super::checkpoint::shard_path;
use super::find::STATE;
use super::names::{self, Form};
use super::table::masked;
use super::table_builder::TableBuilder;

/// As much as TensorFlow's own table writer takes.
const BLOCK_BYTES: usize = 1 << 18;

/// Writes every parameter of `model` as f32 under the name and in the layout of
/// google-research/bert, so that its programs and `tf.train.load_checkpoint(prefix)` read it.
///
/// `prefix` is a path such as `folder/bert_model.ckpt`. Written are `<prefix>.index`,
/// `<prefix>.data-00000-of-00001` and, beside them, the file `checkpoint` that names the prefix.
/// Not atomic by itself: write into a staging folder, see [`crate::files::replace_files`].
///
/// # Errors
/// When a file cannot be written.
pub fn write_tensorflow<B: Backend, M: Module<B>>(
    model: &M,
    prefix: &Path,
) -> Result<(), WeightsError> {
    write_tensorflow_tensors(&collect(model), prefix)
}

/// Writes tensors in the names and layout of Hugging Face, as [`write_tensorflow`] does. One
/// that google-research/bert has no name for keeps its own.
///
/// # Errors
/// When a file cannot be written, or two tensors have the same name in TensorFlow.
pub fn write_tensorflow_tensors(
    tensors: &[NamedTensor],
    prefix: &Path,
) -> Result<(), WeightsError> {
    let index = with_suffix(prefix, ".index");
    let data = shard_path(&index, 0, 1);
    let mut variables = BTreeMap::new();
    for tensor in tensors {
        let (name, form) = names::variable(tensor.name());
        if variables.insert(name.clone(), (tensor, form)).is_some() {
            let twice = format!("two tensors would both be `{name}` in TensorFlow");
            return Err(failed(&index)(io::Error::other(twice)));
        }
    }

    let entries = write_data(&variables, &data).map_err(failed(&data))?;
    let mut table = TableBuilder::new(BLOCK_BYTES);
    let header = BundleHeader {
        num_shards: 1,
        endianness: 0,
        version: Some(VersionDef {
            producer: VERSION,
            min_consumer: 0,
        }),
    };
    table.add(b"", &header.encode_to_vec());
    for (name, entry) in entries {
        table.add(name.as_bytes(), &entry.encode_to_vec());
    }
    std::fs::write(&index, table.finish()).map_err(failed(&index))?;

    let state = prefix.with_file_name(STATE);
    std::fs::write(&state, state_text(prefix)).map_err(failed(&state))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> WeightsError {
    let path = path.to_path_buf();
    move |source| WeightsError::Io {
        action: "write",
        path,
        source,
    }
}

/// Writes the values one after the other, and gives what the index has to say of each.
fn write_data<'a>(
    variables: &'a BTreeMap<String, (&NamedTensor, Form)>,
    path: &Path,
) -> io::Result<Vec<(&'a str, BundleEntry)>> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut offset = 0;
    let mut entries = Vec::with_capacity(variables.len());
    for (name, (tensor, form)) in variables {
        let mut shape = tensor.shape().to_vec();
        let transposed;
        let bytes = match (form, &shape[..]) {
            (Form::Kernel, &[outputs, inputs]) => {
                shape.reverse();
                let values = transpose(&tensor.values(), outputs, inputs);
                transposed = values.iter().flat_map(|value| value.to_le_bytes());
                &transposed.collect::<Vec<u8>>()
            }
            _ => tensor.bytes(),
        };
        file.write_all(bytes)?;
        let dims = shape.iter().map(|&len| Dim { size: len as i64 });
        let entry = BundleEntry {
            dtype: DT_FLOAT,
            shape: Some(TensorShape {
                dims: dims.collect(),
                unknown_rank: false,
            }),
            shard_id: 0,
            offset,
            size: bytes.len() as i64,
            crc32c: masked(crc32c::crc32c(bytes)),
            slices: Vec::new(),
        };
        offset += entry.size;
        entries.push((name.as_str(), entry));
    }
    file.flush()?;
    Ok(entries)
}

/// The content of the state file, a protocol buffer as text.
fn state_text(prefix: &Path) -> String {
    let name = prefix.file_name().unwrap_or_default().to_string_lossy();
    let name = name.replace('\\', r"\\").replace('"', "\\\"");
    format!("model_checkpoint_path: \"{name}\"\nall_model_checkpoint_paths: \"{name}\"\n")
}

fn with_suffix(prefix: &Path, suffix: &str) -> PathBuf {
    let mut path = prefix.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}
