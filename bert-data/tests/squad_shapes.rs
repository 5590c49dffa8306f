//! The same questions in SQuAD's own JSON and in every file that Hugging Face's `datasets` write of
//! them (`tests/fixtures/make_squad_shapes.py`).

use std::path::{Path, PathBuf};

use bert_data::squad::{BadExamples, SquadExample, read_squad};

fn file(name: &str) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    fixtures.join("squad-shapes").join(name)
}

fn read(name: &str) -> Vec<SquadExample> {
    let (examples, report) = read_squad(file(name), BadExamples::Error).unwrap();
    let counts = (report.articles, report.paragraphs, report.questions);
    assert_eq!(counts, (2, 3, 6), "{name}");
    assert_eq!((report.impossible, report.unlabelled), (2, 0), "{name}");
    examples
}

#[test]
fn json_of_datasets_reads_as_squads_own() {
    let expected = read("tree.json");
    let starts = expected[0].answers.iter().map(|answer| answer.start);
    assert!(starts.eq([23, 3]));
    for name in [
        "lines.jsonl",
        "plain-lines.jsonl",
        "answer-lines.jsonl",
        "list.json",
    ] {
        assert_eq!(read(name), expected, "{name}");
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_of_datasets_reads_as_squads_own() {
    let expected = read("tree.json");
    for name in ["columns.parquet", "answers.parquet"] {
        assert_eq!(read(name), expected, "{name}");
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_names_the_feature_that_reads_it() {
    let error = |path: &Path| {
        read_squad(path, BadExamples::Error)
            .unwrap_err()
            .to_string()
    };
    let says = "this build does not read Parquet; build with the feature `parquet`, or write the \
                questions as JSON lines";
    let message = error(&file("columns.parquet"));
    assert!(
        message.ends_with(&format!("columns.parquet: {says}")),
        "{message}"
    );
    // Whatever its name.
    let dir = tempfile::tempdir().unwrap();
    let renamed = dir.path().join("train.json");
    std::fs::copy(file("columns.parquet"), &renamed).unwrap();
    let message = error(&renamed);
    assert!(
        message.ends_with(&format!("train.json: {says}")),
        "{message}"
    );
}
