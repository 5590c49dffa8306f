//! TensorFlow's checkpoints as model folders: what they compute, and how they fail.

mod common;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use bert_core::config::BertConfig;
use bert_core::model::{BertInput, BertModel, BertOutput};
use bert_core::weights::tensorflow::{TensorflowCheckpoint, write_tensorflow};
use bert_core::weights::{LoadPolicy, TensorSource, WeightsError, load_folder};
use burn::backend::Flex;
use common::{assert_close, fixtures, values};
use safetensors::SafeTensors;

const FOLDERS: [&str; 9] = [
    "garden",
    "garden-classifier",
    "garden-named-encoder",
    "garden-pretrainer",
    "garden-run",
    "garden-squad",
    "tf1",
    "tf1-classifier",
    "tf1-squad",
];

fn folder(name: &str) -> PathBuf {
    fixtures().join("tensorflow").join(name)
}

fn fresh(folder: &Path) -> (BertModel<Flex>, BertConfig) {
    let config = BertConfig::from_folder(folder).unwrap();
    (
        BertModel::new(&config, 0, &Default::default()).unwrap(),
        config,
    )
}

fn trunk() -> LoadPolicy {
    LoadPolicy {
        may_be_unused: ["cls.", "classifier.", "qa_outputs."]
            .map(String::from)
            .into(),
        ..LoadPolicy::strict()
    }
}

fn fails_to_load(folder: &Path, policy: &LoadPolicy) -> WeightsError {
    let (model, _) = fresh(folder);
    load_folder(model, folder, policy).map(|_| ()).unwrap_err()
}

/// What TensorFlow computed, and from what.
struct Reference(Vec<u8>);

impl Reference {
    fn open() -> Self {
        Self(std::fs::read(folder("reference.safetensors")).unwrap())
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let (chunks, _) = file.tensor(name).unwrap().data().as_chunks();
        chunks
            .iter()
            .map(|&bytes| f32::from_le_bytes(bytes))
            .collect()
    }

    fn ids(&self, name: &str) -> Vec<i64> {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let (chunks, _) = file.tensor(name).unwrap().data().as_chunks();
        chunks
            .iter()
            .map(|&bytes| i64::from_le_bytes(bytes))
            .collect()
    }

    fn run(&self, model: &BertModel<Flex>, config: &BertConfig) -> BertOutput<Flex> {
        let input = BertInput::new(
            config,
            [2, 6],
            &self.ids("input_word_ids"),
            &self.ids("input_type_ids"),
            &self.ids("input_mask"),
            &Default::default(),
        );
        model.forward(input.unwrap())
    }
}

#[test]
fn every_folder_computes_what_tensorflow_computed() {
    let reference = Reference::open();
    let sequence = reference.floats("sequence_output");
    let pooled = reference.floats("pooled_output");
    for name in FOLDERS {
        let (model, config) = fresh(&folder(name));
        let (model, report) = load_folder(model, &folder(name), &trunk()).unwrap();
        assert_eq!(report.loaded.len(), 39, "{name}: {report}");
        assert!(report.missing.is_empty(), "{name}: {report}");
        let output = reference.run(&model, &config);
        // The second row has two padded positions, where no one looks.
        let hidden = values(output.last_hidden_state);
        assert_close(name, &hidden[..40], &sequence[..40], 1e-5);
        assert_close(name, &values(output.pooled_output), &pooled, 1e-5);
    }
}

#[test]
fn what_is_saved_loads_to_the_same_bits() {
    let source = folder("tf1");
    let (model, config) = fresh(&source);
    let (model, _) = load_folder(model, &source, &trunk()).unwrap();
    let target = tempfile::tempdir().unwrap();
    write_tensorflow(&model, &target.path().join("bert_model.ckpt")).unwrap();
    std::fs::write(target.path().join("config.json"), config.to_json()).unwrap();
    let (again, report) =
        load_folder(fresh(target.path()).0, target.path(), &LoadPolicy::strict()).unwrap();
    assert!(report.is_complete(), "{report}");
    let reference = Reference::open();
    let bits = |model| -> Vec<u32> {
        let output = reference.run(model, &config).last_hidden_state;
        values(output).into_iter().map(f32::to_bits).collect()
    };
    assert_eq!(bits(&model), bits(&again));
    let state = std::fs::read_to_string(target.path().join("checkpoint")).unwrap();
    assert!(
        state.starts_with("model_checkpoint_path: \"bert_model.ckpt\"\n"),
        "{state}"
    );
}

#[test]
fn heads_are_reported_and_training_state_is_not() {
    let error = fails_to_load(&folder("tf1"), &LoadPolicy::strict());
    let WeightsError::Mismatch { report, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(report.unused.len(), 7, "{report}");
    assert!(
        report.unused.iter().all(|name| name.starts_with("cls.")),
        "{report}"
    );
}

/// A folder with one of its files left out.
fn without(name: &str, left_out: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder(name)).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap();
        if file != left_out {
            std::fs::copy(&path, copy.path().join(file)).unwrap();
        }
    }
    copy
}

