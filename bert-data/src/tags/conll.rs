//! Sentences in columns: a word a line, a blank line between sentences.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::error::TagError;
use super::format::TagFormat;
use super::options::TagOptions;
use super::report::TagReport;
use super::scheme::TagScheme;
use super::sentence::{Source, TaggedSentence};
use crate::error::LineLooks;
use crate::table::{ColumnRef, LabelUse, Lines, TableError, without_end};

/// Reads all sentences of a file.
///
/// Columns are between tabs if the first line with a word has one, else between spaces. All lines
/// have as many as the first. A line that begins with `-DOCSTART-`, `#begin document` or
/// `#end document` ends a sentence; between two
/// sentences, a line is a comment if a space, a tab or nothing follows the `#` that it begins with,
/// unless it has as many columns as words have and a tag that others have. In CoNLL-U, tokens with
/// a range or a point for their number are left out.
pub(super) fn read(
    mut lines: Lines,
    file: &Arc<Path>,
    format: TagFormat,
    options: &TagOptions,
    label_use: LabelUse,
    report: &mut TagReport,
) -> Result<Vec<TaggedSentence>, TagError> {
    let lines = rows(&mut lines, format)?;
    let first = lines.iter().find(|row| row.is_word());
    let Some(first) = first.or(lines.iter().find(|row| matches!(row.kind, Kind::Hash))) else {
        let file = file.to_path_buf();
        return Err(TagError::Table(TableError::Empty { file }));
    };
    let has_tabs = format == TagFormat::Conllu || first.text.contains('\t');
    let count = fields(&first.text, has_tabs).len();
    let columns = Columns::find(file, count, format, options, label_use)?;
    let reader = Reader {
        file,
        has_tabs,
        count,
        columns,
        is_numbered: format == TagFormat::Conllu,
    };
    reader.sentences(&lines, report)
}

/// What columns may be between. Other white space, as a no-break space, is a word where it stands.
const BETWEEN: [char; 2] = [' ', '\t'];

/// A line of a file.
struct Row {
    number: usize,
    text: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    /// Of a comment or a word.
    Hash,
    Word,
}

impl Row {
    fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }
}

fn rows(lines: &mut Lines, format: TagFormat) -> Result<Vec<Row>, TagError> {
    let mut rows = Vec::new();
    let mut is_between = true;
    while let Some(line) = lines.next()? {
        let text = without_end(line).trim_end_matches(BETWEEN).to_owned();
        let rest = text.strip_prefix('#').map(|rest| rest.as_bytes().first());
        let kind = match rest {
            _ if text.is_empty() => Kind::Blank,
            _ if text.split(BETWEEN).next() == Some("-DOCSTART-") => Kind::Blank,
            Some(_) if format == TagFormat::Conllu && is_between => Kind::Hash,
            // CoNLL-2012's.
            _ if text.starts_with("#begin document") || text == "#end document" => Kind::Blank,
            Some(None | Some(b' ' | b'\t')) if is_between => Kind::Hash,
            _ => Kind::Word,
        };
        is_between = kind != Kind::Word;
        let number = lines.number();
        if text.contains('\r') {
            return Err(TagError::Table(TableError::CarriageReturn {
                file: lines.file().to_owned(),
                line: number,
            }));
        }
        rows.push(Row { number, text, kind });
    }
    Ok(rows)
}

/// Between tabs a field may be empty or have spaces in it.
fn fields(text: &str, has_tabs: bool) -> Vec<&str> {
    match has_tabs {
        true => text
            .split('\t')
            .map(|field| field.trim_matches(' '))
            .collect(),
        false => text
            .split(BETWEEN)
            .filter(|field| !field.is_empty())
            .collect(),
    }
}

/// The places of the columns, from 0.
#[derive(Clone, Copy)]
struct Columns {
    word: usize,
    tag: Option<usize>,
}

