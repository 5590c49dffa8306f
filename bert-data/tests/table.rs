//! Tables of published data sets read as what their authors count.
//!
//! The files are no part of the repository: where its neighbour `shared/data` is not there, a test
//! says so and passes.

use std::path::{Path, PathBuf};

use bert_data::table::{ColumnOptions, LabelUse};
use bert_data::{Label, LabelKind, LabelNames, Table, TableOptions, read_tables};

fn table(path: &str) -> Option<Table> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let file: PathBuf = shared.join(path);
    if !file.exists() {
        println!("skipped: {} is not there", file.display());
        return None;
    }
    let columns = ColumnOptions::default();
    let options = TableOptions::default();
    Some(read_tables(&[file], &options, &columns, LabelUse::Required).unwrap())
}

#[test]
fn banking77_has_its_rows_and_classes() {
    let (Some(train), Some(test)) = (table("banking77/train.csv"), table("banking77/test.csv"))
    else {
        return;
    };
    assert_eq!((train.rows().len(), test.rows().len()), (10_003, 3_080));
    assert_eq!(train.label_kind().unwrap(), LabelKind::SingleLabel);
    let names: LabelNames = train.label_names(LabelKind::SingleLabel).unwrap();
    assert_eq!(names.len(), 77);
    let examples = test.examples(LabelKind::SingleLabel, &names).unwrap();
    for class in 0..names.len() {
        let of_class = examples
            .iter()
            .filter(|example| example.label == Some(class.into()));
        assert_eq!(of_class.count(), 40, "{:?}", names.name(class));
    }
    // Line breaks in quotes: the file has more lines than rows.
    let broken = train.rows().iter().filter(|row| row.text_a.contains('\n'));
    assert_eq!(broken.count(), 10);
    assert_eq!(train.rows().last().map(|row| row.line), Some(10_017));
}

#[test]
fn nlupp_has_its_rows_and_labels() {
    let Some(train) = table("nlupp/train.jsonl") else {
        return;
    };
    assert_eq!(train.rows().len(), 1_658);
    assert_eq!(train.label_kind().unwrap(), LabelKind::MultiLabel);
    let names = train.label_names(LabelKind::MultiLabel).unwrap();
    assert_eq!(names.len(), 48);
    let examples = train.examples(LabelKind::MultiLabel, &names).unwrap();
    let classes = examples.iter().map(|example| match &example.label {
        Some(Label::Classes(classes)) => classes.len(),
        _ => 0,
    });
    assert_eq!(classes.sum::<usize>(), 3_738);
}
