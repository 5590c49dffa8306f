//! Windows, offsets and labels of questions on passages equal the reference's.
//!
//! `fixtures/squad.jsonl` holds what transformers' BertTokenizer and the rules of its run_qa.py
//! made of short passages with windows shorter still; `fixtures/make_squad.py` wrote it.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Instant;

use bert_data::squad::{BadExamples, EncodedSquad, SpanConfig, SpanFeature, read_squad};
use bert_data::{BertTokenizer, Casing};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Case {
    casing: Casing,
    #[serde(flatten)]
    config: SpanConfig,
    context: String,
    question: String,
    answers: Value,
    features: Vec<Expected>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Expected {
    input_ids: Vec<u32>,
    token_type_ids: Vec<u32>,
    /// First token of the passage.
    passage: usize,
    /// In characters.
    offsets: Vec<(usize, usize)>,
    label: (usize, usize),
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// What the reference would have said of a feature.
fn as_expected(feature: &SpanFeature<'_>) -> Expected {
    let chars = |byte: usize| feature.context()[..byte].chars().count();
    let offsets = feature.passage.clone().map(|token| {
        let range = feature.offset(token).unwrap();
        (chars(range.start), chars(range.end))
    });
    Expected {
        input_ids: feature.input_ids.clone(),
        token_type_ids: feature.token_type_ids.clone(),
        passage: feature.passage.start,
        offsets: offsets.collect(),
        label: (feature.start, feature.end),
    }
}

#[test]
fn features_equal_the_references() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("squad.json");
    let lines = std::fs::read_to_string(fixtures().join("squad.jsonl")).unwrap();
    let mut windows = 0;
    for line in lines.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let qas = json!([{"id": "1", "question": case.question, "answers": case.answers}]);
        let paragraphs = json!([{"context": case.context, "qas": qas}]);
        let squad = json!({"data": [{"title": "", "paragraphs": paragraphs}]});
        std::fs::write(&file, squad.to_string()).unwrap();
        let (examples, _) = read_squad(&file, BadExamples::Error).unwrap();
        let vocab = fixtures().join(case.casing.to_string()).join("vocab.txt");
        let tokenizer = BertTokenizer::from_vocab(vocab, case.casing).unwrap();
        let split = EncodedSquad::encode(&tokenizer, &examples, case.config, |_| {}).unwrap();
        let features: Vec<_> = (0..split.len())
            .map(|index| as_expected(&split.feature(index)))
            .collect();
        let what = format!("{}, {:?}, {:?}", case.casing, case.config, case.question);
        assert_eq!(features, case.features, "{what}");
        windows += features.len();
    }
    assert!(windows > 200, "only {windows} windows");
}

/// Reads and encodes every file of a folder of real SQuAD files with a real vocabulary:
///
/// ```text
/// SQUAD_DIR=... MODEL_DIR=... \
///     cargo test --release -p bert-data --test squad -- --ignored --nocapture
/// ```
#[test]
#[ignore = "needs SQuAD's files in SQUAD_DIR and a model folder in MODEL_DIR"]
fn real_files_are_read_and_encoded() {
    let folder = |name| PathBuf::from(env::var_os(name).expect(name));
    let tokenizer = BertTokenizer::from_folder(folder("MODEL_DIR")).unwrap();
    let entries = std::fs::read_dir(folder("SQUAD_DIR")).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    assert!(!files.is_empty(), "no .json file");
    for file in files {
        let clock = Instant::now();
        let (examples, report) = read_squad(&file, BadExamples::Correct).unwrap();
        let read = clock.elapsed();
        let mut told = Vec::new();
        let clock = Instant::now();
        let split = EncodedSquad::encode(&tokenizer, &examples, SpanConfig::default(), |done| {
            told.push(done);
        })
        .unwrap();
        let encoded = clock.elapsed();
        assert!(told.is_sorted() && told.last() == Some(&examples.len()));
        let (mut labelled, mut exact, mut lost) = (0, 0, 0);
        for (index, example) in examples.iter().enumerate() {
            let mut found = false;
            for feature in split.features_of(index).map(|index| split.feature(index)) {
                assert!(feature.len() <= 384);
                assert!(feature.passage.clone().all(|t| feature.cut(t, t).is_some()));
                if feature.start > 0 {
                    found = true;
                    labelled += 1;
                    let cut = feature.cut(feature.start, feature.end).unwrap();
                    let answer = example.answers[0].text.trim();
                    assert!(cut.contains(answer), "{}: {cut:?}, {answer:?}", example.id);
                    exact += usize::from(cut == answer);
                }
            }
            lost += usize::from(!found && !example.answers.is_empty());
        }
        println!("{}\n{report}", file.display());
        println!(
            "{} features of {} passages, {} questions cut; {labelled} labelled, {exact} of them \
             exactly the answer; {lost} answers whole in no window; read {read:.2?}, encoded \
             {encoded:.2?}",
            split.len(),
            split.num_passages(),
            split.statistics().truncated_texts,
        );
    }
}
