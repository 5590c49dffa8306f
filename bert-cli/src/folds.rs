//! The rows of a table in folds: each is scored by a model that was trained on the others.

use std::path::Path;
use std::sync::Arc;

use bert_core::files::write_atomically;
use bert_data::table::{Cell, LabelNames, Table, TableFormat, TableWriter, stratified_folds};
use bert_data::{Label, PairExample};
use bert_tasks::sequence::SequenceEvaluation;
use bert_tasks::training::TrainingError;

/// Where the predictions of all rows go.
pub const OUT_OF_FOLD: &str = "out_of_fold.csv";

/// Rows that are cut into folds.
pub struct Folds {
    table: Arc<Table>,
    names: LabelNames,
    examples: Vec<PairExample>,
    parts: Vec<Vec<usize>>,
}

impl Folds {
    /// Cuts the examples of a table, which are all of its rows, into `count` folds, with of each
    /// class the same; `seed` draws them.
    ///
    /// # Errors
    /// See [`stratified_folds`].
    pub fn of(
        table: Arc<Table>,
        names: LabelNames,
        examples: Vec<PairExample>,
        count: usize,
        seed: u64,
    ) -> Result<Self, TrainingError> {
        let labels = examples.iter().filter_map(|example| example.label.clone());
        let labels: Vec<Label> = labels.collect();
        let parts = stratified_folds(&labels, &names, count, seed)?;
        Ok(Self {
            table,
            names,
            examples,
            parts,
        })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.parts.len()
    }

    /// Where the rows are from.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// All rows, in the order of the table.
    pub fn examples(&self) -> &[PairExample] {
        &self.examples
    }

    /// The examples to train on and those to score, of the fold with this place from 0.
    pub fn split(&self, fold: usize) -> (Vec<PairExample>, Vec<PairExample>) {
        let held_out = &self.parts[fold];
        let (mut train, mut dev) = (Vec::new(), Vec::new());
        for (row, example) in self.examples.iter().enumerate() {
            match held_out.binary_search(&row) {
                Ok(_) => dev.push(example.clone()),
                Err(_) => train.push(example.clone()),
            }
        }
        (train, dev)
    }

    /// Writes `out_of_fold.csv` into `folder`: what the model of its fold, which has not learned
    /// from it, says of each row, in the order of the table. There is an evaluation for each fold.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(
        &self,
        evaluations: &[SequenceEvaluation],
        folder: &Path,
    ) -> Result<(), TrainingError> {
        let mut rows = vec![Vec::new(); self.examples.len()];
        let mut header = vec!["file", "line", "fold", "label", "prediction"];
        for (fold, (held_out, evaluation)) in self.parts.iter().zip(evaluations).enumerate() {
            let scores = evaluation.label_scores();
            for (at, &row) in held_out.iter().enumerate() {
                let source = &self.table.rows()[row];
                let file = self.table.files()[source.file].display().to_string();
                let prediction = &evaluation.predictions[at];
                rows[row] = vec![
                    Cell::from(file),
                    Cell::from(source.line as u64),
                    Cell::from(fold as u64 + 1),
                    self.label_cell(&evaluation.labels[at]),
                    self.label_cell(prediction),
                ];
                rows[row].extend(probability_cell(prediction, &scores[at]));
            }
        }
        if rows.iter().any(|row| row.len() > header.len()) {
            header.push("probability");
        }
        let path = folder.join(OUT_OF_FOLD);
        let mut writer = TableWriter::new(&path, Vec::new(), TableFormat::Csv, &header)?;
        for row in &rows {
            writer.write_row(row)?;
        }
        write_atomically(&path, &writer.finish()?)?;
        Ok(())
    }

    fn label_cell(&self, label: &Label) -> Cell {
        let name = |class: &usize| Cell::from(self.names.name(*class).unwrap_or_default());
        match label {
            Label::Number(number) => Cell::from(*number),
            Label::Class(class) => name(class),
            Label::Classes(classes) => Cell::List(classes.iter().map(name).collect()),
        }
    }
}

/// How probable what was predicted is, to the digits that an f32 has; nothing for a number.
fn probability_cell(prediction: &Label, scores: &[f64]) -> Option<Cell> {
    let of = |class: &usize| Cell::from((scores[*class] * 1e6).round() / 1e6);
    match prediction {
        Label::Number(_) => None,
        Label::Class(class) => Some(of(class)),
        Label::Classes(classes) => Some(Cell::List(classes.iter().map(of).collect())),
    }
}
