//! The files of a split.

use std::path::PathBuf;

use super::error::TagError;
use super::names::TagNames;
use super::options::TagOptions;
use super::reader::TagReader;
use super::report::TagReport;
use super::scheme::{TagScheme, is_like_prefixed};
use super::sentence::TaggedSentence;
use crate::table::{LabelUse, TableError};

/// The sentences of a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggedData {
    /// The sentences, file after file.
    pub sentences: Vec<TaggedSentence>,
    /// How their tags write entities now.
    pub scheme: TagScheme,
    /// How the files write them.
    pub written_in: TagScheme,
    /// What was read and mended.
    pub report: TagReport,
    /// The first file, for messages.
    file: PathBuf,
}

/// Reads files of tagged sentences one after another. The scheme of their tags is recognised in all
/// of them together; tags that it would have written otherwise are read as seqeval reads them,
/// written as it writes them, and counted. Tags with prefixes become IOB2, if
/// [`keep_scheme`](TagOptions::keep_scheme) does not say otherwise.
///
/// # Errors
/// If there is no file; of each file as [`TagReader`]; if a tag does not fit the scheme; if some
/// files have tags and others not, or none has and `label_use` is [`LabelUse::Required`].
pub fn read_tagged(
    files: &[PathBuf],
    options: &TagOptions,
    label_use: LabelUse,
) -> Result<TaggedData, TagError> {
    let mut readers = Vec::new();
    for file in files {
        readers.push(TagReader::open(file, options, label_use)?);
    }
    TaggedData::of_readers(readers, options, label_use)
}

impl TaggedData {
    /// The sentences of readers that have been opened, such as one of standard input; the rest is
    /// as [`read_tagged`] has it.
    ///
    /// # Errors
    /// As `read_tagged`.
    pub fn of_readers(
        readers: impl IntoIterator<Item = TagReader>,
        options: &TagOptions,
        label_use: LabelUse,
    ) -> Result<Self, TagError> {
        let mut sentences = Vec::new();
        let mut report = TagReport::default();
        let mut files = 0;
        for mut reader in readers {
            files += 1;
            for sentence in &mut reader {
                sentences.push(sentence?);
            }
            report.join(reader.report());
        }
        if files == 0 {
            return Err(TagError::Table(TableError::NoFiles));
        }
        check_tags(&sentences, label_use)?;
        let file = sentences.first().map(|of| of.source.file.to_path_buf());
        let tags = sentences.iter().filter_map(|of| of.tags.as_deref());
        let recognised = || TagScheme::of_sentences(tags);
        let written_in = options.tag_scheme.unwrap_or_else(recognised);
        if options.tag_scheme.is_none() && written_in == TagScheme::Plain {
            check_plain(&sentences)?;
        }
        let mut data = Self {
            sentences,
            scheme: written_in,
            written_in,
            report,
            file: file.unwrap_or_default(),
        };
        data.normalize()?;
        if !options.keep_scheme {
            data.convert(TagScheme::Iob2);
        }
        Ok(data)
    }

    /// Writes the tags in another scheme, as that of a model is. Plain tags stay as they are.
    pub fn convert(&mut self, to: TagScheme) {
        let from = self.scheme;
        if from == TagScheme::Plain || to == TagScheme::Plain {
            return;
        }
        for tags in self.sentences.iter_mut().filter_map(|of| of.tags.as_mut()) {
            (*tags, _) = from.convert(tags, to);
        }
        self.scheme = to;
    }

    /// Whether the sentences have tags.
    pub fn has_tags(&self) -> bool {
        self.sentences.first().is_some_and(|of| of.tags.is_some())
    }

    /// The tags of a training split; see [`TagNames::collect`].
    ///
    /// # Errors
    /// If there are none, or only one.
    pub fn names(&self) -> Result<TagNames, TagError> {
        let names = TagNames::collect(&self.sentences, self.scheme);
        names.map_err(|source| TagError::Names {
            file: self.file.clone(),
            source: Box::new(source),
        })
    }

    /// Fails if a tag does not fit the scheme; writes what it would have written otherwise.
    fn normalize(&mut self) -> Result<(), TagError> {
        let scheme = self.written_in;
        for sentence in &mut self.sentences {
            let Some(tags) = &sentence.tags else {
                continue;
            };
            if let Some(word) = tags.iter().position(|tag| !scheme.has(tag)) {
                return Err(TagError::Scheme {
                    file: sentence.source.file.to_path_buf(),
                    line: sentence.line_of(word),
                    tag: tags[word].clone(),
                    scheme,
                });
            }
            let (written, odd) = scheme.convert(tags, scheme);
            if odd > 0 {
                let other = written
                    .iter()
                    .zip(tags)
                    .position(|(one, other)| one != other);
                let line = sentence.line_of(other.unwrap_or_default());
                self.report.odd_tags.add(odd, &sentence.source.file, line);
            }
            sentence.tags = Some(written);
        }
        Ok(())
    }
}

/// Fails if tags without prefixes seem to have some: O is among them, and one that another program
/// may have written.
fn check_plain(sentences: &[TaggedSentence]) -> Result<(), TagError> {
    let mut tags = sentences.iter().flat_map(|of| of.tags.iter().flatten());
    if !tags.any(|tag| matches!(tag.as_str(), "O" | "o" | "*")) {
        return Ok(());
    }
    for sentence in sentences {
        let mut tags = sentence.tags.iter().flatten().enumerate();
        if let Some((word, tag)) = tags.find(|(_, tag)| is_like_prefixed(tag)) {
            return Err(TagError::Prefix {
                file: sentence.source.file.to_path_buf(),
                line: sentence.line_of(word),
                tag: tag.clone(),
            });
        }
    }
    Ok(())
}

/// Fails if some sentences have tags and others not, or if all should have some.
fn check_tags(sentences: &[TaggedSentence], label_use: LabelUse) -> Result<(), TagError> {
    let is_tagged = sentences.iter().any(|sentence| sentence.tags.is_some());
    let untagged = sentences.iter().find(|sentence| sentence.tags.is_none());
    match (untagged, label_use) {
        (Some(sentence), _) if is_tagged => Err(TagError::Untagged {
            file: sentence.source.file.to_path_buf(),
            line: sentence.source.line,
        }),
        (Some(sentence), LabelUse::Required) => Err(TagError::NoTags {
            file: sentence.source.file.to_path_buf(),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
