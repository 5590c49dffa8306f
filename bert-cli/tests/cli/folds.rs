//! A table in folds: every row is labelled by a model that has not learned from it.

use std::fs;

use super::tables::{COLOURS, Tables, colours, succeeds};
use crate::common::text;

/// The rows of a CSV file without quotes, after its header.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().skip(1);
    rows.map(|row| row.split(',').collect()).collect()
}

#[test]
fn every_row_is_labelled_once_in_the_order_of_the_table() {
    let tables = Tables::new();
    let train = tables.write("train.csv", colours());
    let flags = [&COLOURS[..], &["--folds=3", "--train-file", &train]].concat();
    let said = tables.trains(&flags);
    assert!(
        said.contains("folds: 3, of 24 rows, drawn by seed 42"),
        "{said}"
    );
    let written = fs::read_to_string(tables.path("out/out_of_fold.csv")).unwrap();
    assert!(
        written.starts_with("file,line,fold,label,prediction,probability\n"),
        "{written}"
    );
    let rows = rows(&written);
    assert_eq!(rows.len(), 24);
    let names = ["red", "green", "blue"];
    for (at, row) in rows.iter().enumerate() {
        assert_eq!(row[0], train);
        assert_eq!(row[1], (at + 2).to_string());
        assert_eq!(row[3], names[at % 3]);
        assert!(names.contains(&row[4]), "{row:?}");
        let probability: f64 = row[5].parse().unwrap();
        assert!((1.0 / 3.0..=1.0).contains(&probability), "{row:?}");
    }

    let results = tables.json("out/eval_results.json");
    let runs = results["runs"].as_array().unwrap();
    let mut accuracies = Vec::new();
    for (fold, run) in (1..).zip(runs) {
        let own = tables.json(&format!("out/fold-{fold}/eval_results.json"));
        assert_eq!(run["fold"], fold);
        assert_eq!(run["accuracy"], own["accuracy"]);
        let of_fold = rows.iter().filter(|row| row[2] == fold.to_string());
        let of_fold: Vec<_> = of_fold.collect();
        let right = of_fold.iter().filter(|row| row[3] == row[4]).count();
        // Eight rows a fold, of each class two or three.
        assert_eq!(of_fold.len(), 8);
        assert_eq!(run["accuracy"], right as f64 / 8.0);
        for name in names {
            let count = of_fold.iter().filter(|row| row[3] == name).count();
            assert!((2..=3).contains(&count), "fold {fold} has {count} {name}");
        }
        accuracies.push(right as f64 / 8.0);
    }
    assert_eq!(accuracies.len(), 3);
    let mean = accuracies.iter().sum::<f64>() / 3.0;
    let squares: f64 = accuracies.iter().map(|one| (one - mean).powi(2)).sum();
    let found = |key: &str| results["accuracy"][key].as_f64().unwrap();
    assert!((found("mean") - mean).abs() < 1e-12);
    assert!((found("std") - (squares / 2.0).sqrt()).abs() < 1e-12);
}

#[test]
fn folds_go_on_where_they_were_stopped() {
    let tables = Tables::new();
    let train = tables.write("train.csv", colours());
    let flags = [&COLOURS[..], &["--folds=2", "--train-file", &train]].concat();
    tables.trains(&flags);
    let read = |name: &str| fs::read(tables.path(name)).unwrap();
    let files = ["out_of_fold.csv", "fold-2/model.safetensors"];
    let before = files.map(|file| read(&format!("out/{file}")));

    // As after a power cut in the second fold.
    fs::remove_dir_all(tables.path("out/fold-2")).unwrap();
    for file in ["eval_results.json", "out_of_fold.csv"] {
        fs::remove_file(tables.path("out").clone() + "/" + file).unwrap();
    }
    let refused = tables.train(&flags).output().unwrap();
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("fold-1"));
    let resumed = [&flags[..], &["--resume"]].concat();
    succeeds(&tables.train(&resumed).output().unwrap());
    let after = files.map(|file| read(&format!("out/{file}")));
    assert!(before == after);
    // Nor are finished ones lost.
    succeeds(&tables.train(&resumed).output().unwrap());
    assert!(read("out/out_of_fold.csv") == before[0]);
}

#[test]
fn folds_of_numbers_have_no_probability() {
    let tables = Tables::new();
    let rows: String = (0..12).map(|i| format!("a b {i}\t{}.5\n", i % 5)).collect();
    let numbers = tables.write("numbers.tsv", rows);
    let columns = ["--no-header", "--text-column=1", "--label-column=2"];
    tables.trains(&[&columns[..], &["--folds=2", "--train-file", &numbers]].concat());
    let written = fs::read_to_string(tables.path("out/out_of_fold.csv")).unwrap();
    assert!(
        written.starts_with("file,line,fold,label,prediction\n"),
        "{written}"
    );
    assert_eq!(written.lines().count(), 13);
}

#[test]
fn folds_that_cannot_be_are_told() {
    let tables = Tables::new();
    let train = tables.write("train.csv", colours());
    let file = ["--train-file", &train];
    let fails = |more: &[&str], expected: &[&str]| {
        tables.fails(&[&COLOURS[..], &file, more].concat(), expected);
    };
    fails(&["--folds=1"], &["--folds", "2.."]);
    fails(&["--folds=25"], &["--folds is 25, of 24 rows"]);
    fails(
        &["--folds=2", "--seeds=2"],
        &["--folds", "--seeds", "cannot be used with"],
    );
    fails(
        &["--folds=2", "--validation-split=0.5"],
        &["--validation-split", "cannot be used with"],
    );
    fails(
        &["--folds=2", "--validation-file", &train],
        &["--validation-file", "cannot be used with"],
    );
    let rare = tables.write("rare.csv", colours() + "99,a,pink\n");
    let more = ["--folds=2", "--train-file", &rare];
    tables.fails(&[&COLOURS[..], &more].concat(), &["\"pink\"", "single row"]);
}

#[test]
fn several_classes_have_a_probability_each_and_every_fold_labels_the_test_rows() {
    let tables = Tables::new();
    let labels = ["[]", "[\"x\"]", "[\"y\", \"x\"]"];
    let row = |i: usize| format!("{{\"text\": \"a b {i}\", \"labels\": {}}}\n", labels[i % 3]);
    let file: String = (0..12).map(row).collect();
    let train = tables.write("train.jsonl", file);
    let files = ["--train-file", &train, "--test-file", &train];
    tables.trains(&[&files[..], &["--folds=2", "--threshold=tune"]].concat());
    let written = fs::read_to_string(tables.path("out/out_of_fold.csv")).unwrap();
    let rows = rows(&written);
    assert_eq!(rows.len(), 12);
    let count = |cell: &str| cell.split('|').filter(|name| !name.is_empty()).count();
    for (at, row) in rows.iter().enumerate() {
        assert_eq!(row[3], ["", "x", "x|y"][at % 3], "{written}");
        assert_eq!(count(row[4]), count(row[5]), "{written}");
        let fold = tables.json(&format!("out/fold-{}/config.json", row[2]));
        let threshold = fold["threshold"].as_f64().unwrap();
        let shares = row[5].split('|').filter(|share| !share.is_empty());
        for share in shares.map(|share| share.parse::<f64>().unwrap()) {
            // As written, to six digits.
            assert!(share >= threshold - 1e-5, "{share} below {threshold}");
        }
    }
    for fold in 1..=2 {
        let results = tables.json(&format!("out/fold-{fold}/test_results.json"));
        assert!(results["f1_micro"].is_number());
    }
}
