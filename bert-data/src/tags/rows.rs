//! Sentences in rows: of JSON lines and of Parquet.

use std::path::Path;
use std::sync::Arc;

use super::error::TagError;
use super::options::TagOptions;
use super::report::TagReport;
use super::sentence::{Source, SourceText, TaggedSentence};
use super::spans;
use super::words::words_of;
use crate::table::{Cell, ColumnRef, LabelUse, TableReader, TableRow};

/// Usual names of the column of words, or of a text, and of what its tags are in.
const WORDS: [&str; 2] = ["tokens", "words"];
const TAGS: [&str; 3] = ["ner_tags", "tags", "labels"];
const TEXT: &str = "text";
const SPANS: [&str; 4] = ["spans", "entities", "label", "labels"];
const SPANS_EXPECTED: &str = "a list of spans, which only JSON lines have,";

/// The sentences of a table, a row each.
pub(super) struct RowSentences {
    file: Arc<Path>,
    reader: TableReader,
    layout: Layout,
    tag_names: Vec<String>,
}

/// The places of the columns, from 0.
struct Layout {
    words: usize,
    /// Whether they are a list by their name; else they may be a text, in which they are to be found.
    is_list: bool,
    tags: Option<usize>,
    /// Where there are no tags, columns that may have them in a later row.
    late_tags: Vec<usize>,
}

impl RowSentences {
    pub(super) fn new(
        file: Arc<Path>,
        mut reader: TableReader,
        options: &TagOptions,
        label_use: LabelUse,
    ) -> Result<Self, TagError> {
        let layout = Layout::find(&file, &mut reader, options, label_use)?;
        let column = layout.tags.map(|tags| &reader.columns()[tags]);
        let written = column.and_then(|column| reader.class_names(column));
        let tag_names = match (options.tag_names.as_slice(), written) {
            ([], Some(written)) => written.to_vec(),
            (given, _) => given.to_vec(),
        };
        Ok(Self {
            file,
            reader,
            layout,
            tag_names,
        })
    }

    /// The next sentence.
    pub(super) fn next(
        &mut self,
        report: &mut TagReport,
    ) -> Result<Option<TaggedSentence>, TagError> {
        match self.reader.next().transpose()? {
            Some(row) => self.sentence(row, report).map(Some),
            None => Ok(None),
        }
    }

    fn sentence(&self, row: TableRow, report: &mut TagReport) -> Result<TaggedSentence, TagError> {
        let TableRow { line, cells } = row;
        let source = Source {
            file: self.file.clone(),
            line,
            word_lines: Vec::new(),
        };
        let file = || self.file.to_path_buf();
        let late = self.layout.late_tags.iter();
        if late.clone().any(|&place| cells[place] != Cell::Missing) {
            return Err(TagError::LateTags { file: file(), line });
        }
        let tags = self.layout.tags.map(|place| &cells[place]);
        let tags = tags.filter(|tags| **tags != Cell::Missing);
        let words = &cells[self.layout.words];
        if !self.layout.is_list && matches!(words, Cell::Text(_)) {
            return self.text(words, tags, source, report);
        }
        let words = self.words(words, line)?;
        let tags = tags.map(|tags| self.tags(tags, line)).transpose()?;
        match &tags {
            Some(tags) if tags.len() != words.len() => Err(TagError::Lengths {
                file: file(),
                line,
                words: words.len(),
                tags: tags.len(),
            }),
            _ => Ok(TaggedSentence {
                words,
                tags,
                text: None,
                source,
            }),
        }
    }

    /// A text with its spans.
    fn text(
        &self,
        text: &Cell,
        spans: Option<&Cell>,
        source: Source,
        report: &mut TagReport,
    ) -> Result<TaggedSentence, TagError> {
        let line = source.line;
        let Cell::Text(text) = text else {
            return Err(self.wrong(text, self.layout.words, line, "a text"));
        };
        let words = words_of(text)?;
        let json = match spans {
            Some(Cell::Nested(json)) if json.starts_with('[') => Some(json.as_str()),
            Some(Cell::List(list)) if list.is_empty() => Some("[]"),
            Some(cell) => {
                let place = self.layout.tags.unwrap_or(self.layout.words);
                return Err(self.wrong(cell, place, line, SPANS_EXPECTED));
            }
            None => None,
        };
        let tags = json.map(|json| spans::parse(json).and_then(|of| spans::tags(text, &words, of)));
        let tags = tags.transpose().map_err(|source| TagError::Span {
            file: self.file.to_path_buf(),
            line,
            source: Box::new(source),
        })?;
        let tags = tags.map(|(tags, snapped)| {
            report.snapped_spans.add(snapped, &self.file, line);
            tags
        });
        Ok(TaggedSentence {
            words: words
                .iter()
                .map(|word| text[word.clone()].to_owned())
                .collect(),
            tags,
            text: Some(SourceText {
                text: text.clone(),
                words,
            }),
            source,
        })
    }

