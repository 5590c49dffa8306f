//! Pickles and views that no `torch.save` makes, but that a file may hold.

use std::rc::Rc;

use proptest::prelude::*;

use super::super::super::StoredType;
use super::super::archive::Region;
use super::super::object::{Element, Object, StorageRecord, TensorRecord, Value};
use super::super::pickle::{self, Fault};
use super::super::rebuild::RebuildError;
use super::super::view::{View, ViewError};

#[track_caller]
fn fault(instructions: &[u8]) -> Fault {
    let bytes = [b"\x80\x02", instructions].concat();
    pickle::run(&bytes).expect_err("the pickle is wrong").fault
}

#[test]
fn instructions_fail_where_python_fails() {
    assert_eq!(fault(b""), Fault::CutShort);
    assert_eq!(fault(b"."), Fault::StackEmpty);
    assert_eq!(fault(b"t"), Fault::StackEmpty);
    assert_eq!(fault(b"N(0"), Fault::StackEmpty, "a mark is not a value");
    assert_eq!(
        fault(b"N(N\x86"),
        Fault::StackEmpty,
        "a tuple cannot reach below the mark"
    );
    assert_eq!(fault(b"h\x07"), Fault::NoMemo(7));
    assert_eq!(fault(b"Na"), Fault::StackEmpty);
    assert_eq!(fault(b"NNa"), Fault::Expected("a list"));
    assert_eq!(
        fault(b"}(Nu"),
        Fault::Expected("a dict"),
        "a key without a value"
    );
    assert_eq!(fault(b"N)R"), Fault::Rebuild(RebuildError::NotCallable));
    assert_eq!(
        fault(b"ctorch\nuint16\n)R"),
        Fault::Rebuild(RebuildError::NotCallable)
    );
    assert_eq!(
        fault(b"I5\n"),
        Fault::Unknown(b'I'),
        "protocol 0 is not supported"
    );
    assert_eq!(
        fault(b"\x82\x01"),
        Fault::Unknown(0x82),
        "nor is the extension registry"
    );
    let protocol = |bytes| pickle::run(bytes).unwrap_err().fault;
    assert_eq!(protocol(b"}."), Fault::Protocol);
    assert_eq!(protocol(b"\x80\x06."), Fault::Protocol);
}

#[test]
fn an_error_says_where() {
    let error = pickle::run(b"\x80\x02NN}h\x07.").unwrap_err();
    assert_eq!(
        error.to_string(),
        "its pickle fails at byte 5: memo 7 was never set"
    );
}

