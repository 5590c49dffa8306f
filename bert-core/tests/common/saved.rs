//! Models on disk, compared.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::SafeTensors;

/// The parameters of a model folder.
fn parameters(folder: &Path) -> BTreeMap<String, Vec<f32>> {
    let bytes = std::fs::read(folder.join("model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let of = |data: &[u8]| {
        let values = data.as_chunks::<4>().0.iter().copied();
        values.map(f32::from_le_bytes).collect()
    };
    let tensors = tensors.iter();
    tensors
        .map(|(name, view)| (name.to_owned(), of(view.data())))
        .collect()
}

/// How far two models are from one another, relative to how large they are.
pub fn distance(one: &Path, other: &Path) -> f64 {
    let (one, other) = (parameters(one), parameters(other));
    assert!(one.keys().eq(other.keys()));
    let (mut difference, mut norm) = (0.0, 0.0);
    for (a, b) in one.values().flatten().zip(other.values().flatten()) {
        difference += f64::from(a - b).powi(2);
        norm += f64::from(*a).powi(2);
    }
    (difference / norm).sqrt()
}
