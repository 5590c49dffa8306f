//! Files that are not what their name says: a download that brought something else, an archive that
//! was never unpacked, text in another encoding.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};

/// What a file is that should be text in UTF-8, as its first bytes tell. Its text says what it is
/// and, after a semicolon, what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Foreign {
    /// What Git keeps of a large file: a few lines that stand for it.
    GitLfsPointer,
    /// A web page.
    Html,
    /// XML, as the error page of a store or a dump of a wiki.
    Xml,
    /// JSON where lines of text should be.
    Json,
    /// An archive or a compressed file.
    Packed {
        /// Name of the format.
        format: &'static str,
    },
    /// A table or a document of another program.
    Document {
        /// Name of the format.
        format: &'static str,
    },
    /// Text in UTF-16 or UTF-32.
    Wide {
        /// Name of the encoding, as iconv has it.
        encoding: &'static str,
    },
}

/// Bytes that tell what a file is.
const HEAD: usize = 512;

/// The first bytes of formats, and what they are.
const MAGIC: [(&[u8], Foreign); 12] = [
    (b"\x1f\x8b", packed("gzip")),
    (b"PK\x03\x04", packed("zip")),
    (b"PK\x05\x06", packed("zip")),
    (b"BZh", packed("bzip2")),
    (b"\xfd7zXZ\x00", packed("xz")),
    (b"\x28\xb5\x2f\xfd", packed("zstd")),
    (b"7z\xbc\xaf\x27\x1c", packed("7z")),
    (b"PAR1", document("Parquet")),
    (b"ARROW1", document("Arrow")),
    (b"%PDF-", document("PDF")),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        document("Microsoft Office"),
    ),
    (b"SQLite format 3\x00", document("SQLite")),
];

const fn packed(format: &'static str) -> Foreign {
    Foreign::Packed { format }
}

const fn document(format: &'static str) -> Foreign {
    Foreign::Document { format }
}

/// The first bytes, as many as tell what a file is. Of a stream no more than its first line is waited
/// for: whoever writes it may want an answer before the next one.
pub(crate) fn head(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let (mut head, mut read) = ([0; HEAD], 0);
    while read < HEAD && !head[..read].contains(&b'\n') {
        match input.read(&mut head[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(head[..read].to_vec())
}

impl Foreign {
    /// What a file is that begins with `head`, if that is not text. A few hundred bytes are enough.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        let magic = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        let is_tar = head.get(257..262) == Some(b"ustar");
        let found = office(head).or(magic.map(|&(_, what)| what));
        found
            .or(is_tar.then_some(packed("tar")))
            .or_else(|| wide(head).map(|encoding| Self::Wide { encoding }))
            .or_else(|| of_text(text_of(head)))
    }

    /// What a file is, as [`of`](Self::of); it is read from where it stands, which is its beginning.
    pub(crate) fn of_file(mut file: &File) -> io::Result<Option<Self>> {
        Ok(Self::of(&head(&mut file)?))
    }

    pub(crate) fn is_parquet(self) -> bool {
        self == document("Parquet")
    }

    /// The same for a file that should not be JSON either.
    pub(crate) fn of_lines(head: &[u8]) -> Option<Self> {
        Self::of(head).or_else(|| is_json(text_of(head)).then_some(Self::Json))
    }
}

/// A document of an office program, which is packed with zip.
fn office(head: &[u8]) -> Option<Foreign> {
    let has = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    if !head.starts_with(b"PK\x03\x04") {
        None
    } else if has(b"[Content_Types].xml") || has(b"_rels/.rels") {
        Some(document("Microsoft Office"))
    } else {
        has(b"application/vnd.oasis.opendocument").then_some(document("LibreOffice"))
    }
}

/// What comes after a byte-order mark and white space.
fn text_of(head: &[u8]) -> &[u8] {
    let head = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head);
    head.trim_ascii_start()
}

fn of_text(text: &[u8]) -> Option<Foreign> {
    let begins = |with: &str| {
        let head = text.get(..with.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(with.as_bytes()))
    };
    if begins("version https://git-lfs.github.com/spec/") {
        Some(Foreign::GitLfsPointer)
    } else if begins("<!doctype html") || begins("<html") {
        Some(Foreign::Html)
    } else if begins("<?xml ") || begins("<mediawiki") {
        Some(Foreign::Xml)
    } else {
        None
    }
}

/// UTF-16 and UTF-32 by their marks, and by the zeros that they have between Latin letters.
fn wide(head: &[u8]) -> Option<&'static str> {
    match head {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Some("UTF-16"),
        _ => {}
    }
    let head = &head[..head.len().min(64)];
    let zeros = |of: usize, at: usize| head.iter().skip(at).step_by(of).all(|&byte| byte == 0);
    let none = |of: usize, at: usize| head.iter().skip(at).step_by(of).all(|&byte| byte != 0);
    match head.len() {
        0..4 => None,
        _ if none(2, 0) && zeros(2, 1) => Some("UTF-16LE"),
        _ if none(2, 1) && zeros(2, 0) => Some("UTF-16BE"),
        4..8 => None,
        _ if none(4, 0) && (1..4).all(|at| zeros(4, at)) => Some("UTF-32LE"),
        _ if none(4, 3) && (0..3).all(|at| zeros(4, at)) => Some("UTF-32BE"),
        _ => None,
    }
}