#[test]
fn a_missing_data_file_is_named() {
    let shard = "bert_model.ckpt.data-00000-of-00001";
    let copy = without("tf1", shard);
    let message = fails_to_load(copy.path(), &trunk()).to_string();
    assert!(
        message.contains(shard) && message.contains("is missing"),
        "{message}"
    );
    assert!(message.contains("bert_model.ckpt.index"), "{message}");
}

#[test]
fn a_missing_index_says_what_was_looked_for() {
    let copy = without("tf1", "bert_model.ckpt.index");
    let message = fails_to_load(copy.path(), &trunk()).to_string();
    assert!(
        message.contains("bert_model.ckpt.index and other `*.index`"),
        "{message}"
    );
}

#[test]
fn a_checkpoint_of_another_model_is_reported() {
    let copy = tempfile::tempdir().unwrap();
    for suffix in ["index", "data-00000-of-00001"] {
        let file = format!("elements.ckpt.{suffix}");
        std::fs::copy(folder("elements").join(&file), copy.path().join(file)).unwrap();
    }
    let config = folder("tf1").join("bert_config.json");
    std::fs::copy(config, copy.path().join("bert_config.json")).unwrap();
    let error = fails_to_load(copy.path(), &trunk());
    let WeightsError::Mismatch { report, path } = &error else {
        panic!("{error}")
    };
    assert_eq!(
        (report.missing.len(), report.unused.len()),
        (39, 10),
        "{error}"
    );
    assert!(path.ends_with("elements.ckpt.index"));
}

#[test]
fn a_changed_value_is_found_and_named() {
    let copy = without("tf1", "");
    let path = copy.path().join("bert_model.ckpt.data-00000-of-00001");
    let mut data = std::fs::read(&path).unwrap();
    let checkpoint =
        TensorflowCheckpoint::open(&copy.path().join("bert_model.ckpt.index")).unwrap();
    let bytes = checkpoint
        .bytes("bert/pooler/dense/kernel")
        .unwrap()
        .to_vec();
    let at = data
        .windows(bytes.len())
        .position(|window| window == bytes)
        .unwrap();
    data[at + 5] ^= 0x10;
    std::fs::write(&path, data).unwrap();
    let message = fails_to_load(copy.path(), &trunk()).to_string();
    assert!(
        message.contains("variable `bert/pooler/dense/kernel` has the checksum"),
        "{message}"
    );
    assert!(message.contains("data-00000-of-00001"), "{message}");
}

/// Reads the checkpoints of others, as TensorFlow itself read them into `tf_values.npz`:
///
/// ```text
/// TF_DIR=.../shared/data/tf cargo test -p bert-core --test tensorflow -- --ignored --nocapture
/// ```
#[test]
#[ignore = "needs keras-bert-toy and google-L4-H256-index-only in TF_DIR"]
fn real_checkpoints_are_read() {
    let root = PathBuf::from(std::env::var_os("TF_DIR").expect("TF_DIR"));
    let toy = root.join("keras-bert-toy");
    let expected = npz(&toy.join("tf_values.npz"));
    let checkpoint = TensorflowCheckpoint::open(&toy.join("bert_model.ckpt.index")).unwrap();
    let names: Vec<_> = checkpoint.tensors().keys().collect();
    assert_eq!(names, expected.keys().collect::<Vec<_>>());
    for (name, (shape, bytes)) in &expected {
        assert_eq!(&checkpoint.tensors()[name].shape, shape, "{name}");
        assert_eq!(checkpoint.bytes(name).unwrap(), bytes, "{name}");
    }
    println!("{} variables are equal bit for bit", expected.len());
    let (_, report) = load_folder(fresh(&toy).0, &toy, &trunk()).unwrap();
    println!("{report}");

    let mini = root.join("google-L4-H256-index-only");
    let error = fails_to_load(&mini, &trunk());
    assert!(matches!(error, WeightsError::NoShard { .. }), "{error}");
    println!("{error}");
}

/// The arrays of a file by `numpy.savez`: an archive of `.npy`, whose header tells the shape.
fn npz(path: &Path) -> BTreeMap<String, (Vec<usize>, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut arrays = BTreeMap::new();
    for number in 0..archive.len() {
        let mut file = archive.by_index(number).unwrap();
        let name = file.name().strip_suffix(".npy").unwrap().to_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let header_len = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let (header, data) = bytes[10..].split_at(header_len);
        let header = std::str::from_utf8(header).unwrap();
        assert!(header.contains("'fortran_order': False"), "{header}");
        let shape = header.split_once("'shape': (").unwrap().1;
        let shape = shape.split_once(')').unwrap().0;
        let sizes = shape
            .split(',')
            .map(str::trim)
            .filter(|size| !size.is_empty());
        let shape = sizes.map(|size| size.parse().unwrap()).collect();
        arrays.insert(name, (shape, data.to_vec()));
    }
    arrays
}
