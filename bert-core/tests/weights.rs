//! Weights in every form that Hugging Face has them in, and in forms that nobody should have.

mod common;

use std::path::{Path, PathBuf};

use bert_core::config::BertConfig;
use bert_core::model::{BertInput, BertModel};
use bert_core::weights::{
    LoadPolicy, NamedTensor, WeightsError, load_folder, open, write_safetensors, write_tensors,
};
use burn::backend::Flex;
use common::{Reference, assert_close, fixtures, values};

fn without_head() -> LoadPolicy {
    LoadPolicy {
        may_be_unused: vec!["classifier.".into()],
        ..LoadPolicy::strict()
    }
}

fn fresh(folder: &Path) -> (BertModel<Flex>, BertConfig) {
    let config = BertConfig::from_folder(folder).unwrap();
    (
        BertModel::new(&config, 0, &Default::default()).unwrap(),
        config,
    )
}

fn pooled(model: &BertModel<Flex>, config: &BertConfig) -> Vec<f32> {
    let batch = Reference::open("tiny-bert").batch("");
    let input = BertInput::new(
        config,
        batch.shape,
        &batch.input_ids,
        &batch.token_type_ids,
        &batch.attention_mask,
        &Default::default(),
    );
    values(model.forward(input.unwrap()).pooled_output)
}

/// A copy of the tiny BERT whose files a test may spoil.
fn copy() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "model.safetensors"] {
        std::fs::copy(
            fixtures().join("tiny-bert").join(file),
            folder.path().join(file),
        )
        .unwrap();
    }
    let path = folder.path().to_path_buf();
    (folder, path)
}

fn fails_to_load(folder: &Path, policy: &LoadPolicy) -> WeightsError {
    let (model, _) = fresh(folder);
    load_folder(model, folder, policy).map(|_| ()).unwrap_err()
}

#[test]
fn every_variant_gives_the_same_pooled_output() {
    let expected = Reference::open("tiny-bert").floats("pooled_output");
    for variant in ["no-prefix", "gamma-beta", "sharded", "bin"] {
        let folder = fixtures().join("tiny-bert-variants").join(variant);
        let (model, config) = fresh(&folder);
        let (model, report) = load_folder(model, &folder, &without_head()).unwrap();
        assert_eq!(report.loaded.len(), 55, "{variant}: {report}");
        assert_close(variant, &pooled(&model, &config), &expected, 1e-5);
    }
}

#[test]
fn half_precision_files_become_f32() {
    let expected = Reference::open("tiny-bert").floats("pooled_output");
    for (variant, tolerance) in [("f16", 5e-2), ("bf16", 3e-1)] {
        let folder = fixtures().join("tiny-bert-variants").join(variant);
        let (model, config) = fresh(&folder);
        let (model, _) = load_folder(model, &folder, &without_head()).unwrap();
        assert_close(variant, &pooled(&model, &config), &expected, tolerance);
    }
}

#[test]
fn what_is_saved_loads_to_the_same_bits() {
    let source = fixtures().join("tiny-bert");
    let (model, config) = fresh(&source);
    let (model, _) = load_folder(model, &source, &without_head()).unwrap();
    let (_guard, target) = copy();
    write_safetensors(&model, &target.join("model.safetensors")).unwrap();
    let (again, _) = load_folder(fresh(&target).0, &target, &LoadPolicy::strict()).unwrap();
    assert_eq!(pooled(&model, &config), pooled(&again, &config));

    let file = std::fs::read(target.join("model.safetensors")).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&file).unwrap();
    assert_eq!(header.metadata().as_ref().unwrap()["format"], "pt");
    // A bare model is saved as transformers saves a BertModel: without the prefix.
    assert!(
        header
            .tensors()
            .contains_key("encoder.layer.0.attention.self.query.weight")
    );
}

