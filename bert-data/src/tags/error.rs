//! What can be wrong with tagged sentences.

use std::path::{Path, PathBuf};

use super::format::TagFormat;
use super::scheme::TagScheme;
use super::span_error::SpanError;
use crate::error::LineLooks;
use crate::foreign::Foreign;
use crate::table::{ColumnError, LabelError, TableError, some_of};
use crate::tokenizer::TokenizerError;

/// Tagged sentences that cannot be read, or not be encoded as asked. Lines count from 1; of Parquet
/// they are rows. What is in backticks is the name of an option.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// Neither the ending of its name nor an option tells the format.
    #[error(
        "{}: its ending tells no format of tagged sentences; give `format`: conll, conllu, jsonl \
         or parquet",
        file.display()
    )]
    UnknownFormat {
        /// The file.
        file: PathBuf,
    },
    /// A folder where a file should be.
    #[error("{} is a folder; give the files in it, for example {0}/*.conll", file.display())]
    Folder {
        /// The folder.
        file: PathBuf,
    },
    /// The file is no text in columns.
    #[error("{} is not {format}: it is {what}", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// The format it should have.
        format: TagFormat,
        /// What it is.
        what: Foreign,
    },
    /// The file has another of the formats.
    #[error("{} is not {format}: it looks like {found}; give `format` {found}", file.display())]
    OtherFormat {
        /// The file.
        file: PathBuf,
        /// The format it should have.
        format: TagFormat,
        /// The format it seems to have.
        found: TagFormat,
    },
    /// The file is not read as a table, or as lines.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A column that is asked for is not there.
    #[error("{}: {source}", file.display())]
    Column {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        source: Box<ColumnError>,
    },
    /// Words and tags would be of one column.
    #[error(
        "{}: column {column:?} is that of the words and that of the tags; give `word_column` and \
         `tag_column`",
        file.display()
    )]
    SameColumn {
        /// The file.
        file: PathBuf,
        /// Its name or number.
        column: String,
    },
    /// No column has a usual name for words or texts.
    #[error(
        "{}: no column is named \"tokens\", \"words\" or \"text\"; give `word_column`; the columns \
         are {}",
        file.display(),
        some_of(columns)
    )]
    NoWords {
        /// The file.
        file: PathBuf,
        /// The columns that are there.
        columns: Vec<String>,
    },
    /// A line with too few or too many columns.
    #[error(
        "{}, line {line}: {found} columns, expected {expected} as in the first line with a word; {}",
        file.display(),
        columns_advice(*has_tabs, *looks, *found < *expected)
    )]
    Columns {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// Number of columns in the line.
        found: usize,
        /// Number of columns in the first line.
        expected: usize,
        /// Whether they are between tabs; else between spaces.
        has_tabs: bool,
        /// What the line looks like.
        looks: LineLooks,
    },
    /// A line of CoNLL with nothing where its word should be.
    #[error("{}, line {line}: no word; give the line one, or take it out", file.display())]
    NoWord {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// A word without the tag that others have.
    #[error("{}, line {line}: no tag; tag it, or take it out", file.display())]
    NoTag {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// A sentence without tags, where others have some.
    #[error(
        "{}, line {line}: the sentence has no tags, and others have; tag it (no entities are an \
         empty list of spans, or O for each word), or take it out",
        file.display()
    )]
    Untagged {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// A sentence that has tags after others that have none.
    #[error(
        "{}, line {line}: this has tags, and what comes before it in the file has none; tag all \
         or nothing",
        file.display()
    )]
    LateTags {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// No sentence has tags.
    #[error(
        "{} has no tags; columns of CoNLL are between tabs or spaces, and of other formats give \
         `tag_column` if the tags have a name of their own",
        file.display()
    )]
    NoTags {
        /// The file.
        file: PathBuf,
    },
    /// A value of the wrong type.
    #[error(
        "{}, line {line}, column {column:?}: {found} where {expected} should be",
        file.display()
    )]
    Cell {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// Name of the column.
        column: String,
        /// What is there.
        found: &'static str,
        /// What should be there.
        expected: &'static str,
    },
    /// A tag that is written as a number, and has no name.
    #[error(
        "{}, line {line}: the tag {number} is a number without a name; {}",
        file.display(),
        numbers_advice(*names)
    )]
    Number {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The number.
        number: String,
        /// How many names were given.
        names: usize,
    },
    /// A span that names no words.
    #[error("{}, line {line}: {source}", file.display())]
    Span {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong with it.
        source: Box<SpanError>,
    },
    /// A tag that is not one of its scheme's.
    #[error(
        "{}, line {line}: the tag {tag:?} fits no scheme: other tags have a prefix, such as B-, \
         and it is not O; mend it, or, if prefixes mean nothing here, give `tag_scheme` {}",
        file.display(),
        TagScheme::Plain
    )]
    Scheme {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The tag.
        tag: String,
        /// The scheme of the other tags.
        scheme: TagScheme,
    },
    /// A tag whose prefix is written in a way that is not read.
    #[error(
        "{}, line {line}: the tag {tag:?} seems to have its prefix written in another way than \
         B-PER and I-PER; write it so, or, if it has none, give `tag_scheme` {}",
        file.display(),
        TagScheme::Plain
    )]
    Prefix {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The tag.
        tag: String,
    },
    /// A tag that a model does not have.
    #[error("{}: {source}", place(file, *line))]
    Tag {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong with it.
        source: Box<LabelError>,
    },
    /// Tags that are wrong as a whole.
    #[error("the tags of {}: {source}", file.display())]
    Names {
        /// The first file.
        file: PathBuf,
        /// What is wrong with them.
        source: Box<LabelError>,
    },
    /// A sentence with more or fewer tags than words.
    #[error("{}: {tags} tags for {words} words; each word has one", place(file, *line))]
    Lengths {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// Number of words.
        words: usize,
        /// Number of tags.
        tags: usize,
    },
    /// The tokenizer failed on a word, or a window has no room.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
}

impl TagError {
    /// Of a column that is not as asked for.
    pub(super) fn column(file: &Path, source: ColumnError) -> Self {
        Self::Column {
            file: file.to_owned(),
            source: Box::new(source),
        }
    }
}

/// A line of a file; a sentence that a program has made is of none.
fn place(file: &Path, line: usize) -> String {
    match file.as_os_str().is_empty() {
        true => "a sentence".to_owned(),
        false => format!("{}, line {line}", file.display()),
    }
}

/// What to do about a line of another width.
fn columns_advice(has_tabs: bool, looks: LineLooks, are_few: bool) -> &'static str {
    match looks {
        LineLooks::CarriageReturns => "lines must end in LF or CRLF, and this has CR alone",
        LineLooks::Spaces => "it has spaces where tabs should be",
        LineLooks::Commas => "it has commas; write the file with tabs",
        LineLooks::Semicolons => "it has semicolons; write the file with tabs",
        _ if has_tabs => "columns are separated by one tab",
        _ if are_few => "columns are separated by spaces or tabs; is a tag missing?",
        _ => "columns are separated by spaces; write the file with tabs if words have spaces",
    }
}

fn numbers_advice(names: usize) -> String {
    match names {
        0 => "give `tag_names`, the names from 0 on".to_owned(),
        names => format!("`tag_names` has {names} names, from 0 on"),
    }
}
