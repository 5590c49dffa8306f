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

/// A fixture with a vocabulary.
fn model_of(name: &str) -> TempDir {
    let folder = model();
    for file in ["config.json", "model.safetensors"] {
        fs::copy(fixture(name).join(file), folder.path().join(file)).unwrap();
    }
    folder
}

/// Changes the text of a folder's config.json.
fn edit_config(folder: &Path, from: &str, to: &str) {
    let path = folder.join("config.json");
    let config = fs::read_to_string(&path).unwrap();
    assert!(config.contains(from), "{config}");
    fs::write(&path, config.replace(from, to)).unwrap();
}

/// The bytes of the graph that a folder becomes, and what was said.
#[track_caller]
fn onnx_of(model: &Path) -> (Vec<u8>, String) {
    let to = tempfile::tempdir().unwrap();
    let said = converts(model, to.path(), &["--format", "onnx"]);
    for file in ["config.json", "tokenizer.json", "vocab.txt"] {
        assert!(to.path().join(file).is_file(), "{file}");
    }
    assert!(!to.path().join("model.onnx_data").exists());
    (fs::read(to.path().join("model.onnx")).unwrap(), said)
}

fn has(bytes: &[u8], name: &str) -> bool {
    bytes
        .windows(name.len())
        .any(|part| part == name.as_bytes())
}

#[test]
fn every_head_becomes_onnx_under_its_names() {
    for (name, class, outputs) in [
        (
            "tiny-bert",
            "BertForSequenceClassification",
            &["logits"][..],
        ),
        ("tiny-token", "BertForTokenClassification", &["logits"]),
        (
            "tiny-span",
            "BertForQuestionAnswering",
            &["start_logits", "end_logits"],
        ),
        ("tiny-choice", "BertForMultipleChoice", &["logits"]),
        ("tiny-pretraining", "BertForMaskedLM", &["logits"]),
    ] {
        let (graph, said) = onnx_of(model_of(name).path());
        assert!(said.contains(&format!("{class} as model.onnx")), "{said}");
        let inputs = ["input_ids", "attention_mask", "token_type_ids"];
        for name in outputs.iter().chain(&inputs) {
            assert!(has(&graph, name), "{class}: {name}");
        }
        let axis = has(&graph, "num_choices");
        assert_eq!(axis, class == "BertForMultipleChoice", "{class}");
        assert_eq!(
            said.contains("the head of next sentences is left out"),
            name == "tiny-pretraining"
        );
    }
}

#[test]
fn what_a_model_is_decides_what_becomes_onnx() {
    let model = model_of("tiny-pretraining");
    let class = |name: &str| format!("\"BertFor{name}\"");
    let (before, next) = (class("PreTraining"), class("NextSentencePrediction"));
    edit_config(model.path(), &before, &next);
    let (_, said) = onnx_of(model.path());
    assert!(said.contains("BertForNextSentencePrediction as"), "{said}");
    edit_config(model.path(), &next, "\"BertModel\"");
    let (graph, said) = onnx_of(model.path());
    assert!(said.contains("BertModel as model.onnx"), "{said}");
    assert!(has(&graph, "last_hidden_state") && !has(&graph, "logits"));
    // Older files do not say what they are.
    edit_config(model.path(), "\"BertModel\"", "");
    let (_, said) = onnx_of(model.path());
    assert!(said.contains("BertForMaskedLM as"), "{said}");
}

#[test]
fn what_onnx_is_not_written_of_is_said() {
    let fails = |from: &Path, more: &[&str], code, part: &str| {
        let to = tempfile::tempdir().unwrap();
        let flags = [&["--format", "onnx"], more].concat();
        let output = convert(from, to.path(), &flags);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{message}");
        assert!(message.contains(part), "`{part}` is not in: {message}");
        assert_eq!(fs::read_dir(to.path()).unwrap().count(), 0, "{message}");
    };
    let model = model_of("tiny-bert");
    let (path, class) = (model.path(), "\"BertForSequenceClassification\"");
    let dtype = "--dtype is f16; it must be f32";
    fails(path, &["--dtype", "f16"], 2, dtype);
    edit_config(path, class, "\"BertLMHeadModel\"");
    fails(path, &[], 1, "architectures is BertLMHeadModel");
    edit_config(path, "\"BertLMHeadModel\"", "\"BertForQuestionAnswering\"");
    fails(path, &[], 1, "no trained head of BertForQuestionAnswering");

    // A graph is not weights to read, nor replaced unasked.
    let (model, to) = (model_of("tiny-bert"), tempfile::tempdir().unwrap());
    converts(model.path(), to.path(), &["--format=onnx"]);
    fails(to.path(), &[], 1, "no weights in");
    let output = convert(model.path(), to.path(), &["--format=onnx"]);
    let message = text(&output.stderr);
    assert!(
        message.contains("holds config.json, model.onnx"),
        "{message}"
    );
    let more = ["--format=onnx", "--overwrite-output-dir"];
    converts(model.path(), to.path(), &more);
}
