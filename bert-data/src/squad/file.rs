//! A file of questions as its elements, and the names of its places.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, Visitor};
use serde_path_to_error::Segment;

use super::SquadError;
use super::json::{Element, Label, SquadFile};
use crate::foreign::Foreign;
use crate::text;

/// Where an element of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Root {
    /// The file is one element.
    File,
    /// In the list under `data`, counted from 0.
    Data(u32),
    /// In the list that the file is, counted from 0.
    List(u32),
    /// The file has one a line; counted from 1.
    Line(u32),
    /// In a row of a Parquet file; counted from 1.
    Row(u32),
}

/// A place in a file of questions: the keys that lead to it, as JSON counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonPath {
    /// The element.
    pub root: Root,
    /// The paragraph in the article, from 0, if the element is an article.
    pub paragraph: Option<u32>,
    /// The question in the paragraph, from 0, unless the element is a question.
    pub question: Option<u32>,
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = match self.root {
            Root::File => "",
            _ => ".",
        };
        match self.root {
            Root::File => {}
            Root::Data(index) => write!(f, "data[{index}]")?,
            Root::List(index) => write!(f, "[{index}]")?,
            Root::Line(line) => {
                separator = ", ";
                write!(f, "line {line}")?;
            }
            Root::Row(row) => {
                separator = ", ";
                write!(f, "row {row}")?;
            }
        }
        for (name, index) in [("paragraphs", self.paragraph), ("qas", self.question)] {
            if let Some(index) = index {
                write!(f, "{separator}{name}[{index}]")?;
                separator = ".";
            }
        }
        Ok(())
    }
}

/// The elements of a file.
pub(super) fn read(path: &Path) -> Result<Vec<(Root, Element)>, SquadError> {
    let file = || path.to_owned();
    let io_error = |source| SquadError::Io {
        file: file(),
        source,
    };
    if is_parquet(path).map_err(io_error)? {
        return parquet(path);
    }
    let text = text::read(path, Foreign::of);
    let text = &text.map_err(|fault| SquadError::unread(path, fault))?;
    if text.trim().is_empty() {
        return Err(SquadError::Empty { file: file() });
    }
    if text.trim_start().starts_with('[') {
        let elements: Vec<Element> = parse(text, path, 0)?;
        return Ok((0..).map(Root::List).zip(elements).collect());
    }
    if has_one_a_line(text) {
        let lines = (1u32..).zip(text.lines());
        let filled = lines.filter(|(_, line)| !line.trim().is_empty());
        let element = |(line, text)| Ok((Root::Line(line), parse(text, path, line as usize - 1)?));
        return filled.map(element).collect();
    }
    match serde_json::from_str(text) {
        Ok(TopLevel {
            data: None,
            paragraphs: None,
            context: None,
        }) => Err(SquadError::NoData { file: file() }),
        Ok(TopLevel { data: None, .. }) => Ok(vec![(Root::File, parse(text, path, 0)?)]),
        // What is wrong is told by the parser of the whole.
        Ok(TopLevel { data: Some(_), .. }) | Err(_) => {
            let SquadFile { data } = parse(text, path, 0)?;
            Ok((0..).map(Root::Data).zip(data).collect())
        }
    }
}

/// Whether a file is Parquet, as the ending of its name or its first bytes say.
fn is_parquet(path: &Path) -> io::Result<bool> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let mut head = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut head)?;
    Ok(head == b"PAR1" || ending.is_some_and(|ending| ending.eq_ignore_ascii_case("parquet")))
}

#[cfg(feature = "parquet")]
fn parquet(path: &Path) -> Result<Vec<(Root, Element)>, SquadError> {
    super::parquet::read(path)
}

#[cfg(not(feature = "parquet"))]
fn parquet(path: &Path) -> Result<Vec<(Root, Element)>, SquadError> {
    Err(SquadError::NotBuilt {
        file: path.to_owned(),
    })
}

/// Which keys an object has.
#[derive(Deserialize)]
struct TopLevel {
    data: Option<IgnoredAny>,
    paragraphs: Option<IgnoredAny>,
    context: Option<IgnoredAny>,
}

/// Whether a text is JSON lines: its first line is a whole object, and another one follows.
fn has_one_a_line(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else {
        return false;
    };
    let is_object = |line: &str| line.starts_with('{');
    is_object(first) && is_object(second) && serde_json::from_str::<IgnoredAny>(first).is_ok()
}

/// Reads a text that begins after `lines_before` lines of the file.
fn parse<T: DeserializeOwned>(
    text: &str,
    file: &Path,
    lines_before: usize,
) -> Result<T, SquadError> {
    let fault = match text::parse(serde_json::Deserializer::from_str(text)) {
        Ok(value) => return Ok(value),
        Err(fault) => fault,
    };
    let key: Vec<Segment> = fault.path().iter().cloned().collect();
    let error = fault.into_inner();
    let (line, column) = (error.line(), error.column());
    // The parser repeats the place at the end of its message.
    let message = error.to_string();
    let place = format!(" at line {line} column {column}");
    Err(SquadError::Json {
        file: file.to_owned(),
        // The parser has no place for what is wrong with an object that is the whole text.
        line: line.max(1) + lines_before,
        column: column.max(1),
        id: question_id(text, &key).map(Into::into),
        key: key_path(&key).into(),
        message: message.strip_suffix(&place).unwrap_or(&message).into(),
    })
}

/// `data[0].paragraphs[2]`; of an unreadable key nothing.
pub(super) fn key_path(path: &[Segment]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("[{index}]")),
            Segment::Map { key } => {
                let dot = if text.is_empty() { "" } else { "." };
                text.push_str(&format!("{dot}{key}"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    text
}

/// The id of the question in which `path` is, if it is known: a second walk through the text, to
/// where it ends or is broken.
fn question_id(text: &str, path: &[Segment]) -> Option<String> {
    let mut found = None;
    let walk = Walk {
        path,
        found: &mut found,
    };
    let _ = walk.deserialize(&mut serde_json::Deserializer::from_str(text));
    found.map(|(_, id)| id)
}

struct Walk<'a> {
    path: &'a [Segment],
    /// The id, and how far above the end of the path it is.
    found: &'a mut Option<(usize, String)>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.path.first() {
            Some(Segment::Seq { .. }) => deserializer.deserialize_seq(self),
            _ => deserializer.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the next part of the path")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some((Segment::Seq { index }, rest)) = self.path.split_first() else {
            return Ok(());
        };
        for _ in 0..*index {
            seq.next_element::<IgnoredAny>()?;
        }
        seq.next_element_seed(Walk {
            path: rest,
            found: self.found,
        })?;
        Ok(())
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let next = self.path.split_first();
        let above = self.path.len();
        while let Some(name) = map.next_key::<String>()? {
            match next {
                Some((Segment::Map { key }, rest)) if *key == name && descends(key) => {
                    map.next_value_seed(Walk {
                        path: rest,
                        found: self.found,
                    })?;
                }
                _ if name == "id" => {
                    let id = map.next_value::<Option<Label>>()?;
                    let is_nearer = self.found.as_ref().is_none_or(|&(old, _)| above < old);
                    if let Some(Label(id)) = id.filter(|_| is_nearer) {
                        *self.found = Some((above, id));
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Whether questions may be below a key.
fn descends(key: &str) -> bool {
    ["data", "paragraphs", "qas"].contains(&key)
}
