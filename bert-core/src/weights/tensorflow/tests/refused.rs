//! What is no checkpoint, or none that can be read faithfully, is refused with the reason.

use prost::Message;

use super::super::super::{TensorSource, WeightsError};
use super::super::bundle::{BundleEntry, BundleHeader, VersionDef};
use super::super::{TensorflowCheckpoint, TensorflowSource};
use super::{DATA, Files, entry, fixture, header, index, index_refused, one, reason, shape};
use crate::foreign::Foreign;

#[track_caller]
fn entry_refused(change: impl FnOnce(&mut BundleEntry), because: &str) {
    let mut entry = entry();
    change(&mut entry);
    index_refused(&one(&entry), &format!("variable `kernel` {because}"));
}

#[test]
fn headers() {
    let refused = |change: fn(&mut BundleHeader), because| {
        let mut header = header();
        change(&mut header);
        index_refused(&index(&[(b"", header.encode_to_vec())]), because);
    };
    refused(|header| header.num_shards = 0, "there are 0 data files");
    refused(|header| header.num_shards = -1, "there are -1 data files");
    refused(|header| header.endianness = 1, "big-endian");
    refused(
        |header| {
            header.version = Some(VersionDef {
                producer: 2,
                min_consumer: 2,
            });
        },
        "needs version 2",
    );
    index_refused(&index(&[]), "does not begin with the header");
    let without = index(&[(b"kernel", entry().encode_to_vec())]);
    index_refused(&without, "does not begin with the header");
    index_refused(&index(&[(b"", vec![0xff])]), "no valid message");
}

#[test]
fn entries_that_do_not_fit() {
    entry_refused(|entry| entry.dtype = 0, "has the unknown element type 0");
    entry_refused(
        |entry| entry.dtype = 101,
        "has the unknown element type 101",
    );
    entry_refused(|entry| entry.shard_id = 1, "is in data file 1 of 1");
    entry_refused(|entry| entry.shard_id = -1, "is in data file -1 of 1");
    entry_refused(|entry| entry.size = 4, "has 4 bytes, but its shape needs 8");
    entry_refused(
        |entry| entry.size = -8,
        "has -8 bytes, but its shape needs 8",
    );
    for offset in [1, -1, i64::MAX, i64::MIN, 1 << 62] {
        let because = format!("should be 8 bytes from byte {offset} of ");
        entry_refused(|entry| entry.offset = offset, &because);
    }
    for sizes in [
        &[-1_i64][..],
        &[1 << 32, 1 << 32],
        &[i64::MAX, 2],
        &[1 << 40, 1 << 40, 0],
        &[1 << 62, 1],
        &[1; 255],
    ] {
        let because = "has a shape that no memory can hold";
        entry_refused(|entry| entry.shape = Some(shape(sizes)), because);
    }
    entry_refused(
        |entry| entry.shape = Some(shape(&vec![1; 1 << 15])),
        "has an entry of ",
    );
    let garbage = index(&[(b"", header().encode_to_vec()), (b"kernel", vec![0xff])]);
    index_refused(&garbage, "variable `kernel` is no valid message");
    let name = index(&[
        (b"", header().encode_to_vec()),
        (b"\xff", entry().encode_to_vec()),
    ]);
    index_refused(&name, "is not text");
}

