//! How tagged texts are written.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::str::FromStr;

use bert_tasks::token::{Tagged, TaggedEntity, TaggedWord};
use serde_json::{Value, json};

use crate::exit::ProgramError;
use crate::labelled_tables::Output;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutputFormat {
    /// An object a line: a text with its spans, or tokens with their tags, as `ner` reads them.
    JsonLines,
    /// A word a line with its tag, a blank line after each text.
    Conll,
    /// The text with brackets around the entities.
    Brackets,
}

impl FromStr for OutputFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "jsonl" => Ok(Self::JsonLines),
            "conll" => Ok(Self::Conll),
            "text" => Ok(Self::Brackets),
            name => Err(format!("{name:?} is none of jsonl, conll, text")),
        }
    }
}

impl OutputFormat {
    fn of_path(path: &Path) -> Self {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.unwrap_or_default().to_ascii_lowercase().as_str() {
            "conll" | "tsv" | "tab" | "bio" | "iob" | "iob2" => Self::Conll,
            "txt" => Self::Brackets,
            _ => Self::JsonLines,
        }
    }
}

/// Writes one text after another.
pub(super) struct Writer {
    output: Output,
    format: OutputFormat,
    has_colours: bool,
}

impl Writer {
    pub(super) fn open(
        path: Option<&Path>,
        format: Option<OutputFormat>,
        overwrite: bool,
    ) -> Result<Self, ProgramError> {
        let file = path.filter(|path| path.as_os_str() != "-");
        let is_terminal = file.is_none() && std::io::stdout().is_terminal();
        let usual = match (file, is_terminal) {
            (Some(path), _) => OutputFormat::of_path(path),
            (None, true) => OutputFormat::Brackets,
            (None, false) => OutputFormat::JsonLines,
        };
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Ok(Self {
            output: Output::open(file, overwrite)?,
            format: format.unwrap_or(usual),
            has_colours: is_terminal && !no_color,
        })
    }

    /// A text with its entities.
    pub(super) fn text(&mut self, text: &str, tagged: &Tagged) -> Result<(), ProgramError> {
        let shown = match self.format {
            OutputFormat::JsonLines => {
                let spans: Vec<Value> = tagged.entities.iter().map(span).collect();
                format!("{}\n", json!({"text": text, "spans": spans}))
            }
            OutputFormat::Conll => {
                let words = tagged.words.iter();
                columns(words.map(|word| (&text[word.bytes.clone()], word)))
            }
            OutputFormat::Brackets => brackets(text, &tagged.entities, self.has_colours),
        };
        self.write(&shown)
    }

    /// Words with their tags.
    pub(super) fn words(&mut self, words: &[String], tagged: &Tagged) -> Result<(), ProgramError> {
        let pairs = words.iter().map(String::as_str).zip(&tagged.words);
        let shown = match self.format {
            OutputFormat::JsonLines => {
                let tags = tagged.words.iter().map(|word| &word.label);
                let scores = tagged.words.iter().map(|word| rounded(word.score));
                let tags: Vec<&String> = tags.collect();
                let scores: Vec<f64> = scores.collect();
                format!(
                    "{}\n",
                    json!({"tokens": words, "ner_tags": tags, "scores": scores})
                )
            }
            OutputFormat::Conll => columns(pairs),
            OutputFormat::Brackets => {
                brackets(&words.join(" "), &tagged.entities, self.has_colours)
            }
        };
        self.write(&shown)
    }

    pub(super) fn flush(&mut self) -> Result<(), ProgramError> {
        self.output.flush().map_err(ProgramError::Output)
    }

    pub(super) fn keep(self) -> Result<(), ProgramError> {
        self.output.keep()
    }

    fn write(&mut self, text: &str) -> Result<(), ProgramError> {
        self.output
            .write_all(text.as_bytes())
            .map_err(ProgramError::Output)
    }
}

fn span(entity: &TaggedEntity) -> Value {
    json!({
        "start": entity.chars.start,
        "end": entity.chars.end,
        "label": entity.label,
        "score": rounded(entity.score),
        "text": entity.text,
    })
}

/// To the digits that an f32 has.
fn rounded(share: f64) -> f64 {
    (share * 1e6).round() / 1e6
}

/// Between tabs, which may stand around a word with a space in it.
fn columns<'a>(words: impl Iterator<Item = (&'a str, &'a TaggedWord)>) -> String {
    let mut lines = String::new();
    for (word, tagged) in words {
        let word = word.replace(['\t', '\n', '\r'], " ");
        let _ = writeln!(lines, "{word}\t{}", tagged.label);
    }
    lines.push('\n');
    lines
}

/// Colours for types of entities, told apart on dark and on light.
const COLOURS: [u8; 6] = [36, 33, 35, 32, 34, 31];

/// A line, also where the text has a line break in it; on a terminal nothing in the text is a
/// command to it.
fn brackets(text: &str, entities: &[TaggedEntity], has_colours: bool) -> String {
    let plain = |text: &str| text.replace(char::is_control, " ");
    let mut line = String::new();
    let mut end = 0;
    for entity in entities {
        let bytes = entity.bytes.clone();
        // Entities of single pieces may share a character.
        if bytes.start < end {
            continue;
        }
        line += &plain(&text[end..bytes.start]);
        let marked = format!("[{} {}]", plain(&text[bytes.clone()]), plain(&entity.label));
        line += &match has_colours {
            true => format!("\x1b[1;{}m{marked}\x1b[0m", colour(&entity.label)),
            false => marked,
        };
        end = bytes.end;
    }
    line += &plain(&text[end..]);
    line.push('\n');
    line
}

/// The same for a type wherever it is.
fn colour(label: &str) -> u8 {
    let sum = label.bytes().fold(0, |sum: usize, byte| {
        sum.wrapping_mul(31) + usize::from(byte)
    });
    COLOURS[sum % COLOURS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(text: &str, bytes: std::ops::Range<usize>) -> TaggedEntity {
        let chars = text[..bytes.start].chars().count();
        TaggedEntity {
            label: "LOC".to_owned(),
            score: 0.123_456_78,
            text: text[bytes.clone()].to_owned(),
            chars: chars..chars + text[bytes.clone()].chars().count(),
            bytes,
        }
    }

    #[test]
    fn brackets_are_around_entities() {
        let text = "Köln\nand\x1b[31m Bonn";
        let found = [entity(text, 0..5), entity(text, 15..19)];
        assert_eq!(
            brackets(text, &found, false),
            "[Köln LOC] and [31m [Bonn LOC]\n"
        );
        let coloured = brackets(text, &found, true);
        assert_eq!(coloured.matches("\x1b[0m").count(), 2);
        assert_eq!(coloured.matches('\x1b').count(), 4);
        assert_eq!(brackets("", &[], true), "\n");
    }

    #[test]
    fn spans_count_characters() {
        let span = span(&entity("in Köln", 3..8));
        let expected =
            json!({"start": 3, "end": 7, "label": "LOC", "score": 0.123457, "text": "Köln"});
        assert_eq!(span, expected);
    }

    #[test]
    fn the_ending_says_the_format() {
        let of = |path: &str| OutputFormat::of_path(Path::new(path));
        assert_eq!(of("a.conll"), OutputFormat::Conll);
        assert_eq!(of("a.TXT"), OutputFormat::Brackets);
        assert_eq!(of("a"), OutputFormat::JsonLines);
        for name in ["jsonl", "conll", "text"] {
            assert!(name.parse::<OutputFormat>().is_ok());
        }
        assert!("csv".parse::<OutputFormat>().is_err());
    }
}
