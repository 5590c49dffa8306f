//! A data set of tables, read: what its labels are, and its splits.

use std::path::PathBuf;
use std::sync::Arc;

use bert_core::config::{BertConfig, ProblemType};
use bert_data::inspect::{DataReport, InspectedSplit};
use bert_data::table::{LabelKind, LabelNames, LabelUse, Table, stratified_split};
use bert_data::{BertTokenizer, Label, PairExample, TokenizerError};
use bert_tasks::training::TrainingError;

use crate::flags::DataFlags;

/// Share of the training rows that are scored where nothing says which are.
const VALIDATION_SPLIT: f64 = 0.1;

/// Rows of a table, as examples.
pub struct LabelledSplit {
    /// Where they are from.
    pub table: Arc<Table>,
    /// All of its rows, or some.
    pub examples: Vec<PairExample>,
}

/// Splits whose labels have the same names.
pub struct Labelled {
    /// What the labels are.
    pub kind: LabelKind,
    /// Their names, but of numbers.
    pub names: LabelNames,
    /// What is trained on, where something is.
    pub train: Option<LabelledSplit>,
    /// What is scored.
    pub dev: LabelledSplit,
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
        let table = Arc::new(flags.table.read(&flags.train_file, LabelUse::Required)?);
        let kind = match flags.problem_type {
            Some(kind) => kind,
            None => table.label_kind()?,
        };
        let names = table.label_names(kind)?;
        let examples = table.examples(kind, &names)?;
        let (mut note, train, dev) = match flags.validation_file.as_slice() {
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
        let test = test(flags, kind, &names)?;
        let labels = labels_in_words(kind, &names, &train.examples);
        note = Some(note.map_or(labels.clone(), |note| format!("{labels}\n{note}")));
        Ok(Self {
            kind,
            names,
            train: Some(train),
            dev,
            test,
            note,
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
            dev: read(
                flags,
                &flags.validation_file,
                LabelUse::Required,
                kind,
                &names,
            )?,
            test: test(flags, kind, &names)?,
            train: None,
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

    /// What is to be known of it before a training.
    ///
    /// # Errors
    /// When the length leaves no room for a text.
    pub fn inspect(
        &self,
        tokenizer: &BertTokenizer,
        max_seq_length: usize,
    ) -> Result<DataReport, TokenizerError> {
        let splits = [
            ("train", self.train.as_ref()),
            ("validation", Some(&self.dev)),
            ("test", self.test.as_ref()),
        ];
        let splits = splits.into_iter().filter_map(|(name, split)| {
            let split = split?;
            Some(InspectedSplit::of_table(
                name,
                &split.table,
                &split.examples,
            ))
        });
        let splits: Vec<InspectedSplit<'_>> = splits.collect();
        DataReport::inspect(&splits, self.names.names(), tokenizer, max_seq_length)
    }
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
