//! Texts that went wrong on their way into the file.

use rayon::prelude::*;
use serde::Serialize;

use super::lengths::texts;
use super::mojibake::has_mojibake;
use super::split::{FoundRows, InspectedSplit};

/// What can be wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextFault {
    /// U+FFFD, which stands where bytes were no text.
    ReplacementCharacter,
    /// UTF-8 that was read as Latin-1 or Windows-1252.
    Mojibake,
    /// A character of value 0.
    Nul,
    /// Another control character; tabs and line ends are none here.
    ControlCharacter,
    /// U+FEFF, which marks the beginning of a file.
    ByteOrderMark,
    /// A tag of HTML.
    HtmlTag,
    /// A character written as HTML has it.
    HtmlEntity,
}

/// Rows that have a fault.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaultReport {
    /// The fault.
    pub fault: TextFault,
    /// The rows that have it.
    #[serde(flatten)]
    pub found: FoundRows,
}

/// Names of tags. Others may be placeholders, such as `<user>`.
const TAGS: [&str; 40] = [
    "a",
    "abbr",
    "b",
    "blockquote",
    "body",
    "br",
    "center",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "head",
    "hr",
    "html",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "script",
    "small",
    "span",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "td",
    "th",
    "tr",
    "u",
    "ul",
];

impl TextFault {
    /// Every fault there is, the worst first.
    pub const ALL: [Self; 7] = [
        Self::ReplacementCharacter,
        Self::Mojibake,
        Self::Nul,
        Self::ControlCharacter,
        Self::ByteOrderMark,
        Self::HtmlTag,
        Self::HtmlEntity,
    ];

    /// What it is, in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReplacementCharacter => "replacement characters (U+FFFD)",
            Self::Mojibake => "UTF-8 read as Latin-1 (\"Ã©\" for \"é\")",
            Self::Nul => "NUL characters",
            Self::ControlCharacter => "control characters",
            Self::ByteOrderMark => "byte-order marks",
            Self::HtmlTag => "HTML tags",
            Self::HtmlEntity => "HTML entities",
        }
    }

    /// Whether a text has it.
    fn is_in(self, text: &str) -> bool {
        match self {
            Self::ReplacementCharacter => text.contains('\u{fffd}'),
            Self::Mojibake => has_mojibake(text),
            Self::Nul => text.contains('\0'),
            Self::ControlCharacter => text
                .chars()
                .any(|letter| letter.is_control() && !matches!(letter, '\0' | '\t' | '\n' | '\r')),
            Self::ByteOrderMark => text.contains('\u{feff}'),
            Self::HtmlTag => text.split('<').skip(1).any(begins_with_tag),
            Self::HtmlEntity => text.split('&').skip(1).any(begins_with_entity),
        }
    }
}

/// Whether what follows a `<` is the rest of a tag.
fn begins_with_tag(rest: &str) -> bool {
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric());
    let Some((name, after)) = end.map(|end| rest.split_at(end)) else {
        return false;
    };
    let is_tag = TAGS.iter().any(|tag| name.eq_ignore_ascii_case(tag));
    is_tag && after.starts_with(['>', '/', ' ', '\n']) && after.contains('>')
}

/// Whether what follows an `&` is the rest of an entity.
fn begins_with_entity(rest: &str) -> bool {
    let Some((name, _)) = rest.split_once(';') else {
        return false;
    };
    let is_all = |text: &str, holds: fn(&u8) -> bool| {
        (1..=8).contains(&text.len()) && text.as_bytes().iter().all(holds)
    };
    match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(number) => is_all(number, u8::is_ascii_hexdigit),
            None => is_all(number, u8::is_ascii_digit),
        },
        None => name.len() > 1 && is_all(name, u8::is_ascii_alphanumeric),
    }
}

/// The faults that rows of a split have, the worst first.
pub(super) fn text_faults(split: &InspectedSplit<'_>) -> Vec<FaultReport> {
    let bit = |fault: TextFault| 1u8 << fault as u8;
    let faults = split.examples.par_iter().map(|example| {
        let all = TextFault::ALL.into_iter();
        let found = all.filter(|fault| texts(example).any(|text| fault.is_in(text)));
        found.map(bit).sum()
    });
    let faults: Vec<u8> = faults.collect();
    let all = TextFault::ALL.into_iter();
    all.map(|fault| FaultReport {
        fault,
        found: split.found(|row| faults[row] & bit(fault) != 0),
    })
    .filter(|report| report.found.rows > 0)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::test_data::{files, pair, split, text};

    fn faults(text: &str) -> Vec<TextFault> {
        let all = TextFault::ALL.into_iter();
        all.filter(|fault| fault.is_in(text)).collect()
    }

    #[test]
    fn good_texts_have_no_fault() {
        for text in [
            "",
            "Plain text.\r\n\tAnd more.",
            "Ça va, São Paulo? Äpfel & Öl; AT&T; 猫 🦀",
            "a < b and b > c",
            "x <user> <unk> </s> i<3 you",
            "<abc",
            "R&B &; &#; &#x; &#xyz; & so on;",
        ] {
            assert_eq!(faults(text), [], "{text}");
        }
    }

    #[test]
    fn each_fault_is_known() {
        for (text, fault) in [
            ("caf\u{fffd}", TextFault::ReplacementCharacter),
            ("cafÃ©", TextFault::Mojibake),
            ("a\0b", TextFault::Nul),
            ("a\u{1b}[31m", TextFault::ControlCharacter),
            ("a\u{85}b", TextFault::ControlCharacter),
            ("a\u{feff}b", TextFault::ByteOrderMark),
            ("one<br />two", TextFault::HtmlTag),
            ("<A HREF='x'>y", TextFault::HtmlTag),
            ("y</p>", TextFault::HtmlTag),
            ("AT&amp;T", TextFault::HtmlEntity),
            ("it&#39;s", TextFault::HtmlEntity),
            ("it&#x27;s", TextFault::HtmlEntity),
        ] {
            assert_eq!(faults(text), [fault], "{text}");
        }
    }

    #[test]
    fn rows_are_counted_once_for_each_fault() {
        let examples = [
            text(0, "a"),
            pair(1, "<br><br>", "&lt;<br>"),
            text(2, "<b>"),
        ];
        let files = files();
        let found = text_faults(&split("train", &examples, &files));
        let found: Vec<_> = found
            .iter()
            .map(|report| (report.fault, report.found.rows, report.found.first[0].line))
            .collect();
        let expected = [(TextFault::HtmlTag, 2, 3), (TextFault::HtmlEntity, 1, 3)];
        assert_eq!(found, expected);
    }
}