#[test]
fn a_head_that_the_model_lacks_is_reported() {
    let folder = fixtures().join("tiny-bert");
    let error = fails_to_load(&folder, &LoadPolicy::strict());
    let WeightsError::Mismatch { report, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(report.unused, ["classifier.bias", "classifier.weight"]);
    assert!(
        error
            .to_string()
            .contains("unused (in the file, not in the model): 2"),
        "{error}"
    );
}

#[test]
fn a_layer_that_the_file_lacks_is_an_error_unless_allowed() {
    let (_guard, folder) = copy();
    edit_config(&folder, "num_hidden_layers", 4);
    let error = fails_to_load(&folder, &without_head());
    let WeightsError::Mismatch { report, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(report.missing.len(), 16);
    assert!(
        error.to_string().contains("encoder.layer.3.attention"),
        "{error}"
    );
    load_folder(fresh(&folder).0, &folder, &without_head().allow_missing()).unwrap();
}

#[test]
fn a_layer_that_the_model_lacks_is_an_error() {
    let (_guard, folder) = copy();
    edit_config(&folder, "num_hidden_layers", 2);
    let error = fails_to_load(&folder, &LoadPolicy::fresh_head("classifier."));
    assert!(
        error.to_string().contains("bert.encoder.layer.2."),
        "{error}"
    );
}

#[test]
fn another_shape_is_an_error_unless_ignored() {
    let (_guard, folder) = copy();
    edit_config(&folder, "vocab_size", 130);
    let error = fails_to_load(&folder, &without_head());
    let expected = "word_embeddings.weight is [120, 32], expected [130, 32]";
    assert!(error.to_string().contains(expected), "{error}");
    let policy = without_head().ignore_mismatched_sizes();
    load_folder(fresh(&folder).0, &folder, &policy).unwrap();
}

#[test]
fn truncated_and_foreign_files_are_named() {
    let whole = std::fs::read(fixtures().join("tiny-bert/model.safetensors")).unwrap();
    let cut = |len: usize| (whole[..len].to_vec(), "is cut short: it should have ");
    let contents = [
        (Vec::new(), "is empty"),
        (
            b"not weights".to_vec(),
            "cannot be read as weights: header too large",
        ),
        (b"version https://git-lfs".to_vec(), "is a Git LFS pointer"),
        (
            b"<!doctype html>\n<html></html>".to_vec(),
            "is an HTML page",
        ),
        (b"PK\x03\x04 and so on".to_vec(), "is a zip archive"),
        ([&whole[..], b"12"].concat(), "and it has"),
        cut(4),
        cut(100),
        cut(whole.len() / 2),
        cut(whole.len() - 1),
    ];
    for (content, expected) in contents {
        let (_guard, folder) = copy();
        std::fs::write(folder.join("model.safetensors"), &content).unwrap();
        let message = fails_to_load(&folder, &without_head()).to_string();
        assert!(message.contains("model.safetensors"), "{message}");
        assert!(message.contains(expected), "{message}");
        assert_eq!(
            message.contains("cut short"),
            expected.contains("cut short"),
            "{message}"
        );
    }
}

#[test]
fn a_fault_of_an_index_has_its_line_and_key() {
    let (_guard, folder) = copy();
    std::fs::remove_file(folder.join("model.safetensors")).unwrap();
    for (index, expected) in [
        (
            "{\n\"weight_map\": {\"a\": 1}}",
            "index.json: line 2, column 21: weight_map.a: ",
        ),
        ("{}", "missing field `weight_map`"),
        (
            "version https://git-lfs.github.com/spec/v1",
            "it is a Git LFS pointer",
        ),
    ] {
        std::fs::write(folder.join("model.safetensors.index.json"), index).unwrap();
        let message = fails_to_load(&folder, &without_head()).to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn another_head_of_any_name_may_be_left_over_but_nothing_of_the_trunk() {
    let load = |from: &str, to: &str, policy: LoadPolicy| {
        let (_guard, folder) = copy();
        renamed(&folder, |name| name.replace(from, to));
        let (model, _) = fresh(&folder);
        let policy = LoadPolicy {
            may_be_missing: vec!["pooler.".to_owned()],
            ..policy
        };
        load_folder(model, &folder, &policy).map(|(_, report)| report.unused)
    };
    let fine_tuning = || LoadPolicy::fresh_head("qa_outputs.");
    let unused = load("classifier.", "score.", fine_tuning()).unwrap();
    assert_eq!(unused, ["score.bias", "score.weight"]);
    // What is between the trunk and a head that predicts is missed there.
    load(
        "classifier.",
        "score.",
        LoadPolicy::trained_head("qa_outputs."),
    )
    .unwrap_err();
    load("bert.pooler.", "bert.projection.", fine_tuning()).unwrap_err();
}

/// The tensors of the tiny BERT with other names.
fn renamed(folder: &Path, name: impl Fn(&str) -> String) {
    let source = open(&fixtures().join("tiny-bert/model.safetensors")).unwrap();
    let tensors = source.tensors().iter().map(|(stored, info)| {
        let values = source.read(stored).unwrap();
        NamedTensor::new(name(stored), info.shape.clone(), &values)
    });
    let tensors: Vec<NamedTensor> = tensors.collect();
    write_tensors(&tensors, &folder.join("model.safetensors")).unwrap();
}

#[test]
fn names_of_what_was_around_the_model_are_left_out_and_told() {
    let expected = Reference::open("tiny-bert").floats("pooled_output");
    for around in [
        "module.",
        "_orig_mod.",
        "model.",
        "_orig_mod.module.",
        "model.module.",
    ] {
        let (_guard, folder) = copy();
        renamed(&folder, |name| format!("{around}{name}"));
        let (model, config) = fresh(&folder);
        let (model, report) = load_folder(model, &folder, &without_head()).unwrap();
        assert_eq!(report.loaded.len(), 55, "{around}: {report}");
        assert_close(around, &pooled(&model, &config), &expected, 1e-5);
        let said = format!("names without {}", report.left_out_of_names.join(", "));
        assert!(report.to_string().contains(&said), "{report}");
    }
    // Only where it stands before all names: here a head has it and the trunk has not.
    let (_guard, folder) = copy();
    renamed(&folder, |name| {
        name.replace("classifier.", "model.classifier.")
    });
    let error = fails_to_load(&folder, &without_head()).to_string();
    assert!(error.contains("model.classifier.bias"), "{error}");
}

#[test]
fn a_missing_shard_is_named() {
    let (_guard, folder) = copy();
    std::fs::remove_file(folder.join("model.safetensors")).unwrap();
    let index = r#"{"weight_map": {"a": "model-00001-of-00001.safetensors"}}"#;
    std::fs::write(folder.join("model.safetensors.index.json"), index).unwrap();
    let message = fails_to_load(&folder, &without_head()).to_string();
    assert!(
        message.contains("model-00001-of-00001.safetensors"),
        "{message}"
    );

    let outside = r#"{"weight_map": {"a": "../model.safetensors"}}"#;
    std::fs::write(folder.join("model.safetensors.index.json"), outside).unwrap();
    let message = fails_to_load(&folder, &without_head()).to_string();
    assert!(
        message.contains("not the name of a weights file"),
        "{message}"
    );
}

#[test]
fn a_folder_without_weights_says_what_was_looked_for() {
    let (_guard, folder) = copy();
    std::fs::remove_file(folder.join("model.safetensors")).unwrap();
    let message = fails_to_load(&folder, &without_head()).to_string();
    assert!(
        message.contains("model.safetensors, model.safetensors.index.json"),
        "{message}"
    );
}

fn edit_config(folder: &Path, key: &str, value: usize) {
    let path = folder.join("config.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&text).unwrap();
    config[key] = value.into();
    std::fs::write(path, config.to_string()).unwrap();
}

/// Writes `value` into a tensor of a safetensors file.
fn spoil(path: &Path, tensor: &str, place: usize, value: f32) {
    let mut bytes = std::fs::read(path).unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let names: serde_json::Value = serde_json::from_slice(&bytes[8..header]).unwrap();
    let begin = names[tensor]["data_offsets"][0].as_u64().unwrap() as usize;
    let at = header + begin + 4 * place;
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_weight_that_is_no_number_is_found_and_named() {
    const TENSOR: &str = "bert.encoder.layer.1.output.dense.weight";
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let (_folder, path) = copy();
        spoil(&path.join("model.safetensors"), TENSOR, 77, value);
        let error = fails_to_load(&path, &without_head());
        let message = error.to_string();
        assert!(
            matches!(&error, WeightsError::NotFinite { name, place: 77, .. } if name == TENSOR),
            "{message}"
        );
        for part in [TENSOR, "model.safetensors", "place 77"] {
            assert!(message.contains(part), "{message}");
        }
    }
    // What is not loaded is not looked at.
    let (_folder, path) = copy();
    spoil(
        &path.join("model.safetensors"),
        "classifier.bias",
        0,
        f32::NAN,
    );
    let (model, _) = fresh(&path);
    load_folder(model, &path, &without_head()).unwrap();
}
