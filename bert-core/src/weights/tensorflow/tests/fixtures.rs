//! Everything that TensorFlow writes is read as TensorFlow wrote it.

use std::collections::BTreeMap;

use super::super::super::{
    NamedTensor, SafetensorsSource, StoredType, TensorInfo, TensorSource, WeightsError,
    find_weights, open,
};
use super::super::{TensorflowCheckpoint, TensorflowSource, find, write_tensorflow_tensors};
use super::{fixture, reason};

fn bits(values: Vec<f32>) -> Vec<u32> {
    values.into_iter().map(f32::to_bits).collect()
}

/// The weights by google-research/bert's names.
fn reference() -> SafetensorsSource {
    SafetensorsSource::open(&fixture("reference.safetensors")).unwrap()
}

fn source(folder: &str) -> TensorflowSource {
    TensorflowSource::open(&find_weights(&fixture(folder)).unwrap()).unwrap()
}

/// Every tensor of a source.
fn all(source: &dyn TensorSource) -> BTreeMap<String, (Vec<usize>, Vec<u32>)> {
    let tensors = source.tensors().iter();
    tensors
        .map(|(name, info)| {
            let values = bits(source.read(name).unwrap());
            (name.clone(), (info.shape.clone(), values))
        })
        .collect()
}

#[test]
fn variables_have_their_names_shapes_and_bits() {
    let checkpoint = TensorflowCheckpoint::open(&fixture("tf1/bert_model.ckpt.index")).unwrap();
    let reference = reference();
    let variables = || {
        let names = reference.tensors().keys();
        names.filter(|name| name.contains('/'))
    };
    assert_eq!(variables().count(), 46);
    assert_eq!(checkpoint.tensors().len(), 3 * 46 + 1);
    for name in variables() {
        assert_eq!(checkpoint.tensors()[name], reference.tensors()[name]);
        assert_eq!(
            bits(checkpoint.read(name).unwrap()),
            bits(reference.read(name).unwrap()),
            "{name}"
        );
        let slot = checkpoint.read(&format!("{name}/adam_v")).unwrap();
        assert!(slot.iter().all(|&value| value == 0.25));
    }
    assert_eq!(
        checkpoint.bytes("global_step").unwrap(),
        20_i64.to_le_bytes()
    );
}

#[test]
fn element_types_are_told_apart() {
    let path = fixture("elements/elements.ckpt.index");
    let source = TensorflowCheckpoint::open(&path).unwrap();
    let info = |name: &str| source.tensors()[name].clone();
    let values = [1.5, -2.0, 0.0, -0.0, 1e-3, 65504.0];
    let expected = |round: fn(f32) -> f32| bits(values.into_iter().map(round).collect());
    let read = |name| bits(source.read(name).unwrap());
    assert_eq!(read("f32"), expected(|value| value));
    assert_eq!(read("f64"), expected(|value| value));
    assert_eq!(read("f16"), expected(|x| half::f16::from_f32(x).to_f32()));
    assert_eq!(read("bf16"), expected(|x| half::bf16::from_f32(x).to_f32()));
    for (name, dtype) in [
        ("f16", StoredType::F16),
        ("bf16", StoredType::BF16),
        ("f64", StoredType::F64),
    ] {
        let shape = vec![2, 3];
        assert_eq!(info(name), TensorInfo { shape, dtype });
    }
    assert_eq!(source.read("scalar").unwrap(), [3.25]);
    assert_eq!(info("scalar").shape, [0; 0]);
    assert_eq!(source.read("empty").unwrap(), [0.0; 0]);
    for name in ["int32", "bool", "string"] {
        assert_eq!(info(name).dtype, StoredType::Other);
        assert!(matches!(
            source.read(name),
            Err(WeightsError::NotFloat { .. })
        ));
    }
    let sliced = reason(source.read("sliced"));
    assert_eq!(info("sliced").shape, [3, 2]);
    assert!(sliced.contains("`sliced` is saved in slices"), "{sliced}");
    assert_eq!(source.tensors().len(), 10, "{:?}", source.tensors().keys());
}

