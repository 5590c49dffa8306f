//! A file that ends early is never read as if it were whole.

use super::super::super::TensorSource;
use super::super::PytorchSource;
use super::{cut_short, fixture_bytes, open_bytes};

/// Cuts a fixture to every shorter length.
#[track_caller]
fn refused_at_every_length(name: &str) {
    let bytes = fixture_bytes(name);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    // Of one byte nobody can say of what it is the first.
    for len in (2..bytes.len()).rev() {
        file.as_file().set_len(len as u64).unwrap();
        cut_short(PytorchSource::open(file.path()));
    }
}

#[test]
fn a_zip_archive_may_not_end_anywhere() {
    for name in ["views.bin", "dtypes.bin", "protocol4.bin"] {
        refused_at_every_length(name);
    }
}

#[test]
fn a_legacy_file_may_not_end_anywhere() {
    for name in ["views_legacy.bin", "dtypes_legacy.bin", "parts_legacy.bin"] {
        refused_at_every_length(name);
    }
}

#[test]
fn the_tensor_that_is_cut_is_named() {
    let bytes = fixture_bytes("protocol3_legacy.bin");
    let reason = |cut| {
        let reason = cut_short(open_bytes(&bytes[..bytes.len() - cut]));
        // The key is an address.
        reason
            .split('`')
            .enumerate()
            .filter(|(i, _)| *i != 3)
            .map(|(_, part)| part)
            .collect()
    };
    let short: String = reason(1);
    assert_eq!(
        short,
        "tensor a lies in storage , which should have 16 bytes but has 15"
    );
    let missing: String = reason(17);
    assert_eq!(
        missing,
        "tensor a lies in storage , which the file does not hold"
    );
}

#[test]
fn the_place_in_the_file_is_named() {
    let reason = cut_short(open_bytes(&fixture_bytes("views_legacy.bin")[..1000]));
    let at = reason
        .strip_prefix("its pickle fails at byte ")
        .expect("a pickle was cut");
    let at: usize = at
        .split_once(':')
        .expect("a cause follows")
        .0
        .parse()
        .unwrap();
    assert!((900..1000).contains(&at), "{at} is no position in the file");
}

#[test]
fn bytes_after_the_end_are_not_read() {
    // PyTorch allows several things to be saved to one file after each other.
    let bytes = [fixture_bytes("protocol3_legacy.bin"), b"more".to_vec()].concat();
    assert_eq!(
        open_bytes(&bytes).unwrap().read("a").unwrap(),
        [-1.0, -0.5, -0.75, -0.25]
    );
}
