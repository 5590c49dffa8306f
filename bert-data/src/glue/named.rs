//! A task's examples from tables whose columns have names.

use std::path::{Path, PathBuf};

use super::error::DataError;
use super::{GlueTask, Split};
use crate::example::PairExample;
use crate::label::Label;
use crate::table::{
    Cell, ColumnOptions, ColumnRef, LabelUse, TableOptions, TableReader, read_tables,
};

/// Where the data set has its labels.
const LABEL: &str = "label";

/// Reads a split from tables with the columns of Hugging Face's data set `nyu-mll/glue`: Parquet as
/// it is there, or another format. A label of -1 is none.
///
/// # Errors
/// If a file is no table with these columns, or has a label that the task does not have.
pub fn read_named(
    task: GlueTask,
    files: &[PathBuf],
    split: Split,
) -> Result<Vec<PairExample>, DataError> {
    let (text, pair) = task.column_names();
    let columns = ColumnOptions {
        text_column: Some(ColumnRef::from(text)),
        text_pair_column: pair.map(ColumnRef::from),
        label_column: Some(ColumnRef::from(LABEL)),
        ..ColumnOptions::default()
    };
    let label_use = match split {
        Split::Test | Split::TestMismatched => LabelUse::Unused,
        _ => LabelUse::Required,
    };
    let table = read_tables(files, &TableOptions::default(), &columns, label_use);
    let table = table.map_err(DataError::Table)?;
    let rows = table.rows().iter().enumerate();
    rows.map(|(id, row)| {
        let label = match &row.label {
            Cell::Missing => None,
            cell => Some(label(task, cell).ok_or_else(|| DataError::UnknownLabel {
                file: table.files()[row.file].clone(),
                line: row.line,
                column: label_column(&table.files()[row.file]),
                value: cell.as_text().unwrap_or(cell.kind()).to_owned(),
                allowed: match task.is_regression() {
                    true => task.spec().allowed(),
                    false => format!("{}, or their numbers", task.label_names().join(", ")),
                },
            })?),
        };
        Ok(PairExample {
            id,
            text_a: row.text_a.clone(),
            text_b: row.text_b.clone(),
            label,
        })
    })
    .collect()
}

/// The number of the column of labels, from 1, of a file that has one.
fn label_column(file: &Path) -> usize {
    let reader = TableReader::open(file, &TableOptions::default());
    let columns = reader.map(|reader| reader.columns().to_vec());
    let place = columns
        .unwrap_or_default()
        .iter()
        .position(|name| name == LABEL);
    place.map_or(0, |place| place + 1)
}

/// A class by its name or its number among them, or a number.
fn label(task: GlueTask, cell: &Cell) -> Option<Label> {
    let text = cell.as_text()?;
    if task.is_regression() {
        return task.spec().label(text);
    }
    let names = task.label_names();
    let named = names.iter().position(|name| *name == text);
    let class = named.or_else(|| text.parse().ok());
    class.filter(|class| *class < names.len()).map(Label::Class)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(task: GlueTask, text: &str, split: Split) -> Result<Vec<PairExample>, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.jsonl");
        std::fs::write(&file, text).unwrap();
        read_named(task, &[file], split)
    }

    #[test]
    fn classes_are_names_or_numbers_in_the_order_of_the_task() {
        let text = r#"{"idx": 7, "sentence2": "b", "sentence1": "a", "label": 1}
{"idx": 8, "sentence2": "d", "sentence1": "c", "label": "not_equivalent"}
"#;
        let found = read(GlueTask::Mrpc, text, Split::Dev).unwrap();
        assert_eq!(found[0].texts(), ("a", Some("b")));
        assert_eq!(found[0].label, Some(Label::Class(1)));
        assert_eq!(found[1].label, Some(Label::Class(0)));
        let test = read(GlueTask::Mrpc, &text.replace(": 1}", ": -1}"), Split::Test).unwrap();
        assert_eq!(test[0].label, None);
        let number = r#"{"sentence1": "a", "sentence2": "b", "label": 3.5}"#;
        let found = read(GlueTask::Stsb, number, Split::Train).unwrap();
        assert_eq!(found[0].label, Some(Label::Number(3.5)));
    }

    #[test]
    fn what_is_another_task_is_told() {
        let text = r#"{"sentence1": "a", "sentence2": "b", "label": 2}"#;
        let message = read(GlueTask::Rte, text, Split::Dev)
            .unwrap_err()
            .to_string();
        assert!(message.contains("entailment, not_entailment"), "{message}");
        assert!(message.contains("column 3"), "{message}");
        let message = read(GlueTask::Mnli, text, Split::Dev)
            .unwrap_err()
            .to_string();
        assert!(message.contains("hypothesis"), "{message}");
    }
}
