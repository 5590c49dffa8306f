//! GLUE's own files read as their authors count them.
//!
//! The files are no part of the repository: where its neighbour `shared/data` is not there, a test
//! says so and passes.

use std::path::{Path, PathBuf};

use bert_data::{GlueTask, Label, PairExample, Split, read_file, read_split};

fn folder(path: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data")
        .join(path);
    if !folder.exists() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

/// Number of examples with each class.
fn counts(task: GlueTask, examples: &[PairExample]) -> Vec<usize> {
    let mut counts = vec![0; task.label_names().len()];
    let labels = examples.iter().filter_map(|example| example.label.as_ref());
    for class in labels.filter_map(Label::class) {
        counts[class] += 1;
    }
    counts
}

fn has_classes(task: GlueTask, train: [usize; 2], dev: [usize; 2], test: usize) {
    let Some(folder) = folder(&format!("glue/{}", task.title())) else {
        return;
    };
    let read = |split| read_split(task, &folder, split).unwrap();
    for (split, expected) in [(Split::Train, train), (Split::Dev, dev)] {
        let examples = read(split);
        assert_eq!(counts(task, &examples), expected, "{task} {split}");
        assert_eq!(examples.len(), expected.iter().sum::<usize>());
    }
    let examples = read(Split::Test);
    assert_eq!(examples.len(), test, "{task}");
    assert!(examples.iter().all(|example| example.label.is_none()));
}

#[test]
fn cola_has_its_sentences() {
    has_classes(GlueTask::Cola, [2_528, 6_023], [322, 721], 1_063);
}

#[test]
fn sst2_has_its_sentences() {
    has_classes(GlueTask::Sst2, [29_780, 37_569], [428, 444], 1_821);
}

#[test]
fn rte_has_its_pairs() {
    has_classes(GlueTask::Rte, [1_249, 1_241], [146, 131], 3_000);
}

#[test]
fn wnli_has_its_pairs() {
    has_classes(GlueTask::Wnli, [323, 312], [40, 31], 146);
}

#[test]
fn stsb_has_its_pairs_and_scores() {
    let Some(folder) = folder("glue/STS-B") else {
        return;
    };
    let read = |split| read_split(GlueTask::Stsb, &folder, split).unwrap();
    for (split, size, sum) in [
        (Split::Train, 5_749, 15_528.0),
        (Split::Dev, 1_500, 3_545.9),
    ] {
        let scores = read(split).into_iter().map(|example| match example.label {
            Some(Label::Number(score)) => f64::from(score),
            other => panic!("{other:?}"),
        });
        let scores: Vec<f64> = scores.collect();
        assert_eq!(scores.len(), size);
        assert!((scores.iter().sum::<f64>() - sum).abs() < 0.1);
    }
    let test = read(Split::Test);
    assert_eq!(test.len(), 1_379);
    let (first, second) = (
        "A girl is styling her hair.",
        "A girl is brushing her hair.",
    );
    assert_eq!(
        (test[0].text_a.as_str(), test[0].text_b.as_deref()),
        (first, Some(second))
    );
}

/// Every byte between two tabs is text: a reader that knows quotes loses rows of MRPC.
#[test]
fn mrpc_has_the_texts_between_its_tabs() {
    let Some(folder) = folder("mrpc") else {
        return;
    };
    for (file, size, positive) in [
        ("train.tsv", 3_668, 2_474),
        ("dev.tsv", 408, 279),
        ("test.tsv", 1_725, 1_147),
    ] {
        let examples = read_file(GlueTask::Mrpc, folder.join(file)).unwrap();
        assert_eq!(examples.len(), size);
        assert_eq!(counts(GlueTask::Mrpc, &examples)[1], positive);
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let lines = text.trim_start_matches('\u{feff}').lines().skip(1);
        for (example, line) in examples.iter().zip(lines) {
            let fields: Vec<&str> = line.split('\t').collect();
            let second = example.text_b.as_deref();
            assert_eq!(
                (example.text_a.as_str(), second),
                (fields[3], Some(fields[4]))
            );
        }
    }
}
