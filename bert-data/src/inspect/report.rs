//! All that is known of the data before a training.

use serde::Serialize;

use super::labels::{ClassCount, ClassReport, LabelReport, LoneClass, lone_classes};
use super::lengths::{LengthReport, count_tokens, sorted_lengths, suggested_length};
use super::same_text::{Contradictions, Leak, Repeats, TextIndex};
use super::split::{FoundRows, InspectedSplit};
use super::text_faults::{FaultReport, text_faults};
use super::unknown::UnknownReport;
use crate::tokenizer::{BertTokenizer, TokenizerError};

/// What the splits of a data set hold, and what is wrong with them.
///
/// Its text is a report for a terminal of 80 columns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DataReport {
    /// The splits, the one to train on first.
    pub splits: Vec<SplitReport>,
    /// Classes with fewer than ten rows in the first split.
    pub rare_classes: Vec<ClassCount>,
    /// Classes that only one of the splits has.
    pub lone_classes: Vec<LoneClass>,
    /// Texts that are in two splits.
    pub leaks: Vec<Leak>,
    /// The maximum length the lengths are compared with, in tokens.
    pub max_seq_length: usize,
    /// The smallest multiple of 16 that cuts at most 1 % of all rows, but no more than the model
    /// takes.
    pub suggested_max_seq_length: usize,
}

/// What a split holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitReport {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: usize,
    /// Rows without a label.
    pub unlabelled: usize,
    /// Its labels, if it has any.
    pub labels: Option<LabelReport>,
    /// Rows of which a text is empty.
    pub empty_texts: FoundRows,
    /// Rows whose text an earlier one has.
    pub repeats: Repeats,
    /// Texts that have different labels.
    pub contradictions: Contradictions,
    /// Lengths in tokens.
    pub lengths: LengthReport,
    /// Words that the vocabulary lacks.
    pub unknown: UnknownReport,
    /// Texts that went wrong, by what went wrong; only what there is.
    pub text_faults: Vec<FaultReport>,
}

impl DataReport {
    /// Looks at the splits of a data set, of which the first is to be trained on. `names` are those
    /// of the classes. All of rayon's threads work. No text is copied: of a row some 64 bytes are
    /// kept until the report is made. Nearly all the time is the tokenizer's.
    ///
    /// # Errors
    /// If `max_seq_length` leaves no room for the special tokens.
    pub fn inspect(
        splits: &[InspectedSplit<'_>],
        names: &[String],
        tokenizer: &BertTokenizer,
        max_seq_length: usize,
    ) -> Result<Self, TokenizerError> {
        let mut all = splits.iter().flat_map(|split| split.examples);
        let is_pair = all.any(|example| example.text_b.is_some());
        // Refuses what encoding would refuse.
        tokenizer.encode_pair("", is_pair.then_some(""), max_seq_length)?;

        let indices: Vec<TextIndex> = splits
            .iter()
            .map(|split| TextIndex::of(split.examples))
            .collect();
        let mut lengths = Vec::new();
        let mut reports = Vec::with_capacity(splits.len());
        for (split, index) in splits.iter().zip(&indices) {
            let tokens = count_tokens(tokenizer, split.examples)?;
            let sorted = sorted_lengths(&tokens);
            reports.push(SplitReport {
                name: split.name.to_owned(),
                rows: split.examples.len(),
                unlabelled: split.found(|row| split.examples[row].label.is_none()).rows,
                labels: LabelReport::of(split.examples, names),
                empty_texts: split.empty_texts(),
                repeats: index.repeats(split, names),
                contradictions: index.contradictions(split, names),
                lengths: LengthReport::of(&sorted, max_seq_length),
                unknown: UnknownReport::of(tokenizer, split.examples, &tokens)?,
                text_faults: text_faults(split),
            });
            lengths.extend(sorted);
        }
        let mut leaks = Vec::new();
        for (into, (split, index)) in splits.iter().zip(&indices).enumerate() {
            let before = splits.iter().zip(&indices).take(into);
            leaks
                .extend(before.filter_map(|(from, known)| known.leak(from, (split, index), names)));
        }
        let classes: Vec<(&str, &ClassReport)> = reports
            .iter()
            .filter_map(|split| Some((split.name.as_str(), split.classes()?)))
            .collect();
        let lone_classes = lone_classes(&classes);
        let first = reports.first().and_then(SplitReport::classes);
        Ok(Self {
            rare_classes: first.map(ClassReport::rare).unwrap_or_default(),
            lone_classes,
            leaks,
            max_seq_length,
            suggested_max_seq_length: suggested_length(lengths, tokenizer.model_max_length()),
            splits: reports,
        })
    }
}

impl SplitReport {
    /// Its classes, if its labels are classes.
    pub fn classes(&self) -> Option<&ClassReport> {
        self.labels.as_ref().and_then(LabelReport::classes)
    }
}
