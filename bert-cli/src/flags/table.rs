//! Tables of texts with labels: which files, what they look like, and which columns are meant.

use std::path::PathBuf;

use bert_data::table::{
    ColumnOptions, ColumnRef, LabelKind, LabelUse, Table, TableError, TableFormat, TableOptions,
    expand_globs, read_tables,
};
use bert_data::{Pooling, Windows};
use clap::Args;

use crate::exit::ProgramError;
use crate::hub::{Source, VALIDATION, Wanted, find_dataset};
use crate::sample;

/// The files of a data set.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Data")]
pub struct DataFlags {
    /// Data set on the hub instead of files: NAME or NAME:PART, perhaps with @REVISION; its splits
    /// train, validation and test are meant
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with_all = ["train_file", "validation_file", "test_file"],
    )]
    pub dataset: Option<String>,
    /// Tables to train on: CSV, TSV, JSON lines or Parquet; several, also with * in their names
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub train_file: Vec<PathBuf>,
    /// Tables to score
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "validation_split")]
    pub validation_file: Vec<PathBuf>,
    /// Share of the training rows that is scored instead: seeded, of each class the same
    /// [default: 0.1 without --validation-file]
    #[arg(long, value_name = "SHARE")]
    pub validation_split: Option<f64>,
    /// Tables that the best model labels at the end, and is scored on where they have labels
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub test_file: Vec<PathBuf>,
    /// What the labels are: single-label, multi-label or regression [default: as they look]
    #[arg(long, value_name = "KIND", value_parser = problem_type)]
    pub problem_type: Option<LabelKind>,
    /// What they look like.
    #[command(flatten)]
    pub table: TableFlags,
}

impl DataFlags {
    /// Fetches the data set that is named, which is from then on known by its files.
    ///
    /// # Errors
    /// See [`find_dataset`].
    pub fn fetch(&mut self, eval_only: bool, source: Source<'_>) -> Result<(), ProgramError> {
        let Some(name) = &self.dataset else {
            return Ok(());
        };
        let wanted = [
            Wanted {
                names: &["train"],
                is_needed: !eval_only,
            },
            Wanted {
                names: &VALIDATION,
                is_needed: eval_only,
            },
            Wanted::optional(&["test"]),
        ];
        let found = find_dataset(name, None, &wanted, source)?;
        let mut files = found.files.into_iter();
        let mut next = || files.next().unwrap_or_default();
        (self.train_file, self.validation_file, self.test_file) = (next(), next(), next());
        if self.validation_split.is_some() {
            self.validation_file.clear();
        }
        self.table.label_names = found.label_names;
        Ok(())
    }

    /// With the shipped sample where no file is given.
    #[must_use]
    pub fn or_sample(mut self, eval_only: bool) -> Self {
        let is_sample = match eval_only {
            true => self.validation_file.is_empty(),
            false => self.train_file.is_empty(),
        };
        if is_sample {
            self.train_file = vec![sample::requests().join("train.csv")];
            if self.validation_file.is_empty() && self.validation_split.is_none() {
                self.validation_file = vec![sample::requests().join("validation.csv")];
            }
        }
        self
    }
}

/// What is done about texts that are longer than a sequence.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Long texts")]
pub struct WindowFlags {
    /// Read longer texts in windows that share so many tokens, instead of cutting them
    #[arg(long, value_name = "N")]
    stride: Option<usize>,
    /// How the scores of the windows become those of the text: mean or max [default: mean]
    #[arg(long, value_name = "WAY", requires = "stride")]
    pooling: Option<Pooling>,
}

impl WindowFlags {
    /// How windows are made, where they are.
    pub fn windows(&self) -> Option<Windows> {
        self.stride.map(|stride| Windows {
            stride,
            pooling: self.pooling.unwrap_or_default(),
        })
    }
}

/// What a table looks like, and which of its columns are meant.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Columns")]
pub struct TableFlags {
    /// Column of the text, by name or by number from 1 [default: one of a usual name]
    #[arg(long, value_name = "COLUMN")]
    text_column: Option<ColumnRef>,
    /// Column of the second text of pairs [default: one of a usual name, beside such a text]
    #[arg(long, value_name = "COLUMN")]
    text_pair_column: Option<ColumnRef>,
    /// Column of the label [default: one of a usual name]
    #[arg(long, value_name = "COLUMN")]
    label_column: Option<ColumnRef>,
    /// The names that numbers stand for, where a data set of the hub says them.
    #[arg(skip)]
    pub label_names: Option<Vec<String>>,
    /// What stands between the labels of a text that has several
    #[arg(long, value_name = "TEXT")]
    label_separator: Option<String>,
    /// Format of the files: csv, tsv (no quoting), tsv-quoted, jsonl or parquet [default: by their
    /// endings]
    #[arg(long, value_name = "FORMAT")]
    format: Option<TableFormat>,
    /// What stands between two fields, such as ';' [default: as the format has it]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// The first line is a row, and columns are given by their numbers
    #[arg(long)]
    no_header: bool,
}

impl TableFlags {
    /// How files are read.
    pub fn options(&self) -> TableOptions {
        TableOptions {
            format: self.format,
            has_header: !self.no_header,
            delimiter: self.delimiter,
        }
    }

    /// Which columns are meant.
    pub fn columns(&self) -> ColumnOptions {
        ColumnOptions {
            text_column: self.text_column.clone(),
            text_pair_column: self.text_pair_column.clone(),
            label_column: self.label_column.clone(),
            label_separator: self.label_separator.clone(),
            label_names: self.label_names.clone(),
        }
    }

    /// Reads the files of a split; names with `*` and the like stand for all that match.
    ///
    /// # Errors
    /// See [`expand_globs`] and [`read_tables`].
    pub fn read(&self, files: &[PathBuf], label_use: LabelUse) -> Result<Table, TableError> {
        let files = expand_globs(files)?;
        read_tables(&files, &self.options(), &self.columns(), label_use)
    }
}

/// One character of one byte; `\t` is a tab.
pub(crate) fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"\\t" => Ok(b'\t'),
        [one] => Ok(*one),
        _ => Err("it must be one character, such as ; or \\t".to_owned()),
    }
}

/// The names of flags and those of `transformers`.
fn problem_type(text: &str) -> Result<LabelKind, String> {
    match text {
        "single_label_classification" => Ok(LabelKind::SingleLabel),
        "multi_label_classification" => Ok(LabelKind::MultiLabel),
        other => {
            let kind: Result<LabelKind, bert_data::UnknownName> = other.parse();
            kind.map_err(|error| error.to_string())
        }
    }
}
