//! Everything that PyTorch writes is read as PyTorch reads it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::super::{StoredType, TensorInfo, TensorSource, WeightsError};
use super::super::PytorchSource;
use super::fixture;

/// Compares every tensor of a fixture with `expected.json`.
#[track_caller]
fn check(name: &str) -> PytorchSource {
    let expected = std::fs::read_to_string(fixture("expected.json")).unwrap();
    let expected: BTreeMap<String, BTreeMap<String, Value>> =
        serde_json::from_str(&expected).unwrap();
    let expected = &expected[name];

    let source = PytorchSource::open(&fixture(name)).unwrap();
    assert_eq!(
        source.tensors().keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>(),
        "{name} has other tensors"
    );
    for (key, expected) in expected {
        let shape: Vec<usize> = serde_json::from_value(expected["shape"].clone()).unwrap();
        assert_eq!(
            source.tensors()[key].shape,
            shape,
            "shape of {key} in {name}"
        );
        let values: Option<Vec<f64>> = serde_json::from_value(expected["values"].clone()).unwrap();
        match values {
            // Compared by bits, which tells -0 from 0.
            Some(values) => assert_eq!(
                bits(source.read(key).unwrap()),
                bits(values.into_iter().map(|value| value as f32)),
                "values of {key} in {name}"
            ),
            None => assert!(
                matches!(source.read(key), Err(WeightsError::NotFloat { name, .. }) if name == *key),
                "{key} in {name} is no float tensor"
            ),
        }
    }
    source
}

fn bits(values: impl IntoIterator<Item = f32>) -> Vec<u32> {
    values.into_iter().map(f32::to_bits).collect()
}

#[test]
fn views_are_read_through_their_strides() {
    check("views.bin");
    check("views_legacy.bin");
}

#[test]
fn element_types_are_told_apart() {
    for name in ["dtypes.bin", "dtypes_legacy.bin"] {
        let source = check(name);
        let stored = |key: &str| source.tensors()[key].dtype;
        assert_eq!(stored("f64"), StoredType::F64);
        assert_eq!(stored("f32"), StoredType::F32);
        assert_eq!(stored("f16"), StoredType::F16);
        assert_eq!(stored("bf16"), StoredType::BF16);
        let ids = TensorInfo {
            shape: vec![1, 5],
            dtype: StoredType::Other,
        };
        assert_eq!(source.tensors()["position_ids"], ids);
    }
}

#[test]
fn types_without_a_storage_class_are_listed() {
    let source = check("new_dtypes.bin");
    assert_eq!(source.tensors()["f8"].dtype, StoredType::Other);
}

#[test]
fn storages_may_be_parts_of_others() {
    check("parts_legacy.bin");
}

#[test]
fn every_pickle_protocol_is_read() {
    for protocol in 3..=5 {
        check(&format!("protocol{protocol}_legacy.bin"));
    }
    check("protocol4.bin");
}

#[test]
fn tied_tensors_are_read_under_both_names() {
    let source = check("module.bin");
    assert_eq!(
        source.read("decoder.weight").unwrap(),
        source.read("embedding.weight").unwrap(),
        "the names share a storage"
    );
}

#[test]
fn parameters_are_tensors() {
    check("parameters.bin");
    check("parameter_with_state.bin");
}

#[test]
fn the_state_dict_of_a_training_checkpoint_is_found() {
    check("checkpoint.bin");
    check("lightning.bin");
}

#[test]
fn an_empty_state_dict_is_one() {
    check("empty.bin");
}

#[test]
fn unknown_objects_are_left_out_and_not_executed() {
    check("hostile.bin");
    assert!(!std::path::Path::new("hostile-pickle-was-executed").exists());
}

#[test]
fn an_unknown_name_is_an_error() {
    let source = check("small.bin");
    assert!(matches!(source.read("b"), Err(WeightsError::NoTensor { name, .. }) if name == "b"));
    assert_eq!(source.path(), fixture("small.bin"));
}

#[test]
fn a_source_can_be_shared_between_threads() {
    let source = check("small.bin");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    assert_eq!(
                        source.read("a").unwrap(),
                        [-1.0, -0.75, -0.5, -0.25, 0.0, 0.25]
                    );
                }
            });
        }
    });
}