#[test]
fn parameters_have_hugging_faces_names_and_layout() {
    let source = source("tf1");
    assert_eq!(source.tensors().len(), 46);
    assert_eq!(source.skipped().len(), 2 * 46 + 1);
    let name = "bert.encoder.layer.1.intermediate.dense.weight";
    assert_eq!(source.tensors()[name].shape, [6, 4]);
    let kernel = reference()
        .read("bert/encoder/layer_1/intermediate/dense/kernel")
        .unwrap();
    let transposed = (0..6).flat_map(|out| (0..4).map(move |input| input * 6 + out));
    let expected: Vec<f32> = transposed.map(|at| kernel[at]).collect();
    assert_eq!(source.read(name).unwrap(), expected);
    // Not transposed: labels first in both.
    assert_eq!(
        source.read("cls.seq_relationship.weight").unwrap(),
        reference()
            .read("cls/seq_relationship/output_weights")
            .unwrap()
    );
}

#[test]
fn tensorflow_2_names_give_the_same_parameters() {
    let expected = all(&source("tf1"));
    let (heads, trunk): (BTreeMap<_, _>, BTreeMap<_, _>) = expected
        .clone()
        .into_iter()
        .partition(|(name, _)| name.starts_with("cls."));
    let with = |name: &str| {
        let mut expected = trunk.clone();
        for kind in ["weight", "bias"] {
            let head = heads[&format!("cls.seq_relationship.{kind}")].clone();
            expected.insert(format!("{name}.{kind}"), head);
        }
        expected
    };
    assert_eq!(all(&source("garden")), trunk);
    assert_eq!(all(&source("garden-named-encoder")), trunk);
    assert_eq!(all(&source("garden-run")), expected);
    let mut published = expected.clone();
    published.retain(|name, _| !name.starts_with("cls.seq_relationship"));
    assert_eq!(all(&source("garden-pretrainer")), published);
    assert_eq!(all(&source("garden-classifier")), with("classifier"));
    assert_eq!(all(&source("tf1-classifier")), with("classifier"));
    assert_eq!(all(&source("garden-squad")), with("qa_outputs"));
    assert_eq!(all(&source("tf1-squad")), with("qa_outputs"));
}

#[test]
fn what_is_written_is_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for head in ["tf1", "tf1-classifier", "tf1-squad"] {
        let source = source(head);
        let tensors = source.tensors().iter().map(|(name, info)| {
            let values = source.read(name).unwrap();
            NamedTensor::new(name.clone(), info.shape.clone(), &values)
        });
        let tensors: Vec<_> = tensors.collect();
        let prefix = folder.path().join(head);
        write_tensorflow_tensors(&tensors, &prefix).unwrap();
        // The name that `checkpoint` has is that of the last.
        let found = find(folder.path()).unwrap().unwrap();
        assert_eq!(found.file_stem(), prefix.file_name());
        assert_eq!(all(open(&found).unwrap().as_ref()), all(&source));
        // The bytes are those that TensorFlow wrote, which are in another order there.
        let theirs = TensorflowCheckpoint::open(&find_weights(&fixture(head)).unwrap()).unwrap();
        let ours = TensorflowCheckpoint::open(&found).unwrap();
        for name in ours.tensors().keys() {
            assert_eq!(
                ours.bytes(name).unwrap(),
                theirs.bytes(name).unwrap(),
                "{name}"
            );
        }
    }
}

#[test]
fn two_tensors_of_one_name_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let tensor = |name: &str| NamedTensor::new(name.to_owned(), vec![1], &[1.0]);
    let twice = [
        tensor("bert.pooler.dense.bias"),
        tensor("pooler.dense.bias"),
    ];
    let error = write_tensorflow_tensors(&twice, &folder.path().join("a")).unwrap_err();
    assert!(
        error.to_string().contains("`bert/pooler/dense/bias`"),
        "{error}"
    );
}
