//! What a file is that is not what its name says: what downloads, checkouts and other programs
//! leave in the place of a file.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A file of another kind than the one expected. Displayed so that it follows "it is".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// No byte at all, as an interrupted download or a full disk leaves it.
    Empty,
    /// What Git has in place of a large file until it is fetched.
    GitLfs,
    /// The same of git-annex.
    GitAnnex,
    /// A page for people, such as a login or an error.
    Html,
    /// An error of an object store.
    Xml,
    /// Text in two bytes a character, as some editors on Windows save it.
    Utf16,
    /// A zip archive; PyTorch's files are such.
    Zip,
    /// Compressed by gzip.
    Gzip,
    /// Keras' and TensorFlow 2's weights.
    Hdf5,
    /// Hugging Face's weights.
    Safetensors,
    /// The weights of llama.cpp.
    Gguf,
}

/// How files of the kind begin.
const STARTS: [(&[u8], Foreign); 8] = [
    (b"version https://git-lfs", Foreign::GitLfs),
    (b"/annex/objects/", Foreign::GitAnnex),
    (b"../.git/annex/objects/", Foreign::GitAnnex),
    (b"\xff\xfe", Foreign::Utf16),
    (b"\xfe\xff", Foreign::Utf16),
    (b"\x1f\x8b", Foreign::Gzip),
    (b"\x89HDF\r\n\x1a\n", Foreign::Hdf5),
    (b"GGUF", Foreign::Gguf),
];

/// How pages begin, in lower case.
const PAGES: [(&[u8], Foreign); 5] = [
    (b"<!doctype html", Foreign::Html),
    (b"<html", Foreign::Html),
    (b"<head", Foreign::Html),
    (b"<!--", Foreign::Html),
    (b"<?xml", Foreign::Xml),
];

/// How much of a file is looked at.
const LOOKED_AT: usize = 512;

impl Foreign {
    /// What the file that begins with `start` is, if it is none of the files of a model. A whole
    /// file may be given.
    pub fn of(start: &[u8]) -> Option<Self> {
        if start.is_empty() {
            return Some(Self::Empty);
        }
        let start = &start[..start.len().min(LOOKED_AT)];
        let known = STARTS.iter().find(|(bytes, _)| start.starts_with(bytes));
        if let Some(&(_, kind)) = known {
            return Some(kind);
        }
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let text = text.trim_ascii_start().to_ascii_lowercase();
        if let Some(&(_, kind)) = PAGES.iter().find(|(page, _)| text.starts_with(page)) {
            return Some(kind);
        }
        match start {
            [b'P', b'K', 3, 4, ..] => Some(Self::Zip),
            // The length of a header, and the header.
            [_, _, _, _, _, 0, 0, 0, b'{', b'"' | b' ' | b'}', ..] => Some(Self::Safetensors),
            // A brace or a bracket in two bytes, without a byte-order mark.
            [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..] => Some(Self::Utf16),
            _ => None,
        }
    }

    /// What the file at `path` is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_file(path: &Path) -> io::Result<Option<Self>> {
        let mut start = Vec::new();
        let file = File::open(path)?;
        file.take(LOOKED_AT as u64).read_to_end(&mut start)?;
        Ok(Self::of(&start))
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty; fetch or write it again",
            Self::GitLfs => {
                "a Git LFS pointer, not the file that it stands for; run `git lfs pull` in its \
                 repository"
            }
            Self::GitAnnex => {
                "a git-annex pointer, not the file that it stands for; run `git annex get` in its \
                 repository"
            }
            Self::Html => {
                "an HTML page, such as a server sends in place of a file that it does not give; \
                 fetch the file itself"
            }
            Self::Xml => {
                "an XML page, such as a server sends in place of a file that it does not give; \
                 fetch the file itself"
            }
            Self::Utf16 => "text in UTF-16; save it as UTF-8",
            Self::Zip => {
                "a zip archive; PyTorch's weights are one, and are called pytorch_model.bin"
            }
            Self::Gzip => "compressed by gzip; unpack it",
            Self::Hdf5 => {
                "an HDF5 file, as Keras writes weights; load it with `transformers` and save it as \
                 safetensors"
            }
            Self::Safetensors => "a safetensors file; such a file is called model.safetensors",
            Self::Gguf => "a GGUF file; load it with `transformers` and save it as safetensors",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_place_of_files_is_known() {
        let cases: [(&[u8], Option<Foreign>); 16] = [
            (b"", Some(Foreign::Empty)),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
                Some(Foreign::GitLfs),
            ),
            (
                b"/annex/objects/SHA256E-s12--ab.bin",
                Some(Foreign::GitAnnex),
            ),
            (b"<!DOCTYPE html>\n<html>", Some(Foreign::Html)),
            (b"\n  <HTML lang=\"en\">", Some(Foreign::Html)),
            (b"\xef\xbb\xbf<html>", Some(Foreign::Html)),
            (b"<?xml version=\"1.0\"?><Error>", Some(Foreign::Xml)),
            (b"\xff\xfe{\0", Some(Foreign::Utf16)),
            (b"{\0\"\0", Some(Foreign::Utf16)),
            (b"PK\x03\x04", Some(Foreign::Zip)),
            (b"\x1f\x8b\x08", Some(Foreign::Gzip)),
            (b"\x40\0\0\0\0\0\0\0{\"a\"", Some(Foreign::Safetensors)),
            (b"\x89HDF\r\n\x1a\n", Some(Foreign::Hdf5)),
            (b"{\"hidden_size\": 24}", None),
            (b"[PAD]\n[UNK]\n", None),
            (b"\x80\x02", None),
        ];
        for (start, expected) in cases {
            assert_eq!(Foreign::of(start), expected, "{start:?}");
        }
    }
}