impl Columns {
    fn find(
        file: &Arc<Path>,
        count: usize,
        format: TagFormat,
        options: &TagOptions,
        label_use: LabelUse,
    ) -> Result<Self, TagError> {
        let header: Vec<String> = (1..=count).map(|number| number.to_string()).collect();
        let resolve = |column: &ColumnRef, option| {
            let place = column.resolve(&header, option);
            place.map_err(|source| TagError::column(file, source))
        };
        let usual = match format {
            TagFormat::Conllu => [Some("2"), Some("4")],
            _ => [Some("1"), None],
        };
        let [usual_word, usual_tag] = usual.map(|column| column.map(ColumnRef::from));
        let word = options.word_column.as_ref().or(usual_word.as_ref());
        let word = word.map_or(Ok(0), |column| resolve(column, "word_column"))?;
        let tag = match options.tag_column.as_ref().or(usual_tag.as_ref()) {
            _ if label_use == LabelUse::Unused => None,
            Some(column) => Some(resolve(column, "tag_column")?),
            None => (count > 1).then(|| count - 1),
        };
        if tag == Some(word) {
            return Err(TagError::SameColumn {
                file: file.to_path_buf(),
                column: header[word].clone(),
            });
        }
        Ok(Self { word, tag })
    }
}

struct Reader<'a> {
    file: &'a Arc<Path>,
    has_tabs: bool,
    /// How many columns there are.
    count: usize,
    columns: Columns,
    /// Whether the first column numbers the words.
    is_numbered: bool,
}

impl Reader<'_> {
    fn sentences(
        &self,
        rows: &[Row],
        report: &mut TagReport,
    ) -> Result<Vec<TaggedSentence>, TagError> {
        let known = self.known_tags(rows);
        let mut sentences = Vec::new();
        let mut sentence = self.begin();
        for row in rows {
            if row.kind == Kind::Hash && !self.is_word(row, &known) {
                report.comments.add(1, self.file, row.number);
            } else if row.kind != Kind::Blank {
                self.add(&mut sentence, row)?;
            }
            if row.kind == Kind::Blank && !sentence.words.is_empty() {
                sentences.push(std::mem::replace(&mut sentence, self.begin()));
            }
        }
        if !sentence.words.is_empty() {
            sentences.push(sentence);
        }
        Ok(sentences)
    }

    fn begin(&self) -> TaggedSentence {
        TaggedSentence {
            words: Vec::new(),
            tags: self.columns.tag.map(|_| Vec::new()),
            text: None,
            source: Source {
                file: self.file.clone(),
                line: 0,
                word_lines: Vec::new(),
            },
        }
    }

    /// The tags of the lines that are words without doubt.
    fn known_tags<'a>(&self, rows: &'a [Row]) -> HashSet<&'a str> {
        let words = rows.iter().filter(|row| row.is_word());
        let tag = |row: &'a Row| {
            let fields = fields(&row.text, self.has_tabs);
            self.columns.tag.and_then(|tag| fields.get(tag).copied())
        };
        words.filter_map(tag).collect()
    }

    /// Whether a line that begins with # is a word and no comment.
    fn is_word(&self, row: &Row, known: &HashSet<&str>) -> bool {
        let fields = fields(&row.text, self.has_tabs);
        let has_tag = match self.columns.tag {
            Some(tag) => fields
                .get(tag)
                .is_some_and(|tag| known.contains(tag) || TagScheme::Iob2.has(tag)),
            None => true,
        };
        !self.is_numbered && fields.len() == self.count && has_tag
    }

    fn add(&self, sentence: &mut TaggedSentence, row: &Row) -> Result<(), TagError> {
        let (file, line) = (self.file.to_path_buf(), row.number);
        let fields = fields(&row.text, self.has_tabs);
        if fields.len() != self.count {
            let delimiter = if self.has_tabs { b'\t' } else { b' ' };
            return Err(TagError::Columns {
                file,
                line,
                found: fields.len(),
                expected: self.count,
                has_tabs: self.has_tabs,
                looks: LineLooks::of_delimited(&row.text, self.count, delimiter),
            });
        }
        if self.is_numbered && fields[0].contains(['-', '.']) {
            return Ok(());
        }
        let word = fields[self.columns.word];
        if word.is_empty() {
            return Err(TagError::NoWord { file, line });
        }
        if let (Some(tag), Some(tags)) = (self.columns.tag, &mut sentence.tags) {
            match fields[tag] {
                "" => return Err(TagError::NoTag { file, line }),
                tag => tags.push(tag.to_owned()),
            }
        }
        if sentence.words.is_empty() {
            sentence.source.line = line;
        }
        sentence.words.push(word.to_owned());
        sentence.source.word_lines.push(line);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