    /// A list of words; a number is one, too, as it is written.
    fn words(&self, cell: &Cell, line: usize) -> Result<Vec<String>, TagError> {
        let column = self.layout.words;
        let word = |word: &Cell| match word {
            Cell::Text(text) | Cell::Number { text, .. } => Ok(text.clone()),
            word => Err(self.wrong(word, column, line, "each word")),
        };
        match cell {
            Cell::List(words) => words.iter().map(word).collect(),
            cell => Err(self.wrong(cell, column, line, "a list of words")),
        }
    }

    /// A list of tags, by name or by number.
    fn tags(&self, cell: &Cell, line: usize) -> Result<Vec<String>, TagError> {
        let column = self.layout.tags.unwrap_or_default();
        let file = || self.file.to_path_buf();
        let tag = |tag: &Cell| match tag {
            Cell::Text(text) if text.is_empty() => Err(TagError::NoTag { file: file(), line }),
            Cell::Text(text) => Ok(text.clone()),
            Cell::Number {
                text,
                is_integer: true,
                ..
            } => {
                let number = text.parse::<usize>().ok();
                let name = number.and_then(|number| self.tag_names.get(number));
                name.cloned().ok_or_else(|| TagError::Number {
                    file: file(),
                    line,
                    number: text.clone(),
                    names: self.tag_names.len(),
                })
            }
            tag => Err(self.wrong(tag, column, line, "each tag")),
        };
        match cell {
            Cell::List(tags) => tags.iter().map(tag).collect(),
            cell => Err(self.wrong(cell, column, line, "a list of tags")),
        }
    }

    fn wrong(&self, cell: &Cell, place: usize, line: usize, expected: &'static str) -> TagError {
        TagError::Cell {
            file: self.file.to_path_buf(),
            line,
            column: self.reader.columns()[place].clone(),
            found: cell.kind(),
            expected,
        }
    }
}

impl Layout {
    fn find(
        file: &Arc<Path>,
        reader: &mut TableReader,
        options: &TagOptions,
        label_use: LabelUse,
    ) -> Result<Self, TagError> {
        let header = reader.columns().to_vec();
        let place = |name: &str| header.iter().position(|column| column == name);
        let asked = |column: &Option<ColumnRef>, option| {
            let place = column
                .as_ref()
                .map(|column| column.resolve(&header, option));
            place
                .transpose()
                .map_err(|source| TagError::column(file, source))
        };
        let usual = |names: &[&str]| names.iter().find_map(|name| place(name));
        let has_tags = usual(&WORDS).is_some() && usual(&TAGS).is_some();
        let has_spans = usual(&SPANS).is_some() && place(TEXT).is_some() && !has_tags;
        let words = match asked(&options.word_column, "word_column")? {
            Some(words) => Some(words),
            // Some tools write tokens of their own beside a text and its spans.
            None if has_spans => place(TEXT),
            None => usual(&WORDS).or(place(TEXT)),
        };
        let Some(words) = words else {
            return Err(TagError::NoWords {
                file: file.to_path_buf(),
                columns: header,
            });
        };
        let is_list = WORDS.contains(&header[words].as_str());
        let names = match (header[words].as_str(), is_list) {
            (TEXT, _) => SPANS.to_vec(),
            (_, true) => TAGS.to_vec(),
            _ => [&TAGS[..], &SPANS[..]].concat(),
        };
        let tags = match label_use {
            LabelUse::Unused => None,
            _ => asked(&options.tag_column, "tag_column")?.or(usual(&names)),
        };
        if tags == Some(words) {
            return Err(TagError::SameColumn {
                file: file.to_path_buf(),
                column: header[words].clone(),
            });
        }
        let late_tags = match (tags, label_use) {
            (None, LabelUse::Required | LabelUse::Optional) => reader.add_columns(&names),
            _ => Vec::new(),
        };
        Ok(Self {
            words,
            is_list,
            tags,
            late_tags,
        })
    }
}

#[cfg(test)]
mod tests;
