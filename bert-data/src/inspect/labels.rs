//! How many rows each class has.

use serde::Serialize;

use super::numbers::NumberReport;
use super::split::share;
use crate::example::PairExample;
use crate::label::Label;

/// A class with fewer training rows is hardly learned.
pub(super) const FEW_ROWS: usize = 10;

/// The labels of a split.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LabelReport {
    /// One class each.
    SingleLabel(ClassReport),
    /// Several classes each, or none.
    MultiLabel {
        /// The rows that have each class.
        #[serde(flatten)]
        classes: ClassReport,
        /// Mean number of classes of a row.
        mean_labels: f64,
        /// Rows to which no class applies.
        without: usize,
    },
    /// Numbers.
    Regression(NumberReport),
}

/// The classes of a split.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReport {
    /// Every class, in the order of their names; some may have no row.
    pub classes: Vec<ClassCount>,
    /// Rows of the largest class for each of the smallest that has any.
    pub imbalance: f64,
    /// Share of the largest class: the accuracy of always saying it, where each row has one class.
    pub majority_share: f64,
}

/// A class with its rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassCount {
    /// Name of the class.
    pub name: String,
    /// Rows that have it.
    pub rows: usize,
    /// Their share of the rows with a label, from 0 to 1.
    pub share: f64,
}

/// A class that only one of several splits has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoneClass {
    /// Name of the class.
    pub name: String,
    /// Name of the split.
    pub split: String,
}

impl LabelReport {
    /// The labels of a split; `None` if there are none. They are of the kind of the first.
    pub(super) fn of(examples: &[PairExample], names: &[String]) -> Option<Self> {
        let labels = || examples.iter().filter_map(|example| example.label.as_ref());
        let classes = |rows: usize| ClassReport::of(labels(), rows, names);
        Some(match labels().next()? {
            Label::Class(_) => {
                let rows = labels().filter(|label| label.class().is_some()).count();
                Self::SingleLabel(classes(rows))
            }
            Label::Classes(_) => {
                let sets = labels().filter_map(|label| match label {
                    Label::Classes(classes) => Some(classes.len()),
                    _ => None,
                });
                let sizes: Vec<usize> = sets.collect();
                Self::MultiLabel {
                    classes: classes(sizes.len()),
                    mean_labels: share(sizes.iter().sum(), sizes.len()),
                    without: sizes.iter().filter(|&&size| size == 0).count(),
                }
            }
            Label::Number(_) => Self::Regression(NumberReport::of(labels())),
        })
    }

    /// Its classes, unless its labels are numbers.
    pub fn classes(&self) -> Option<&ClassReport> {
        match self {
            Self::SingleLabel(classes) | Self::MultiLabel { classes, .. } => Some(classes),
            Self::Regression(_) => None,
        }
    }
}

impl ClassReport {
    fn of<'a>(labels: impl Iterator<Item = &'a Label>, rows: usize, names: &[String]) -> Self {
        let mut counts = vec![0; names.len()];
        let mut count = |class: usize| {
            if class >= counts.len() {
                counts.resize(class + 1, 0);
            }
            counts[class] += 1;
        };
        for label in labels {
            match label {
                Label::Class(class) => count(*class),
                Label::Classes(classes) => classes.iter().for_each(|&class| count(class)),
                Label::Number(_) => {}
            }
        }
        let largest = counts.iter().copied().max().unwrap_or(0);
        let smallest = counts.iter().copied().filter(|&count| count > 0).min();
        let classes = counts.into_iter().enumerate();
        Self {
            imbalance: share(largest, smallest.unwrap_or(0)),
            majority_share: share(largest, rows),
            classes: classes
                .map(|(class, count)| ClassCount {
                    name: class_name(class, names),
                    rows: count,
                    share: share(count, rows),
                })
                .collect(),
        }
    }

    /// The class with the most rows.
    pub fn majority(&self) -> Option<&ClassCount> {
        // Of equal ones the first.
        self.classes.iter().rev().max_by_key(|class| class.rows)
    }

    /// The classes with fewer than ten rows.
    pub(super) fn rare(&self) -> Vec<ClassCount> {
        let rare = self.classes.iter().filter(|class| class.rows < FEW_ROWS);
        rare.cloned().collect()
    }
}

/// The classes that only one of the splits has; none unless two splits or more have classes.
pub(super) fn lone_classes(splits: &[(&str, &ClassReport)]) -> Vec<LoneClass> {
    let classes = splits.iter().map(|(_, report)| report.classes.len()).max();
    let lone = |class: usize| {
        let mut having = splits.iter().filter_map(|(split, report)| {
            let count = report.classes.get(class)?;
            (count.rows > 0).then(|| LoneClass {
                name: count.name.clone(),
                split: (*split).to_owned(),
            })
        });
        having.next().filter(|_| having.next().is_none())
    };
    match splits.len() {
        0 | 1 => Vec::new(),
        _ => (0..classes.unwrap_or(0)).filter_map(lone).collect(),
    }
}

