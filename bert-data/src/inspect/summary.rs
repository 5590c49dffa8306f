//! What is known of the data, in three lines.

use super::labels::{ClassCount, LabelReport};
use super::report::{DataReport, SplitReport};
use super::warnings::{counted, rows};
use crate::statistics::percent;

/// More classes are not listed.
const LISTED: usize = 3;

impl DataReport {
    /// Three lines for the beginning of a training: rows and labels; lengths and what is cut; the
    /// number of [`warnings`](Self::warnings) and the first of them.
    pub fn summary(&self) -> [String; 3] {
        let splits = self.splits.iter();
        let sizes = splits.map(|split| format!("{} {}", split.name, rows(split.rows)));
        let labels = self.splits.first().and_then(labels);
        let mut data: Vec<String> = vec![sizes.collect::<Vec<_>>().join(", ")];
        data.extend(labels);
        [
            data.join("; "),
            self.shortest_to_longest(),
            self.first_warning(),
        ]
    }

    fn shortest_to_longest(&self) -> String {
        let Some(SplitReport { name, lengths, .. }) = self.splits.first() else {
            return "no rows".to_owned();
        };
        let cut = |split: &SplitReport| {
            let lengths = &split.lengths;
            let share = percent(lengths.cut_share);
            (lengths.cut_rows > 0)
                .then(|| format!("{} of {} ({share})", rows(lengths.cut_rows), split.name))
        };
        let cut: Vec<String> = self.splits.iter().filter_map(cut).collect();
        let cut = match cut.as_slice() {
            [] => "nothing".to_owned(),
            cut => cut.join(", "),
        };
        format!(
            "{name} has {} to {} tokens a row, {:.1} on average; max_seq_length {} cuts {cut}",
            lengths.min, lengths.max, lengths.mean, self.max_seq_length
        )
    }

    fn first_warning(&self) -> String {
        let warnings = self.warnings();
        match warnings.as_slice() {
            [] => "no warnings".to_owned(),
            [warning] => format!("1 warning: {warning}"),
            [first, ..] => format!(
                "{} warnings, the first: {first} (`bert data check` says more)",
                warnings.len()
            ),
        }
    }
}

/// The labels of the split to train on.
fn labels(split: &SplitReport) -> Option<String> {
    let report = split.labels.as_ref()?;
    if let LabelReport::Regression(numbers) = report {
        return Some(format!(
            "numbers from {} to {}, {:.3} on average",
            numbers.min, numbers.max, numbers.mean
        ));
    }
    let classes = &report.classes()?.classes;
    let one = |class: &ClassCount| format!("{:?} {}", class.name, percent(class.share));
    let largest = report.classes()?.majority()?;
    let smallest = classes.iter().min_by_key(|class| class.rows)?;
    let list = if classes.len() <= LISTED {
        classes.iter().map(one).collect::<Vec<_>>().join(", ")
    } else if largest.rows == smallest.rows {
        format!("{} each", percent(largest.share))
    } else {
        format!("from {} to {}", one(largest), one(smallest))
    };
    let several = match report {
        LabelReport::MultiLabel { mean_labels, .. } => format!(", {mean_labels:.2} a row"),
        _ => String::new(),
    };
    let count = counted(classes.len(), "class", "classes");
    Some(format!("{count}{several}: {list}"))
}
