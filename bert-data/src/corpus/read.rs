//! Text files, line by line, as documents of sentences.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::vec::IntoIter;

use serde::{Deserialize, Serialize};

use super::CorpusError;
use super::sentences::split_sentences;
use crate::error::UnknownName;
use crate::foreign::Foreign;
use crate::text;

/// The longest line that is read, in bytes. It bounds the memory that a file without line ends
/// would take.
const MAX_LINE: usize = 16 << 20;

/// What a line of a text file is. A blank line ends a document in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextLayout {
    /// One sentence a line, as create_pretraining_data.py of google-research/bert reads it.
    #[default]
    Sentences,
    /// One paragraph a line; [`split_sentences`] finds the sentences in it.
    Paragraphs,
}

impl fmt::Display for TextLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sentences => "sentences",
            Self::Paragraphs => "paragraphs",
        })
    }
}

impl FromStr for TextLayout {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "sentences" => Ok(Self::Sentences),
            "paragraphs" => Ok(Self::Paragraphs),
            _ => Err(UnknownName {
                what: "text layout",
                value: name.to_owned(),
                allowed: "sentences, paragraphs",
            }),
        }
    }
}

/// What comes next in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextItem {
    /// A sentence, without white space around it and never empty.
    Sentence(String),
    /// The sentences since the last such mark were a document, and there was one at least.
    EndOfDocument,
}

/// Streams text files as sentences and ends of documents; one line is in memory at a time.
///
/// Lines end in LF or CRLF. A line of white space ends a document, and so does the end of a file.
/// A byte-order mark is dropped. A line is cut to no length here: who needs shorter sequences cuts
/// tokens. After an error comes nothing more.
pub struct TextReader {
    files: IntoIter<PathBuf>,
    layout: TextLayout,
    open: Option<OpenFile>,
    sentences: IntoIter<String>,
    /// Whether the present document has a sentence.
    in_document: bool,
}

struct OpenFile {
    path: PathBuf,
    reader: BufReader<File>,
    line: usize,
    bytes: Vec<u8>,
}

impl TextReader {
    /// Reads `files` one after another. Each is opened when its turn comes.
    pub fn new(files: &[PathBuf], layout: TextLayout) -> Self {
        Self {
            files: Vec::from(files).into_iter(),
            layout,
            open: None,
            sentences: Vec::new().into_iter(),
            in_document: false,
        }
    }

    fn item(&mut self) -> Result<Option<TextItem>, CorpusError> {
        loop {
            if let Some(sentence) = self.sentences.next() {
                self.in_document = true;
                return Ok(Some(TextItem::Sentence(sentence)));
            }
            let Some(open) = &mut self.open else {
                match self.files.next() {
                    Some(path) => self.open = Some(OpenFile::open(path)?),
                    None => return Ok(None),
                }
                continue;
            };
            let ends_document = match open.next_line()?.map(str::trim) {
                Some("") => true,
                Some(line) => {
                    self.sentences = match self.layout {
                        TextLayout::Sentences => vec![line.to_owned()],
                        TextLayout::Paragraphs => split_sentences(line)
                            .into_iter()
                            .map(str::to_owned)
                            .collect(),
                    }
                    .into_iter();
                    false
                }
                None => {
                    self.open = None;
                    true
                }
            };
            if ends_document && std::mem::take(&mut self.in_document) {
                return Ok(Some(TextItem::EndOfDocument));
            }
        }
    }
}

impl Iterator for TextReader {
    type Item = Result<TextItem, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.item().transpose();
        if matches!(item, Some(Err(_))) {
            self.files = Vec::new().into_iter();
            self.open = None;
        }
        item
    }
}

impl OpenFile {
    fn open(path: PathBuf) -> Result<Self, CorpusError> {
        let file = File::open(&path).map_err(CorpusError::reading(&path))?;
        let mut reader = BufReader::with_capacity(1 << 18, file);
        let head = reader.fill_buf().map_err(CorpusError::reading(&path))?;
        if let Some(what) = Foreign::of_lines(head) {
            return Err(CorpusError::Foreign { file: path, what });
        }
        Ok(Self {
            path,
            reader,
            line: 0,
            bytes: Vec::new(),
        })
    }

    fn next_line(&mut self) -> Result<Option<&str>, CorpusError> {
        self.bytes.clear();
        self.line += 1;
        let mut limited = (&mut self.reader).take(MAX_LINE as u64 + 1);
        let read = limited
            .read_until(b'\n', &mut self.bytes)
            .map_err(CorpusError::reading(&self.path))?;
        if read == 0 {
            return Ok(None);
        }
        if read > MAX_LINE {
            return Err(CorpusError::LongLine {
                file: self.path.clone(),
                line: self.line,
                limit: MAX_LINE,
            });
        }
        let text = std::str::from_utf8(&self.bytes).map_err(|_| CorpusError::NotUtf8 {
            file: self.path.clone(),
            line: self.line,
        })?;
        Ok(Some(match self.line {
            1 => text.strip_prefix('\u{feff}').unwrap_or(text),
            _ => text,
        }))
    }
}

/// A text file as it is, without a byte-order mark.
///
/// # Errors
/// If it cannot be read, is of another kind, or is not UTF-8.
pub fn read_text(path: impl AsRef<Path>) -> Result<String, CorpusError> {
    let path = path.as_ref();
    text::read(path, Foreign::of).map_err(|fault| CorpusError::unread(path, fault))
}

