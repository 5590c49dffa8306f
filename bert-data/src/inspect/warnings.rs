//! What somebody should know before time is spent on the data.

use std::collections::BTreeMap;

use super::labels::{ClassCount, FEW_ROWS, LabelReport};
use super::report::{DataReport, SplitReport};
use super::same_text::Leak;
use crate::statistics::{EncodingStatistics, percent};

/// Above this share of one class, always saying it is hard to beat.
const MOST_OF_ONE_CLASS: f64 = 0.9;
/// Above this share of repeats a split is smaller than it looks.
const MOST_REPEATS: f64 = 0.05;
/// Names that a sentence has.
const NAMED: usize = 3;

impl DataReport {
    /// What somebody should know before a training, in sentences, the most important first: scores
    /// that cannot be trusted, labels that cannot be learned, texts of which the model sees too
    /// little.
    pub fn warnings(&self) -> Vec<String> {
        let each = |of: fn(&SplitReport) -> Option<String>| self.splits.iter().filter_map(of);
        let mut warnings: Vec<String> = self.leaks.iter().map(leak).collect();
        warnings.extend(each(contradictions));
        warnings.extend(self.splits.first().and_then(one_class));
        warnings.extend(self.splits.first().and_then(same_but_for_case));
        warnings.extend(self.rare_classes());
        warnings.extend(self.lone_classes());
        warnings.extend(each(repeats));
        let cut = |split: &SplitReport| self.cut(split);
        warnings.extend(self.splits.iter().filter_map(cut));
        warnings.extend(each(unknown));
        warnings.extend(each(empty_texts));
        warnings.extend(self.splits.iter().flat_map(text_faults));
        warnings
    }

    fn rare_classes(&self) -> Option<String> {
        let mut rare: Vec<&ClassCount> = self.rare_classes.iter().collect();
        rare.sort_by_key(|class| class.rows);
        let split = self.splits.first().filter(|_| !rare.is_empty())?;
        let count = |class: &&ClassCount| format!("{:?} {}", class.name, class.rows);
        let have = if rare.len() == 1 { "has" } else { "have" };
        Some(format!(
            "{} {have} fewer than {FEW_ROWS} rows in {}, too few to learn from: {}",
            counted(rare.len(), "class", "classes"),
            split.name,
            listed(rare.iter().map(count))
        ))
    }

    fn lone_classes(&self) -> Vec<String> {
        let warning = |split: &SplitReport| {
            let lone = self.lone_classes.iter();
            let lone = lone.filter(|class| class.split == split.name);
            let names: Vec<String> = lone.map(|class| format!("{:?}", class.name)).collect();
            let are = if names.len() == 1 { "is" } else { "are" };
            (!names.is_empty()).then(|| {
                format!(
                    "{} {are} in {} and in no other split: {}",
                    counted(names.len(), "class", "classes"),
                    split.name,
                    listed(names.into_iter())
                )
            })
        };
        self.splits.iter().filter_map(warning).collect()
    }

    fn cut(&self, split: &SplitReport) -> Option<String> {
        let lengths = &split.lengths;
        let suggested = match self.suggested_max_seq_length {
            length if length > self.max_seq_length => {
                format!("; `max_seq_length` {length} would cut fewer")
            }
            _ => String::new(),
        };
        (lengths.cut_share > EncodingStatistics::MOST_TRUNCATED).then(|| {
            format!(
                "{} of {} ({}) {} longer than `max_seq_length` {} and will be cut{suggested}",
                rows(lengths.cut_rows),
                split.name,
                percent(lengths.cut_share),
                are(lengths.cut_rows),
                self.max_seq_length,
            )
        })
    }
}

fn leak(leak: &Leak) -> String {
    let relabelled = match leak.relabelled {
        0 => String::new(),
        rows => format!(", {rows} of them with another label"),
    };
    format!(
        "{} of {into} ({}) {} in {} as well{relabelled}: scores on {into} will be too good; take \
         them out of one of the two",
        rows(leak.rows),
        percent(leak.share),
        are(leak.rows),
        leak.from,
        into = leak.into,
    )
}

