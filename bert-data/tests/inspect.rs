//! What is found in published data sets is what is in them.
//!
//! The files are no part of the repository: where its neighbour `shared/data` is not there, a test
//! says so and passes.

use std::path::Path;

use bert_data::inspect::LabelReport;
use bert_data::table::{ColumnOptions, LabelUse};
use bert_data::{
    BertTokenizer, Casing, DataReport, InspectedSplit, LabelKind, Table, TableOptions, read_tables,
};

fn table(path: &str) -> Option<Table> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let file = shared.join(path);
    if !file.exists() {
        println!("skipped: {} is not there", file.display());
        return None;
    }
    let (columns, options) = (ColumnOptions::default(), TableOptions::default());
    Some(read_tables(&[file], &options, &columns, LabelUse::Required).unwrap())
}

/// Looks at tables, of which the first has the names of the classes.
fn inspect(tables: &[Table], kind: LabelKind) -> DataReport {
    let dir = tempfile::tempdir().unwrap();
    let vocab_txt = dir.path().join("vocab.txt");
    std::fs::write(&vocab_txt, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n").unwrap();
    let tokenizer = BertTokenizer::from_vocab(&vocab_txt, Casing::Uncased).unwrap();
    let names = tables[0].label_names(kind).unwrap();
    let examples: Vec<_> = tables
        .iter()
        .map(|table| table.examples(kind, &names).unwrap())
        .collect();
    let splits: Vec<_> = ["train", "test"]
        .into_iter()
        .zip(tables.iter().zip(&examples))
        .map(|(name, (table, examples))| InspectedSplit::of_table(name, table, examples))
        .collect();
    DataReport::inspect(&splits, names.names(), &tokenizer, 128).unwrap()
}

#[test]
fn banking77_has_seven_test_rows_in_its_training_split() {
    let tables = [table("banking77/train.csv"), table("banking77/test.csv")];
    let [Some(train), Some(test)] = tables else {
        return;
    };
    let report = inspect(&[train, test], LabelKind::SingleLabel);
    let repeats = report.splits.iter().map(|split| split.repeats.rows);
    assert_eq!(repeats.collect::<Vec<_>>(), [4, 1]);
    assert_eq!(report.splits[0].contradictions.texts, 0);
    let leaks = report.leaks.iter().map(|leak| (leak.rows, leak.relabelled));
    assert_eq!(leaks.collect::<Vec<_>>(), [(7, 0)]);
    assert!(report.rare_classes.is_empty() && report.lone_classes.is_empty());
    let classes = report.splits[0].classes().unwrap();
    let majority = classes.majority().unwrap();
    assert_eq!(
        (majority.name.as_str(), majority.rows),
        ("card_payment_fee_charged", 187)
    );
    assert!((classes.imbalance - 187.0 / 35.0).abs() < 1e-12);
}

#[test]
fn nlupp_has_a_text_with_two_sets_of_labels() {
    let Some(train) = table("nlupp/train.jsonl") else {
        return;
    };
    let report = inspect(&[train], LabelKind::MultiLabel);
    let train = &report.splits[0];
    assert_eq!(train.repeats.rows, 19);
    let contradictions = &train.contradictions;
    assert_eq!((contradictions.texts, contradictions.rows), (1, 2));
    assert_eq!(report.rare_classes.len(), 1);
    let Some(LabelReport::MultiLabel {
        classes,
        mean_labels,
        without,
    }) = &train.labels
    else {
        panic!("{:?}", train.labels);
    };
    assert_eq!((classes.classes.len(), *without), (48, 73));
    assert!((mean_labels - 3_738.0 / 1_658.0).abs() < 1e-12);
}
