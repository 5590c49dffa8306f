//! The first step on the ladder of parity: token ids and segments equal the reference's.
//!
//! `fixtures/encodings.jsonl` holds what transformers' BertTokenizer made of ordinary and nasty
//! texts, cased and uncased, truncated and not; `fixtures/make_encodings.py` wrote it.

use std::path::{Path, PathBuf};

use bert_data::{BertTokenizer, Casing};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    casing: Casing,
    text_a: String,
    text_b: Option<String>,
    max_seq_length: usize,
    input_ids: Vec<u32>,
    token_type_ids: Vec<u32>,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn expected(casing: Casing) -> Vec<Expected> {
    let all = read(&fixtures().join("encodings.jsonl")).into_iter();
    all.filter(|expected| expected.casing == casing).collect()
}

fn read(path: &Path) -> Vec<Expected> {
    let lines = std::fs::read_to_string(path).unwrap();
    let lines = lines.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn check(tokenizer: &BertTokenizer, casing: Casing) {
    let expected = expected(casing);
    assert!(expected.len() > 80, "only {} cases", expected.len());
    check_all(tokenizer, expected);
}

fn check_all(tokenizer: &BertTokenizer, expected: Vec<Expected>) {
    let casing = tokenizer.casing();
    for case in expected {
        let (a, b) = (&case.text_a, case.text_b.as_deref());
        let encoding = tokenizer.encode_pair(a, b, case.max_seq_length).unwrap();
        let what = format!("{casing}, {a:?}, {b:?}, {}", case.max_seq_length);
        assert_eq!(encoding.input_ids, case.input_ids, "{what}");
        assert_eq!(encoding.token_type_ids, case.token_type_ids, "{what}");
    }
}

#[test]
fn ids_equal_the_references() {
    for casing in [Casing::Cased, Casing::Uncased] {
        // The folder holds a vocab.txt alone: this is the guess of the casing as well.
        let tokenizer = BertTokenizer::from_folder(fixtures().join(casing.to_string())).unwrap();
        assert_eq!(tokenizer.casing(), casing);
        check(&tokenizer, casing);
    }
}

#[test]
fn ids_equal_the_references_after_saving() {
    let dir = tempfile::tempdir().unwrap();
    for casing in [Casing::Cased, Casing::Uncased] {
        let folder = dir.path().join(casing.to_string());
        let vocab = fixtures().join(casing.to_string()).join("vocab.txt");
        BertTokenizer::from_vocab(&vocab, casing)
            .unwrap()
            .save(&folder)
            .unwrap();
        check(&BertTokenizer::from_folder(&folder).unwrap(), casing);
        let json = folder.join("tokenizer.json");
        check(&BertTokenizer::from_tokenizer_json(json).unwrap(), casing);
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        assert_eq!(read(&folder.join("vocab.txt")), read(&vocab));
    }
}

#[test]
#[ignore = "needs a vocabulary in VOCAB_DIR and what make_real_encodings.py made of it in VOCAB_IDS"]
fn ids_of_a_real_vocabulary_equal_the_references() {
    let variable = |name| PathBuf::from(std::env::var_os(name).expect(name));
    let tokenizer = BertTokenizer::from_folder(variable("VOCAB_DIR")).unwrap();
    assert!(tokenizer.casing_guess().is_some(), "a file says the casing");
    let expected = read(&variable("VOCAB_IDS"));
    assert!(expected.len() > 1000, "only {} cases", expected.len());
    assert_eq!(tokenizer.casing(), expected[0].casing);
    check_all(&tokenizer, expected);
}