#[test]
fn claimed_lengths_are_not_believed() {
    assert_eq!(fault(b"X\xff\xff\xff\xffa"), Fault::CutShort);
    assert_eq!(
        fault(b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffa"),
        Fault::CutShort
    );
    assert_eq!(fault(b"\x8b\xff\xff\xff\xff"), Fault::CutShort);
}

#[test]
fn work_is_limited() {
    assert_eq!(fault(&[b'N'; (1 << 20) + 1]), Fault::TooLong);
    // A list that is copied again and again costs its length every time.
    let list = [
        b"](".as_slice(),
        &b"NN\x86".repeat(1000),
        b"eq\x00\x85q\x01",
    ]
    .concat();
    let copies = b"ccollections\nOrderedDict\nh\x01R".repeat(1100);
    assert_eq!(fault(&[&list[..], &copies].concat()), Fault::TooLong);
}

#[test]
fn names_from_the_memo_are_limited() {
    let name = [b"X\x00\x10\x00\x00".as_slice(), &[b'a'; 0x1000]].concat();
    assert_eq!(
        fault(&[&name[..], b"2\x93"].concat()),
        Fault::Expected("a shorter name")
    );
}

#[test]
fn a_deep_nest_and_a_circle_do_not_overflow_the_stack() {
    let nest = [b"\x80\x02N".as_slice(), &b"\x85".repeat(1 << 19), b"."].concat();
    assert!(pickle::run(&nest).is_ok());
    let circle = pickle::run(b"\x80\x02]q\x00h\x00a.").unwrap();
    assert_eq!(circle.heap.items(circle.root), Some(&[circle.root][..]));
}

#[test]
fn integers_of_every_width() {
    let int = |bytes: &[u8]| {
        pickle::run(&[b"\x80\x02", bytes, b"."].concat())
            .unwrap()
            .root
    };
    assert_eq!(int(b"K\xff"), Value::Int(255));
    assert_eq!(int(b"M\xff\xff"), Value::Int(65535));
    assert_eq!(int(b"J\xfe\xff\xff\xff"), Value::Int(-2));
    assert_eq!(int(b"\x8a\x00"), Value::Int(0));
    assert_eq!(int(b"\x8a\x01\xff"), Value::Int(-1));
    assert_eq!(int(b"\x8a\x05\x00\x00\x00\x00\x01"), Value::Int(1 << 32));
    assert_eq!(
        int(b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"),
        Value::Int(i64::MAX)
    );
    let long = pickle::run(b"\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.").unwrap();
    assert!(matches!(long.heap.get(long.root), Some(Object::Long(bytes)) if bytes.len() == 9));
}

#[test]
fn python_2_wrote_dicts_as_lists_of_pairs() {
    let pickle = pickle::run(
        b"\x80\x02ccollections\nOrderedDict\n](](U\x01aK\x01e](U\x01bK\x02e](U\x01aK\x03ee\x85R.",
    )
    .unwrap();
    let get = |key| pickle.heap.lookup(pickle.root, key);
    assert_eq!(
        get("a"),
        Some(Value::Int(3)),
        "the last of equal keys counts"
    );
    assert_eq!(get("b"), Some(Value::Int(2)));
}

/// A float storage of 10 elements at byte 100, and a tensor in it.
fn resolve(offset: usize, shape: &[usize], stride: &[usize]) -> Result<View, ViewError> {
    let element = Element {
        dtype: StoredType::F32,
        size: 4,
    };
    let storage = StorageRecord {
        key: Rc::from("7"),
        element,
        len: 10,
        window_start: 0,
        window_len: 10,
    };
    let (shape, stride) = (shape.to_vec(), stride.to_vec());
    let record = TensorRecord {
        storage,
        element,
        offset,
        shape,
        stride,
    };
    View::resolve(
        &record,
        Some(Region {
            start: 100,
            len: 40,
        }),
    )
}

#[test]
fn a_view_reads_no_more_than_it_needs() {
    let bytes = |offset, shape: &[_], stride: &[_]| resolve(offset, shape, stride).unwrap().bytes();
    assert_eq!(bytes(0, &[10], &[1]), 100..140);
    assert_eq!(bytes(3, &[2, 2], &[1, 3]), 112..132);
    assert_eq!(bytes(9, &[], &[]), 136..140);
    assert_eq!(bytes(4, &[5, 5], &[0, 0]), 116..120);
    assert_eq!(
        bytes(99, &[0, 3], &[3, 1]),
        100..100,
        "an empty tensor needs nothing"
    );
    assert_eq!(
        bytes(0, &[1], &[usize::MAX]),
        100..104,
        "one element makes no step"
    );
}

#[test]
fn a_view_may_not_leave_its_storage() {
    let error =
        |offset, shape: &[_], stride: &[_]| resolve(offset, shape, stride).unwrap_err().to_string();
    assert_eq!(
        error(8, &[3], &[1]),
        "needs 3 elements of storage `7` from element 8, but that has only 2"
    );
    assert!(error(10, &[], &[]).contains("needs 1 elements"));
    assert!(error(usize::MAX, &[2], &[1]).contains("has only 0"));
    assert!(error(0, &[2, 2], &[usize::MAX, usize::MAX]).contains("needs"));
}

#[test]
fn a_view_may_not_claim_any_size() {
    let error = |shape: &[_], stride: &[_]| resolve(0, shape, stride).unwrap_err();
    assert!(matches!(error(&[1 << 40], &[0]), ViewError::Repeats { .. }));
    assert_eq!(error(&[1 << 40, 1 << 40], &[0, 0]), ViewError::Shape);
    assert_eq!(error(&[1 << 40, 1 << 40, 0], &[0, 0, 0]), ViewError::Shape);
}

#[test]
fn strides_that_are_never_stepped_may_be_anything() {
    let view = resolve(0, &[2, 1, 2], &[4, usize::MAX, 2]).unwrap();
    let span = (0..7).map(|i| i as f32).collect();
    assert_eq!(view.gather(span), [0.0, 2.0, 4.0, 6.0]);
}

/// What [`View::gather`] should give, from the definition of strides.
fn gathered_slowly(shape: &[usize], stride: &[usize]) -> Vec<f32> {
    let (Some((&len, shape)), Some((&step, stride))) = (shape.split_first(), stride.split_first())
    else {
        return vec![0.0];
    };
    let inner = gathered_slowly(shape, stride);
    (0..len)
        .flat_map(|i| inner.iter().map(move |x| x + (i * step) as f32))
        .collect()
}

proptest! {
    #[test]
    fn gathering_follows_the_definition(
        dims in proptest::collection::vec((0_usize..4, 0_usize..4), 0..5),
    ) {
        let (shape, stride): (Vec<_>, Vec<_>) = dims.into_iter().unzip();
        let element = Element { dtype: StoredType::F32, size: 4 };
        let key = Rc::from("7");
        let storage = StorageRecord { key, element, len: 64, window_start: 0, window_len: 64 };
        let expected = gathered_slowly(&shape, &stride);
        let record = TensorRecord { storage, element, offset: 0, shape, stride };
        let view = View::resolve(&record, Some(Region { start: 0, len: 256 })).unwrap();
        let span = (0..view.bytes().end / 4).map(|i| i as f32).collect();
        prop_assert_eq!(view.gather(span), expected);
    }

    #[test]
    fn no_instructions_make_the_machine_panic(
        instructions in proptest::collection::vec(
            prop_oneof![
                8 => proptest::sample::select(
                    b".(012NKMJGUXTCBt]ae}suqrhjcRbQ)\n\x81\x85\x86\x87\x88\x89\x8a\x8b\x8c\
                      \x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96".to_vec()
                ).prop_map(|byte| vec![byte]),
                2 => any::<u8>().prop_map(|byte| vec![byte]),
                2 => proptest::sample::select(vec![
                    b"ccollections\nOrderedDict\n".to_vec(),
                    b"ctorch\nFloatStorage\n".to_vec(),
                    b"ctorch\nuint16\n".to_vec(),
                    b"ctorch._utils\n_rebuild_tensor_v2\n".to_vec(),
                    b"ctorch._utils\n_rebuild_parameter\n".to_vec(),
                    b"U\x07storage".to_vec(),
                    b"((U\x07storagectorch\nFloatStorage\nU\x010NK\x04tQK\x00K\x02\x85K\x01\x85\
                      \x89NtR".to_vec(),
                ]),
            ],
            0..60,
        ),
    ) {
        let bytes = [b"\x80\x02".to_vec(), instructions.concat(), b".".to_vec()].concat();
        if let Ok(pickle) = pickle::run(&bytes) {
            let _ = super::super::state_dict::tensors(&pickle);
        }
    }
}
