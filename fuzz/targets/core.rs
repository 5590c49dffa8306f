//! What `bert-core` reads: a configuration and weights. Bytes are read or refused.

#[path = "scratch.rs"]
mod scratch;

use bert_core::config::BertConfig;
use bert_core::weights::pytorch::PytorchSource;
use bert_core::weights::tensorflow::{TensorflowCheckpoint, TensorflowSource};
use bert_core::weights::{SafetensorsSource, TensorSource};

use scratch::with_files;

/// Its name and what it does with the bytes of a file.
#[allow(dead_code)]
pub type Target = (&'static str, fn(&[u8]));

/// Every target. A fuzzer's program has only one of them.
#[allow(dead_code)]
pub const TARGETS: [Target; 4] = [
    ("config", config),
    ("safetensors", safetensors),
    ("pytorch_bin", pytorch_bin),
    ("tf_index", tf_index),
];

/// A `config.json`. What is read is written so that it reads as the same.
pub fn config(bytes: &[u8]) {
    let read = |bytes: &[u8]| {
        with_files(&[("config.json", bytes)], |folder| {
            BertConfig::from_folder(folder).map_err(|error| error.to_string())
        })
    };
    if let Ok(config) = read(bytes) {
        assert!(config.head_size() > 0);
        let again = read(config.to_json().as_bytes());
        assert_eq!(again.as_ref(), Ok(&config));
    }
}

/// A `model.safetensors`.
pub fn safetensors(bytes: &[u8]) {
    with_files(&[("model.safetensors", bytes)], |folder| {
        let source = SafetensorsSource::open(&folder.join("model.safetensors"));
        source.iter().for_each(read_all);
    });
}

/// A `pytorch_model.bin`, of either format.
pub fn pytorch_bin(bytes: &[u8]) {
    with_files(&[("pytorch_model.bin", bytes)], |folder| {
        let source = PytorchSource::open(&folder.join("pytorch_model.bin"));
        source.iter().for_each(read_all);
    });
}

/// A checkpoint of TensorFlow: two bytes with the length of the index, the index, the data.
pub fn tf_index(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else {
        return;
    };
    let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
    let (index, data) = rest.split_at(length);
    let files = [("a.index", index), ("a.data-00000-of-00001", data)];
    with_files(&files, |folder| {
        let path = folder.join("a.index");
        TensorflowCheckpoint::open(&path).iter().for_each(read_all);
        TensorflowSource::open(&path).iter().for_each(read_all);
    });
}

/// Reads every tensor. What is read has the length listed.
fn read_all(source: &impl TensorSource) {
    for (name, info) in source.tensors() {
        if let Ok(values) = source.read(name) {
            assert_eq!(values.len(), info.num_elements(), "{name}");
        }
    }
}
