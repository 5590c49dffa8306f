//! What can be wrong with a table's labels.

use super::nearest::{or_nearest, some_of};

/// A label, or all of them, that a model cannot learn or be compared with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// The row has none.
    #[error("no label; label the row or take it out")]
    Missing,
    /// Several labels, or an object, where one should be.
    #[error("{found} where one label should be; for several a row, give `label_kind` multi-label")]
    NotOne {
        /// What is there.
        found: &'static str,
    },
    /// An object in the place of labels, or nothing among them.
    #[error("{found} where labels should be")]
    NotLabels {
        /// What is there.
        found: &'static str,
    },
    /// A list of Python or JSON that is written into a text.
    #[error(
        "{text:?} is a list that is written as text; write the table as JSON lines with lists, \
         or the labels with `label_separator` between them, as a|b; if this is the name of a \
         class, give `label_kind` single-label"
    )]
    ListAsText {
        /// The text.
        text: String,
    },
    /// No number where numbers are to be learned.
    #[error("{text:?} is not a number; for classes, give `label_kind` single-label")]
    NotANumber {
        /// What is there.
        text: String,
    },
    /// A number that nothing can be compared with.
    #[error("{text} is no finite number that 32 bits hold")]
    NotFinite {
        /// What is there.
        text: String,
    },
    /// A label that is none of the names.
    #[error(
        "unknown label {label:?}{}; the labels are {}",
        or_nearest(nearest.as_deref()),
        some_of(names)
    )]
    Unknown {
        /// The label.
        label: String,
        /// The name that is most like it.
        nearest: Option<String>,
        /// The names there are.
        names: Vec<String>,
    },
    /// The table has no column of labels.
    #[error("there is no column of labels; give `label_column`")]
    NoColumn,
    /// All rows have one label: there is nothing to learn.
    #[error("every row has the label {name:?}; at least two classes are needed")]
    SingleClass {
        /// The label.
        name: String,
    },
    /// No row has a label.
    #[error("no row has a label")]
    NoClass,
    /// Two names that only white space tells apart.
    #[error("the labels {one:?} and {other:?} differ in white space only; make them one")]
    WhiteSpace {
        /// The first.
        one: String,
        /// The second.
        other: String,
    },
    /// A name that is given twice.
    #[error("the label {name:?} is named twice")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// The header has a label where the column's name should be: it is a row.
    #[error(
        "{label:?} is one of the labels, and this is the header; put a header line first, or set \
         `has_header` to false"
    )]
    InHeader {
        /// The label.
        label: String,
    },
}