#[test]
fn bytes_that_have_changed() {
    let mut data = DATA;
    data[3] ^= 1;
    let files = Files::new(&one(&entry()), &data);
    let checkpoint = files.open().unwrap();
    match checkpoint.read("kernel") {
        Err(WeightsError::Damaged { path, reason }) => {
            assert_eq!(path, files.data);
            assert!(
                reason.contains("variable `kernel` has the checksum"),
                "{reason}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        checkpoint.read("bias"),
        Err(WeightsError::NoTensor { name, .. }) if name == "bias"
    ));
}

#[test]
fn data_files_that_are_cut_or_missing() {
    let files = Files::new(&one(&entry()), &DATA[..7]);
    match files.open() {
        Err(WeightsError::CutShort { path, reason }) => {
            assert_eq!(path, files.data);
            let expected =
                "variable `kernel` should be 8 bytes from byte 0 of the file, which has 7";
            assert_eq!(reason, expected);
        }
        other => panic!("{other:?}"),
    }
    for (content, expected) in [
        (&b""[..], Foreign::Empty),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            Foreign::GitLfs,
        ),
    ] {
        std::fs::write(&files.data, content).unwrap();
        match files.open() {
            // A pointer is longer than the data of this checkpoint.
            Err(WeightsError::Foreign { path, kind }) => {
                assert_eq!((path, kind), (files.data.clone(), expected));
            }
            Ok(checkpoint) => assert!(matches!(
                checkpoint.read("kernel"),
                Err(WeightsError::Foreign { kind, .. }) if kind == expected
            )),
            other => panic!("{other:?}"),
        }
    }
    std::fs::remove_file(&files.data).unwrap();
    let missing = files.open().unwrap_err();
    assert!(
        matches!(&missing, WeightsError::NoShard { shard, .. } if *shard == files.data),
        "{missing}"
    );

    // Shards are opened in their order, so that no number of them costs anything by itself.
    let many = BundleHeader {
        num_shards: i32::MAX,
        ..header()
    };
    let files = Files::new(&index(&[(b"", many.encode_to_vec())]), &DATA);
    let message = files.open().unwrap_err().to_string();
    assert!(message.contains("a.data-00000-of-2147483647"), "{message}");
}

#[test]
fn several_data_files_are_read() {
    let header = BundleHeader {
        num_shards: 2,
        ..header()
    };
    let second = BundleEntry {
        shard_id: 1,
        ..entry()
    };
    let index = index(&[
        (b"", header.encode_to_vec()),
        (b"first", entry().encode_to_vec()),
        (b"second", second.encode_to_vec()),
    ]);
    let files = Files::new(&index, b"");
    std::fs::write(files.index.with_extension("data-00000-of-00002"), DATA).unwrap();
    let missing = files.open().unwrap_err().to_string();
    assert!(
        missing.contains("a.data-00001-of-00002 is missing"),
        "{missing}"
    );
    std::fs::write(files.index.with_extension("data-00001-of-00002"), DATA).unwrap();
    let checkpoint = files.open().unwrap();
    assert_eq!(checkpoint.read("first").unwrap(), [2.0, 3.0]);
    assert_eq!(checkpoint.read("second").unwrap(), [2.0, 3.0]);
}

#[test]
fn two_variables_that_are_the_same_parameter() {
    let end = "/.ATTRIBUTES/VARIABLE_VALUE";
    let first = format!("encoder/_pooler_layer/bias{end}");
    let second = format!("model/encoder/_pooler_layer/bias{end}");
    let index = index(&[
        (b"", header().encode_to_vec()),
        (first.as_bytes(), entry().encode_to_vec()),
        (second.as_bytes(), entry().encode_to_vec()),
    ]);
    let reason = reason(TensorflowSource::open(&Files::new(&index, &DATA).index));
    assert!(
        reason.contains("would both be `bert.pooler.dense.bias`"),
        "{reason}"
    );
}

/// A checkpoint that ends early is never read as if it were whole.
#[test]
fn a_file_may_not_end_anywhere() {
    let index = std::fs::read(fixture("tf1-squad/model.ckpt-3.index")).unwrap();
    let data = std::fs::read(fixture("tf1-squad/model.ckpt-3.data-00000-of-00001")).unwrap();
    for cut in 1..index.len() {
        reason(Files::new(&index[..cut], &data).open());
    }
    for cut in (1..data.len()).step_by(7) {
        reason(Files::new(&index, &data[..cut]).open());
    }
}

#[test]
fn a_missing_index_is_not_a_damaged_one() {
    let result = TensorflowCheckpoint::open(&fixture("no-such-file.index"));
    assert!(matches!(
        result,
        Err(WeightsError::Io { action: "read", .. })
    ));
}
