//! A data set of tables, read: what its labels are, and its splits.

use std::path::PathBuf;
use std::sync::Arc;

use bert_core::config::{BertConfig, ProblemType};
use bert_data::inspect::{DataReport, InspectedSplit};
use bert_data::table::{LabelKind, LabelNames, LabelUse, Table, stratified_split};
use bert_data::{BertTokenizer, Label, PairExample, TokenizerError};
use bert_tasks::training::TrainingError;

use crate::flags::DataFlags;
use crate::folds::Folds;

/// Share of the training rows that are scored where nothing says which are.
const VALIDATION_SPLIT: f64 = 0.1;

/// Rows of a table, as examples.
pub struct LabelledSplit {
    /// Where they are from.
    pub table: Arc<Table>,
    /// All of its rows, or some.
    pub examples: Vec<PairExample>,
}

impl LabelledSplit {
    fn inspected(&self, name: &'static str) -> InspectedSplit<'_> {
        InspectedSplit::of_table(name, &self.table, &self.examples)
    }
}

/// What is done with which rows.
pub enum Rows {
    /// A model is scored on them.
    Scored {
        /// All of them.
        dev: LabelledSplit,
    },
    /// One is trained.
    Trained {
        /// What is trained on.
        train: LabelledSplit,
        /// What is scored.
        dev: LabelledSplit,
    },
    /// One is trained for each fold, on the others.
    Folds(Folds),
}

/// Splits whose labels have the same names.
pub struct Labelled {
    /// What the labels are.
    pub kind: LabelKind,
    /// Their names, but of numbers.
    pub names: LabelNames,
    /// What is trained on, and scored.
    pub rows: Rows,
    /// What is labelled at the end.
    pub test: Option<LabelledSplit>,
    /// What somebody should know of how they came about.
    pub note: Option<String>,
}

impl Labelled {
    /// Reads what is trained on, which says what the labels are; `seed` draws the rows to score
    /// where there is no file of them.
    ///
    /// # Errors
    /// When a file is not a table of labelled texts, or no rows can be drawn.
    pub fn to_train(flags: &DataFlags, seed: u64) -> Result<Self, TrainingError> {
        let (table, kind, names, examples) = read_train(flags)?;
        let labels = labels_in_words(kind, &names, &examples);
        let (note, train, dev) = match flags.validation_file.as_slice() {
            [] => {
                let share = flags.validation_split.unwrap_or(VALIDATION_SPLIT);
                let (train, dev) = split(examples, &names, share, seed)?;
                let (rows, all) = (dev.len(), dev.len() + train.len());
                let note =
                    format!("validation: {rows} of the {all} training rows, drawn by seed {seed}");
                let of = |examples| LabelledSplit {
                    table: table.clone(),
                    examples,
                };
                (Some(note), of(train), of(dev))
            }
            files => {
                let dev = read(flags, files, LabelUse::Required, kind, &names)?;
                (None, LabelledSplit { table, examples }, dev)
            }
        };
        Ok(Self {
            test: test(flags, kind, &names)?,
            kind,
            names,
            rows: Rows::Trained { train, dev },
            note: Some(note.map_or(labels.clone(), |note| format!("{labels}\n{note}"))),
        })
    }

    /// Reads what is trained on and cuts it into `count` folds, which `seed` draws.
    ///
    /// # Errors
    /// When a file is not a table of labelled texts, or there cannot be so many folds.
    pub fn to_folds(flags: &DataFlags, count: usize, seed: u64) -> Result<Self, TrainingError> {
        let (table, kind, names, examples) = read_train(flags)?;
        let (labels, rows) = (labels_in_words(kind, &names, &examples), examples.len());
        let folds = Folds::of(table, names.clone(), examples, count, seed)?;
        let note = format!("{labels}\nfolds: {count}, of {rows} rows, drawn by seed {seed}");
        Ok(Self {
            test: test(flags, kind, &names)?,
            kind,
            names,
            rows: Rows::Folds(folds),
            note: Some(note),
        })
    }

    /// Reads what is scored with the labels of a model.
    ///
    /// # Errors
    /// When a file is not a table of texts with such labels.
    pub fn to_score(flags: &DataFlags, model: &BertConfig) -> Result<Self, TrainingError> {
        let kind = match model.problem() {
            ProblemType::SingleLabelClassification => LabelKind::SingleLabel,
            ProblemType::MultiLabelClassification => LabelKind::MultiLabel,
            ProblemType::Regression => LabelKind::Regression,
        };
        let labels = 0..model.num_labels();
        let names = LabelNames::new(labels.map(|label| model.label_name(label)).collect())?;
        Ok(Self {
            rows: Rows::Scored {
                dev: read(
                    flags,
                    &flags.validation_file,
                    LabelUse::Required,
                    kind,
                    &names,
                )?,
            },
            test: test(flags, kind, &names)?,
            note: None,
            kind,
            names,
        })
    }