fn contradictions(split: &SplitReport) -> Option<String> {
    let found = &split.contradictions;
    let have = if found.texts == 1 { "has" } else { "have" };
    (found.texts > 0).then(|| {
        format!(
            "{} of {} {have} different labels in {}: no model can learn both",
            counted(found.texts, "text", "texts"),
            split.name,
            rows(found.rows)
        )
    })
}

fn same_but_for_case(split: &SplitReport) -> Option<String> {
    let classes = match split.labels.as_ref()? {
        LabelReport::SingleLabel(classes) | LabelReport::MultiLabel { classes, .. } => classes,
        LabelReport::Regression(_) => return None,
    };
    let mut names = BTreeMap::<String, Vec<&str>>::new();
    for class in &classes.classes {
        let same = names.entry(class.name.to_lowercase()).or_default();
        same.push(&class.name);
    }
    let same: Vec<String> = names
        .values()
        .filter(|names| names.len() > 1)
        .map(|names| names.iter().map(|name| format!("{name:?}")).collect())
        .map(|names: Vec<_>| names.join(" and "))
        .collect();
    (!same.is_empty()).then(|| {
        format!(
            "labels that differ in upper and lower case only are classes of their own: {}",
            listed(same.into_iter())
        )
    })
}

fn one_class(split: &SplitReport) -> Option<String> {
    match split.labels.as_ref()? {
        LabelReport::SingleLabel(classes) if classes.majority_share > MOST_OF_ONE_CLASS => {
            let majority = classes.majority()?;
            Some(format!(
                "{} of the rows of {} are {:?}: always saying so is as accurate; look at F1 \
                 instead of accuracy",
                percent(majority.share),
                split.name,
                majority.name
            ))
        }
        LabelReport::Regression(numbers) if numbers.rows > 0 && numbers.min == numbers.max => {
            Some(format!(
                "all numbers of {} are {}: there is nothing to learn",
                split.name, numbers.min
            ))
        }
        _ => None,
    }
}

fn repeats(split: &SplitReport) -> Option<String> {
    let repeats = &split.repeats;
    (repeats.share > MOST_REPEATS).then(|| {
        format!(
            "{} of {} ({}) {} the text of an earlier row",
            rows(repeats.rows),
            split.name,
            percent(repeats.share),
            if repeats.rows == 1 {
                "repeats"
            } else {
                "repeat"
            }
        )
    })
}

fn unknown(split: &SplitReport) -> Option<String> {
    let unknown = &split.unknown;
    let word = |word: &super::UnknownWord| format!("{:?} {}", word.word, word.count);
    (unknown.share > EncodingStatistics::MOST_UNKNOWN).then(|| {
        format!(
            "{} of the tokens of {} are unknown ([UNK]), most often {}: is the vocabulary made for \
             this language, and its casing (do_lower_case) right?",
            percent(unknown.share),
            split.name,
            listed(unknown.words.iter().map(word))
        )
    })
}

fn empty_texts(split: &SplitReport) -> Option<String> {
    let empty = &split.empty_texts;
    let first = empty.first.first()?;
    Some(format!(
        "{} of {} ({}) {} an empty text, first {first}",
        rows(empty.rows),
        split.name,
        percent(empty.share),
        if empty.rows == 1 { "has" } else { "have" }
    ))
}

fn text_faults(split: &SplitReport) -> Vec<String> {
    let faults = split.text_faults.iter();
    let warning = |report: &super::FaultReport| {
        let found = &report.found;
        Some(format!(
            "{} of {} ({}) {} {}, first {}",
            rows(found.rows),
            split.name,
            percent(found.share),
            if found.rows == 1 { "has" } else { "have" },
            report.fault.name(),
            found.first.first()?
        ))
    };
    faults.filter_map(warning).collect()
}

/// The first of some things, and how many more there are.
fn listed(mut all: impl Iterator<Item = String>) -> String {
    let first: Vec<String> = all.by_ref().take(NAMED).collect();
    match all.count() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// So many rows.
pub(super) fn rows(rows: usize) -> String {
    counted(rows, "row", "rows")
}

/// So many of something.
pub(super) fn counted(count: usize, one: &str, several: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {several}"),
    }
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}