/// Whether a text begins as an object with a key, or as a list of such objects.
fn is_json(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"[").unwrap_or(text).trim_ascii_start();
    let key = || {
        let text = text.strip_prefix(b"{")?.trim_ascii_start();
        let text = text.strip_prefix(b"\"")?;
        let end = text.iter().position(|&byte| byte == b'"')?;
        text[end + 1..].trim_ascii_start().first().copied()
    };
    key() == Some(b':')
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GitLfsPointer => f.write_str(
                "a Git LFS pointer, which stands for the file; run `git lfs pull` where it comes \
                 from, or download the file itself",
            ),
            Self::Html => f.write_str(
                "a web page (HTML); download the file itself, which may need another address or \
                 a login",
            ),
            Self::Xml => f.write_str("XML; download or write out the text itself"),
            Self::Json => f.write_str("JSON; write its texts out first"),
            Self::Packed { format } => write!(f, "packed with {format}; unpack it first"),
            Self::Document { format } => write!(f, "a {format} file; write it out as text first"),
            Self::Wide { encoding } => write!(
                f,
                "text in {encoding}; convert it to UTF-8 first, for example with iconv -f \
                 {encoding} -t UTF-8"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, mark: bool, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        let units = mark.into_iter().chain(text.encode_utf16());
        units.flat_map(to_bytes).collect()
    }

    #[test]
    fn what_is_not_text_is_known_by_its_first_bytes() {
        let found = |head: &[u8]| Foreign::of(head).map(|what| what.to_string());
        let starts = |head: &[u8], with: &str| {
            let found = found(head).unwrap_or_default();
            assert!(found.starts_with(with), "{found:?} for {head:?}");
        };
        let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
        starts(lfs, "a Git LFS pointer");
        starts(b"\xef\xbb\xbf\n <!DOCTYPE html>\n<html>", "a web page");
        starts(b"<HTML lang=en>", "a web page");
        starts(b"<?xml version=\"1.0\"?><Error>", "XML");
        starts(b"\x1f\x8b\x08\0", "packed with gzip");
        starts(b"PK\x03\x04\x14", "packed with zip");
        starts(b"BZh91AY", "packed with bzip2");
        starts(b"\x28\xb5\x2f\xfd\x04", "packed with zstd");
        starts(b"PAR1\x15\x04", "a Parquet file");
        starts(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0",
            "a Microsoft Office file",
        );
        let sheet = b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml \xa2";
        starts(sheet, "a Microsoft Office file");
        let sheet = b"PK\x03\x04\x14\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet";
        starts(sheet, "a LibreOffice file");
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        starts(&tar, "packed with tar");
        for mark in [true, false] {
            starts(&utf16("Quality", mark, u16::to_le_bytes), "text in UTF-16");
            starts(&utf16("Quality", mark, u16::to_be_bytes), "text in UTF-16");
        }
        let utf32: Vec<u8> = "Quality"
            .chars()
            .flat_map(|c| u32::from(c).to_le_bytes())
            .collect();
        starts(&utf32, "text in UTF-32LE");
    }

    #[test]
    fn text_is_text() {
        for text in [
            "",
            "a",
            "{",
            "version 2 of the text",
            "<doc id=\"1\">",
            "[CLS] a",
            "{\"a\" b}",
            "\u{feff}Quality\t#1 ID",
            "\0\0\0",
            "中文",
        ] {
            assert_eq!(Foreign::of_lines(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn json_is_no_lines_of_text() {
        for text in [
            "{\"text\": \"a\"}\n",
            "[\n {\"a\": 1}]",
            "\u{feff}{ \"data\" :[]}",
        ] {
            assert_eq!(Foreign::of_lines(text.as_bytes()), Some(Foreign::Json));
            assert_eq!(Foreign::of(text.as_bytes()), None);
        }
    }
}