/// A label in words.
pub(super) fn label_text(label: &Label, names: &[String]) -> String {
    match label {
        Label::Class(class) => class_name(*class, names),
        Label::Classes(classes) => {
            let names = classes.iter().map(|&class| class_name(class, names));
            names.collect::<Vec<_>>().join(", ")
        }
        Label::Number(number) => number.to_string(),
    }
}

fn class_name(class: usize, names: &[String]) -> String {
    let name = names.get(class).cloned();
    name.unwrap_or_else(|| class.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::test_data::{labelled, names, text};

    fn counts(report: &ClassReport) -> Vec<(&str, usize)> {
        let classes = report.classes.iter();
        classes
            .map(|class| (class.name.as_str(), class.rows))
            .collect()
    }

    #[test]
    fn classes_are_counted_in_the_order_of_their_names() {
        let mut examples: Vec<_> = [1, 1, 0, 1].map(|class| labelled(0, "a", class)).into();
        examples.push(text(0, "no label"));
        let report = LabelReport::of(&examples, &names(&["no", "yes", "maybe"])).unwrap();
        assert!(matches!(report, LabelReport::SingleLabel(_)));
        let classes = report.classes().unwrap();
        assert_eq!(counts(classes), [("no", 1), ("yes", 3), ("maybe", 0)]);
        assert_eq!((classes.imbalance, classes.majority_share), (3.0, 0.75));
        assert_eq!(classes.classes[0].share, 0.25);
        assert_eq!(classes.majority().unwrap().name, "yes");
        assert_eq!(classes.rare().len(), 3);
        assert_eq!(LabelReport::of(&examples[4..], &names(&["no"])), None);
    }

    #[test]
    fn a_class_without_a_name_has_its_number() {
        let report = LabelReport::of(&[labelled(0, "a", 1)], &[]).unwrap();
        assert_eq!(counts(report.classes().unwrap()), [("0", 0), ("1", 1)]);
    }

    #[test]
    fn a_class_is_rare_below_ten_rows() {
        let classes = std::iter::repeat_n(0, 10).chain(std::iter::repeat_n(1, 9));
        let examples: Vec<_> = classes.map(|class| labelled(0, "a", class)).collect();
        let report = LabelReport::of(&examples, &names(&["ten", "nine"])).unwrap();
        let rare = report.classes().unwrap().rare();
        assert_eq!((rare.len(), rare[0].name.as_str()), (1, "nine"));
    }

    #[test]
    fn a_row_may_have_several_classes_or_none() {
        let sets = [vec![0, 1], vec![], vec![1], vec![1, 2]];
        let examples = sets.map(|set| labelled(0, "a", Label::Classes(set)));
        let report = LabelReport::of(&examples, &names(&["x", "y", "z"])).unwrap();
        let LabelReport::MultiLabel {
            classes,
            mean_labels,
            without,
        } = &report
        else {
            panic!("{report:?}");
        };
        assert_eq!(counts(classes), [("x", 1), ("y", 3), ("z", 1)]);
        assert_eq!((*mean_labels, *without), (1.25, 1));
        assert_eq!(classes.majority_share, 0.75);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["kind"], "multi-label");
        assert_eq!(json["classes"][1]["rows"], 3);
    }

    #[test]
    fn a_class_of_one_split_is_found() {
        let names = names(&["x", "y", "z"]);
        let report = |classes: &[usize]| {
            let rows = classes.iter().map(|&class| labelled(0, "a", class));
            let rows: Vec<_> = rows.collect();
            ClassReport::of(rows.iter().filter_map(|row| row.label.as_ref()), 1, &names)
        };
        let (train, validation) = (report(&[0, 1]), report(&[0, 2]));
        let lone = lone_classes(&[("train", &train), ("validation", &validation)]);
        let lone: Vec<_> = lone
            .iter()
            .map(|class| (class.name.as_str(), class.split.as_str()))
            .collect();
        assert_eq!(lone, [("y", "train"), ("z", "validation")]);
        assert!(lone_classes(&[("train", &train)]).is_empty());
    }

    #[test]
    fn labels_are_shown_in_words() {
        let names = names(&["x", "y"]);
        assert_eq!(label_text(&Label::Class(1), &names), "y");
        assert_eq!(label_text(&Label::Classes(vec![0, 1]), &names), "x, y");
        assert_eq!(label_text(&Label::Number(0.5), &names), "0.5");
    }
}