    /// What the labels mean to a model.
    pub fn problem(&self) -> ProblemType {
        match self.kind {
            LabelKind::SingleLabel => ProblemType::SingleLabelClassification,
            LabelKind::MultiLabel => ProblemType::MultiLabelClassification,
            LabelKind::Regression => ProblemType::Regression,
        }
    }

    /// What a model calls the labels.
    pub fn label_names(&self) -> Vec<String> {
        match self.kind {
            LabelKind::Regression => vec!["LABEL_0".to_owned()],
            _ => self.names.names().to_vec(),
        }
    }

    /// How many rows there are to train on.
    pub fn train_rows(&self) -> usize {
        match &self.rows {
            Rows::Scored { .. } => 0,
            Rows::Trained { train, .. } => train.examples.len(),
            Rows::Folds(folds) => folds.examples().len(),
        }
    }

    /// What is to be known of it before a training.
    ///
    /// # Errors
    /// When the length leaves no room for a text.
    pub fn inspect(
        &self,
        tokenizer: &BertTokenizer,
        max_seq_length: usize,
    ) -> Result<DataReport, TokenizerError> {
        let mut splits = match &self.rows {
            Rows::Scored { dev } => vec![dev.inspected("validation")],
            Rows::Trained { train, dev } => {
                vec![train.inspected("train"), dev.inspected("validation")]
            }
            Rows::Folds(folds) => vec![InspectedSplit::of_table(
                "train",
                folds.table(),
                folds.examples(),
            )],
        };
        splits.extend(self.test.iter().map(|test| test.inspected("test")));
        DataReport::inspect(&splits, self.names.names(), tokenizer, max_seq_length)
    }
}

/// The table to train on, and what its labels are.
fn read_train(
    flags: &DataFlags,
) -> Result<(Arc<Table>, LabelKind, LabelNames, Vec<PairExample>), TrainingError> {
    let table = Arc::new(flags.table.read(&flags.train_file, LabelUse::Required)?);
    let kind = match flags.problem_type {
        Some(kind) => kind,
        None => table.label_kind()?,
    };
    let names = table.label_names(kind)?;
    let examples = table.examples(kind, &names)?;
    Ok((table, kind, names, examples))
}

fn read(
    flags: &DataFlags,
    files: &[PathBuf],
    label_use: LabelUse,
    kind: LabelKind,
    names: &LabelNames,
) -> Result<LabelledSplit, TrainingError> {
    let table = flags.table.read(files, label_use)?;
    Ok(LabelledSplit {
        examples: table.examples(kind, names)?,
        table: Arc::new(table),
    })
}

fn test(
    flags: &DataFlags,
    kind: LabelKind,
    names: &LabelNames,
) -> Result<Option<LabelledSplit>, TrainingError> {
    match flags.test_file.as_slice() {
        [] => Ok(None),
        files => read(flags, files, LabelUse::Optional, kind, names).map(Some),
    }
}

/// The examples to train on, and those to score.
fn split(
    examples: Vec<PairExample>,
    names: &LabelNames,
    share: f64,
    seed: u64,
) -> Result<(Vec<PairExample>, Vec<PairExample>), TrainingError> {
    let labels = examples.iter().filter_map(|example| example.label.clone());
    let labels: Vec<Label> = labels.collect();
    let (train, dev) = stratified_split(&labels, names, share, seed)?;
    let of = |places: Vec<usize>| {
        let examples = places.into_iter().map(|at| examples[at].clone());
        examples.collect()
    };
    Ok((of(train), of(dev)))
}

/// What the labels were taken for: a number that is a class is the first thing to find out.
fn labels_in_words(kind: LabelKind, names: &LabelNames, train: &[PairExample]) -> String {
    const SHOWN: usize = 6;
    let shown = names.names().iter().take(SHOWN).map(String::as_str);
    let mut list: Vec<&str> = shown.collect();
    if names.len() > SHOWN {
        list.push("...");
    }
    let list = list.join(", ");
    match kind {
        LabelKind::SingleLabel => format!("labels: one of {} classes ({list})", names.len()),
        LabelKind::MultiLabel => format!("labels: any of {} classes ({list})", names.len()),
        LabelKind::Regression => {
            let numbers = || {
                train.iter().filter_map(|example| match example.label {
                    Some(Label::Number(number)) => Some(number),
                    _ => None,
                })
            };
            let low = numbers().fold(f32::MAX, f32::min);
            let high = numbers().fold(f32::MIN, f32::max);
            format!("labels: a number from {low} to {high}")
        }
    }
}