/// A checksum of the bytes of all `files` and of where each ends.
///
/// # Errors
/// If a file cannot be read.
pub(super) fn checksum(files: &[PathBuf]) -> Result<u64, CorpusError> {
    let mut hasher = crc32fast::Hasher::new();
    let mut total = 0u64;
    for file in files {
        total += checksum_file(file, &mut hasher)?;
        hasher.update(&total.to_le_bytes());
    }
    Ok(u64::from(hasher.finalize()) << 32 ^ total)
}

fn checksum_file(path: &Path, hasher: &mut crc32fast::Hasher) -> Result<u64, CorpusError> {
    let reading = || CorpusError::reading(path);
    let mut file = File::open(path).map_err(reading())?;
    let mut buffer = vec![0; 1 << 18];
    let mut total = 0;
    loop {
        match file.read(&mut buffer).map_err(reading())? {
            0 => return Ok(total),
            read => {
                hasher.update(&buffer[..read]);
                total += read as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(contents: &[&[u8]], layout: TextLayout) -> Result<Vec<Vec<String>>, CorpusError> {
        let dir = tempfile::tempdir().unwrap();
        let files: Vec<_> = (0..contents.len())
            .map(|at| dir.path().join(format!("{at}.txt")))
            .collect();
        for (file, content) in files.iter().zip(contents) {
            std::fs::write(file, content).unwrap();
        }
        let mut documents = vec![vec![]];
        for item in TextReader::new(&files, layout) {
            match item? {
                TextItem::Sentence(sentence) => documents.last_mut().unwrap().push(sentence),
                TextItem::EndOfDocument => documents.push(vec![]),
            }
        }
        assert_eq!(documents.pop(), Some(vec![]), "a document without an end");
        Ok(documents)
    }

    #[test]
    fn blank_lines_and_ends_of_files_end_documents() {
        let first = b"\n\n a b \nc\n \t\nd\n\n\n";
        let documents = read(&[first, b"", b"e"], TextLayout::Sentences).unwrap();
        assert_eq!(documents, [vec!["a b", "c"], vec!["d"], vec!["e"]]);
    }

    #[test]
    fn byte_order_mark_and_crlf_are_tolerated() {
        let unix = read(&[b"a\nb\n\nc\n"], TextLayout::Sentences).unwrap();
        let windows = b"\xef\xbb\xbfa\r\nb\r\n\r\nc\r\n";
        assert_eq!(read(&[windows], TextLayout::Sentences).unwrap(), unix);
    }

    #[test]
    fn paragraphs_are_split() {
        let text = b"Mr. Smith sat. He stood.\nHe left.\n\nEnd.\n";
        let documents = read(&[text], TextLayout::Paragraphs).unwrap();
        assert_eq!(
            documents,
            [
                vec!["Mr. Smith sat.", "He stood.", "He left."],
                vec!["End."]
            ]
        );
    }

    #[test]
    fn nothing_is_no_document() {
        for text in [b"".as_slice(), b"\xef\xbb\xbf\r\n\n"] {
            assert!(read(&[text], TextLayout::Paragraphs).unwrap().is_empty());
        }
    }

    #[test]
    fn bad_files_and_lines_are_named() {
        let error = read(&[b"a\n", b"b\n\ncaf\xe9\nd\n"], TextLayout::Sentences).unwrap_err();
        let message = error.to_string();
        assert!(message.ends_with("1.txt, line 3: not UTF-8; convert the file to UTF-8 first"));
        let long = vec![b'a'; MAX_LINE + 1];
        let error = read(&[&long], TextLayout::Sentences).unwrap_err();
        assert!(matches!(error, CorpusError::LongLine { line: 1, .. }));
        let mut reader = TextReader::new(&["nowhere.txt".into()], TextLayout::Sentences);
        assert!(matches!(reader.next(), Some(Err(CorpusError::Io { .. }))));
        assert!(reader.next().is_none());
    }

    #[test]
    fn a_file_of_another_kind_is_told_by_name() {
        let other = |content: &[u8], what: &str| {
            let error = read(&[b"a\n", content], TextLayout::Sentences).unwrap_err();
            let message = error.to_string();
            let expected = format!("1.txt is not plain text: it is {what}");
            assert!(message.contains(&expected), "{message}");
        };
        other(
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
            "a Git LFS pointer",
        );
        other(b"<html>\n<body>", "a web page (HTML)");
        other(b"\x1f\x8b\x08\0", "packed with gzip");
        other(b"{\"text\": \"a b\"}\n", "JSON; write its texts out first");
        other(b"\xff\xfea\0 \0b\0", "text in UTF-16");
    }

    #[test]
    fn a_whole_text_is_read_or_told_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("text.txt");
        let read = |content: &[u8]| {
            std::fs::write(&path, content).unwrap();
            read_text(&path).map_err(|error| error.to_string())
        };
        assert_eq!(read(b"\xef\xbb\xbf a\r\n").unwrap(), " a\r\n");
        assert_eq!(read(b"").unwrap(), "");
        let wide = read(b"\xff\xfea\0").unwrap_err();
        assert!(wide.ends_with("-f UTF-16 -t UTF-8"), "{wide}");
        assert!(read(b"a\n\xe9").unwrap_err().contains("line 2: not UTF-8"));
    }

    #[test]
    fn layouts_have_names() {
        for layout in [TextLayout::Sentences, TextLayout::Paragraphs] {
            assert_eq!(layout.to_string().parse(), Ok(layout));
        }
        assert!("words".parse::<TextLayout>().is_err());
    }
}
