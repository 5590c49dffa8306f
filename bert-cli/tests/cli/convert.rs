//! `convert` as a user runs it: there and back again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::common::{command, text};
use bert_core::weights::{find_weights, open};
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../bert-core/tests/fixtures")
        .join(name)
}

/// A folder with both heads of pretraining and a vocabulary.
fn model() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (from, file) in [
        ("tiny-pretraining", "config.json"),
        ("tiny-pretraining", "model.safetensors"),
        ("tiny-bert", "vocab.txt"),
    ] {
        fs::copy(fixture(from).join(file), folder.path().join(file)).unwrap();
    }
    folder
}

fn convert(from: &Path, to: &Path, more: &[&str]) -> Output {
    let mut program = command("convert");
    program
        .arg("--from")
        .arg(from)
        .arg("--to")
        .arg(to)
        .args(more);
    program
        .output()
        .unwrap_or_else(|e| panic!("{program:?}: {e}"))
}

#[track_caller]
fn converts(from: &Path, to: &Path, more: &[&str]) -> String {
    let output = convert(from, to, more);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// Every number of a folder's weights by name.
fn values(folder: &Path) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let source = open(&find_weights(folder).unwrap()).unwrap();
    let tensors = source.tensors().iter();
    tensors
        .map(|(name, info)| {
            let values = source.read(name).unwrap();
            (name.clone(), info.shape.clone(), values)
        })
        .collect()
}

#[test]
fn a_model_goes_to_tensorflow_and_comes_back() {
    let (model, there, back) = (
        model(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let said = converts(model.path(), there.path(), &["--format", "tensorflow"]);
    assert!(said.contains("tensors converted"), "{said}");
    for file in [
        "bert_config.json",
        "bert_model.ckpt.index",
        "bert_model.ckpt.data-00000-of-00001",
        "checkpoint",
        "vocab.txt",
    ] {
        assert!(there.path().join(file).is_file(), "{file}");
    }
    converts(there.path(), back.path(), &[]);
    assert_eq!(values(back.path()), values(model.path()));
    let config = fs::read_to_string(back.path().join("config.json")).unwrap();
    assert!(config.contains("BertForPreTraining"), "{config}");
}

#[test]
fn half_the_bytes_are_nearly_the_same_numbers() {
    let (model, half) = (model(), tempfile::tempdir().unwrap());
    for (dtype, precision) in [("f16", 1e-3), ("bf16", 8e-3)] {
        let overwrite = "--overwrite-output-dir";
        converts(model.path(), half.path(), &["--dtype", dtype, overwrite]);
        let size = |folder: &Path| {
            fs::metadata(folder.join("model.safetensors"))
                .unwrap()
                .len()
        };
        assert!(size(half.path()) < size(model.path()) * 6 / 10);
        for ((_, _, exact), (name, _, rounded)) in
            values(model.path()).iter().zip(values(half.path()))
        {
            for (a, b) in exact.iter().zip(rounded) {
                assert!(
                    (a - b).abs() <= a.abs() * precision + 1e-7,
                    "{name}: {a} {b}"
                );
            }
        }
    }
}

#[test]
fn a_model_that_is_there_is_not_replaced_unasked() {
    let (model, other) = (model(), model());
    let weights = |folder: &Path| fs::read(folder.join("model.safetensors")).unwrap();
    let before = weights(model.path());
    let fails = |to: &Path, more: &[&str], part: &str| {
        let output = convert(model.path(), to, more);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains(part), "`{part}` is not in: {message}");
        assert!(weights(model.path()) == before);
    };
    let overwrite = ["--overwrite-output-dir", "--dtype=f16"];
    fails(model.path(), &overwrite, "written over the model");
    fails(
        &model.path().join("."),
        &overwrite,
        "written over the model",
    );
    fails(other.path(), &[], "holds config.json, model.safetensors");
    converts(model.path(), other.path(), &overwrite);
    assert!(weights(other.path()).len() < before.len());
}

#[test]
fn what_cannot_be_converted_is_said() {
    let to = tempfile::tempdir().unwrap();
    let fails = |from: &Path, parts: &[&str]| {
        let output = convert(from, to.path(), &[]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        for part in parts {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
        assert!(!message.contains("panicked"), "{message}");
        assert_eq!(fs::read_dir(to.path()).unwrap().count(), 0);
    };
    fails(Path::new("nowhere"), &["nowhere"]);
    let empty = tempfile::tempdir().unwrap();
    fails(empty.path(), &["config.json"]);

    // Weights of another size.
    let other = model();
    let path = other.path().join("config.json");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        config.replace("\"vocab_size\": 120", "\"vocab_size\": 121"),
    )
    .unwrap();
    fails(other.path(), &["word_embeddings"]);

    // A shard that is not there.
    let (model, shard) = (model(), tempfile::tempdir().unwrap());
    converts(model.path(), shard.path(), &["--format=tensorflow"]);
    fs::remove_file(shard.path().join("bert_model.ckpt.data-00000-of-00001")).unwrap();
    fails(shard.path(), &["bert_model.ckpt.data-00000-of-00001"]);
}
