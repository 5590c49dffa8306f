//! What is no state dict, or none that can be read faithfully, is refused with the reason.

use super::super::super::WeightsError;
use super::super::PytorchSource;
use super::{fixture, fixture_bytes, open_bytes, reason};
use crate::foreign::Foreign;

#[track_caller]
fn refused(name: &str, because: &str) {
    let reason = reason(PytorchSource::open(&fixture(name)));
    assert!(
        reason.contains(because),
        "{name} is refused because {reason}"
    );
}

#[track_caller]
fn bytes_refused(bytes: &[u8], because: &str) {
    let reason = reason(open_bytes(bytes));
    assert!(reason.contains(because), "refused because {reason}");
}

#[test]
fn other_formats() {
    let foreign = |bytes: &[u8]| match open_bytes(bytes) {
        Err(WeightsError::Foreign { kind, .. }) => kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(foreign(b""), Foreign::Empty);
    assert_eq!(foreign(b"<!doctype html>"), Foreign::Html);
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid";
    assert_eq!(foreign(pointer), Foreign::GitLfs);
    assert_eq!(
        foreign(b"\x10\0\0\0\0\0\0\0{\"a\": {}}"),
        Foreign::Safetensors
    );
    bytes_refused(
        b"Entry not found",
        "neither as a zip archive nor as a pickle",
    );
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    bytes_refused(&tar, "TAR format");
    refused("torchscript.bin", "TorchScript");
    bytes_refused(b"\x80\x02}q\x00.", "a pickle, but not one of torch.save");
}

#[test]
fn other_objects() {
    refused(
        "whole_module.bin",
        "a whole object of `torch.nn.modules.linear.Linear`",
    );
    refused("list.bin", "does not hold a dict");
    refused("no_tensors.bin", "holds no tensors");
}

#[test]
fn tensors_that_are_no_plain_views() {
    refused(
        "sparse.bin",
        "tensor `a` is made by `torch._utils._rebuild_sparse_tensor`",
    );
    refused("negative.bin", "negative or conjugate");
}

#[test]
fn containers_that_torch_does_not_write() {
    refused("big_endian.bin", "big-endian");
    refused("compressed.bin", "compressed");
    let zip_without_entries = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    bytes_refused(&zip_without_entries, "found 0 times");

    let legacy = fixture_bytes("protocol3_legacy.bin");
    bytes_refused(
        &replaced(&legacy, b"M\xe9\x03.", b"M\xea\x03."),
        "protocol is not 1001",
    );
    let little_endian = [b"little_endianq".as_slice(), b"\x02\x88"].concat();
    let big_endian = [b"little_endianq".as_slice(), b"\x02\x89"].concat();
    bytes_refused(
        &replaced(&legacy, &little_endian, &big_endian),
        "big-endian",
    );
}

#[test]
fn storages_of_another_size_than_the_pickle_says() {
    let message = |found| {
        format!("tensor `a` lies in storage `0`, which should have 24 bytes but has {found}")
    };
    refused("short_storage.bin", &message(20));
    refused("long_storage.bin", &message(28));
}

#[test]
fn a_missing_file_is_not_a_damaged_one() {
    let result = PytorchSource::open(&fixture("no-such-file.bin"));
    assert!(matches!(
        result,
        Err(WeightsError::Io { action: "read", .. })
    ));
    let result = PytorchSource::open(&fixture(""));
    assert!(matches!(
        result,
        Err(WeightsError::Io { action: "read", .. })
    ));
}

/// `bytes` with its only `from` replaced.
#[track_caller]
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let places: Vec<_> = (0..bytes.len())
        .filter(|&start| bytes[start..].starts_with(from))
        .collect();
    let &[start] = &places[..] else {
        panic!("found {} times", places.len())
    };
    [&bytes[..start], to, &bytes[start + from.len()..]].concat()
}
