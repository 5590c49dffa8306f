//! A graph as files.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use burn::tensor::backend::Backend;
use prost::Message;

use super::proto::{EXTERNAL, ModelProto, OperatorSetId, StringStringEntry, TensorProto};
use super::{GraphBuilder, OnnxModel};
use crate::config::BertConfig;
use crate::files::FileError;

/// The graph, with its weights where they fit.
pub const MODEL_FILE: &str = "model.onnx";

/// The weights of a graph whose file would be too long with them.
pub const DATA_FILE: &str = "model.onnx_data";

/// The operators that are used are those of this version.
const OPSET: i64 = 17;

/// The version of the format that came with that opset.
const IR_VERSION: i64 = 8;

/// No message of protocol buffers can be longer.
const MAX_MESSAGE_BYTES: usize = i32::MAX as usize;

/// What is shorter stays in the graph: constants, whose values a reader wants before it runs.
const MIN_EXTERNAL_BYTES: usize = 1024;

/// Where a tensor begins, so that a memory map can begin there too.
const ALIGNMENT: u64 = 4096;

/// Writes `model.onnx` into `folder`, and beside it `model.onnx_data` where the two together are
/// more than 2 GB. `config` is what `model` was made from.
///
/// Not atomic by itself: write into a staging folder, see [`crate::files::replace_files`].
///
/// # Errors
/// When a file cannot be written.
pub fn write_onnx<B: Backend, M: OnnxModel<B>>(
    model: &M,
    config: &BertConfig,
    folder: &Path,
) -> Result<(), FileError> {
    save(onnx(model, config), folder, MAX_MESSAGE_BYTES)
}

/// The whole model as one message.
fn onnx<B: Backend, M: OnnxModel<B>>(model: &M, config: &BertConfig) -> ModelProto {
    let mut graph = GraphBuilder::new(model);
    model.build(config, &mut graph);
    ModelProto {
        ir_version: IR_VERSION,
        producer_name: env!("CARGO_PKG_NAME").to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(graph.finish()),
        opset_import: vec![OperatorSetId { version: OPSET }],
    }
}

/// In one file where that has no more than `max_bytes`, else in two.
fn save(mut model: ModelProto, folder: &Path, max_bytes: usize) -> Result<(), FileError> {
    if model.encoded_len() > max_bytes {
        let path = folder.join(DATA_FILE);
        let graph = model.graph.as_mut();
        let tensors = graph.map_or(&mut [][..], |graph| &mut graph.initializer);
        move_data(tensors, &path).map_err(FileError::at("write", &path))?;
    }
    let path = folder.join(MODEL_FILE);
    fs::write(&path, model.encode_to_vec()).map_err(FileError::at("write", &path))
}

/// Moves the data of tensors into a file of its own.
fn move_data(tensors: &mut [TensorProto], path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut end = 0_u64;
    let is_long = |data: &mut Vec<u8>| data.len() >= MIN_EXTERNAL_BYTES;
    for tensor in tensors {
        let Some(data) = tensor.raw_data.take_if(is_long) else {
            continue;
        };
        let offset = end.next_multiple_of(ALIGNMENT);
        io::copy(&mut io::repeat(0).take(offset - end), &mut file)?;
        file.write_all(&data)?;
        end = offset + data.len() as u64;
        let entries = [
            ("location", DATA_FILE.to_owned()),
            ("offset", offset.to_string()),
            ("length", data.len().to_string()),
        ];
        let entries = entries.map(|(key, value)| StringStringEntry {
            key: key.to_owned(),
            value,
        });
        tensor.external_data = entries.to_vec();
        tensor.data_location = EXTERNAL;
    }
    file.flush()
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;

    use super::*;
    use crate::model::{BertTrunk, Initializer};

    fn model() -> ModelProto {
        let config = BertConfig {
            vocab_size: 50,
            hidden_size: 16,
            num_hidden_layers: 2,
            num_attention_heads: 2,
            intermediate_size: 33,
            max_position_embeddings: 12,
            ..BertConfig::default()
        };
        let mut init = Initializer::new(&config, 1).unwrap();
        let trunk = BertTrunk::<Flex>::init(&mut init, &Default::default());
        onnx(&trunk, &config)
    }

    fn read(folder: &Path) -> ModelProto {
        ModelProto::decode(fs::read(folder.join(MODEL_FILE)).unwrap().as_slice()).unwrap()
    }

    #[test]
    fn what_fits_is_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let model = model();
        let length = model.encoded_len();
        save(model.clone(), folder.path(), length).unwrap();
        assert!(read(folder.path()) == model);
        assert!(!folder.path().join(DATA_FILE).exists());
    }

    #[test]
    fn what_does_not_fit_has_its_long_tensors_in_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let model = model();
        let length = model.encoded_len();
        save(model.clone(), folder.path(), length - 1).unwrap();
        let mut found = read(folder.path());
        assert!(found.encoded_len() < length);
        let data = fs::read(folder.path().join(DATA_FILE)).unwrap();
        let mut ends = vec![0];
        for tensor in &mut found.graph.as_mut().unwrap().initializer {
            if tensor.data_location != EXTERNAL {
                assert!(tensor.raw_data.as_ref().unwrap().len() < MIN_EXTERNAL_BYTES);
                continue;
            }
            let entries = std::mem::take(&mut tensor.external_data);
            let of = |key: &str| {
                let entry = entries.iter().find(|entry| entry.key == key);
                entry.unwrap().value.clone()
            };
            assert_eq!(of("location"), DATA_FILE);
            let [offset, length] = ["offset", "length"].map(|key| of(key).parse().unwrap());
            assert_eq!(offset % ALIGNMENT as usize, 0);
            assert!(offset >= ends[ends.len() - 1]);
            ends.push(offset + length);
            tensor.raw_data = Some(data[offset..offset + length].to_vec());
            tensor.data_location = 0;
        }
        assert!(ends.len() > 10, "{ends:?}");
        assert_eq!(ends.last(), Some(&data.len()));
        assert!(found == model);
    }

    #[test]
    fn a_folder_that_is_not_there_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        for (max_bytes, file) in [(usize::MAX, MODEL_FILE), (0, DATA_FILE)] {
            let error = save(model(), &missing, max_bytes).unwrap_err().to_string();
            let path = missing.join(file);
            assert!(
                error.starts_with(&format!("cannot write {}", path.display())),
                "{error}"
            );
        }
    }
}
