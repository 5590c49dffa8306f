//! What was read of tagged sentences, and what was mended.

use std::path::Path;
use std::sync::Arc;

/// Counts of some files: nothing is mended or left out without being counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagReport {
    /// Sentences.
    pub sentences: usize,
    /// Words of all of them.
    pub words: usize,
    /// Sentences without a word.
    pub empty_sentences: usize,
    /// Tags that their scheme would have written otherwise, such as I after O.
    pub odd_tags: Counted,
    /// Spans that began or ended within a word, and have all of it now.
    pub snapped_spans: Counted,
    /// Lines of CoNLL that are comments.
    pub comments: Counted,
}

/// How many there were, and where the first was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many.
    pub count: usize,
    /// File and line of the first.
    pub first: Option<(Arc<Path>, usize)>,
}

impl Counted {
    /// Counts some more at a line; none is nothing.
    pub(super) fn add(&mut self, count: usize, file: &Arc<Path>, line: usize) {
        if count > 0 && self.first.is_none() {
            self.first = Some((file.clone(), line));
        }
        self.count += count;
    }

    /// Counts what is counted in later files.
    fn join(&mut self, later: &Self) {
        self.first = self.first.take().or_else(|| later.first.clone());
        self.count += later.count;
    }

    /// Where the first was, in words.
    fn place(&self) -> String {
        match &self.first {
            Some((file, line)) => format!("first in {}, line {line}", file.display()),
            None => "nowhere".to_owned(),
        }
    }
}

impl TagReport {
    /// Counts what is counted in later files.
    pub(super) fn join(&mut self, later: &Self) {
        self.sentences += later.sentences;
        self.words += later.words;
        self.empty_sentences += later.empty_sentences;
        self.odd_tags.join(&later.odd_tags);
        self.snapped_spans.join(&later.snapped_spans);
        self.comments.join(&later.comments);
    }

    /// What somebody should know before time is spent on the sentences.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.odd_tags.count > 0 {
            warnings.push(format!(
                "{} of {} tags do not follow their scheme, as I after O, and are read as seqeval \
                 reads them ({})",
                self.odd_tags.count,
                self.words,
                self.odd_tags.place()
            ));
        }
        if self.snapped_spans.count > 0 {
            warnings.push(format!(
                "{} spans begin or end within a word, and were made to have all of it ({})",
                self.snapped_spans.count,
                self.snapped_spans.place()
            ));
        }
        if self.empty_sentences > 0 {
            warnings.push(format!("{} sentences have no word", self.empty_sentences));
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_mended_is_told_with_the_first_place() {
        assert!(TagReport::default().warnings().is_empty());
        let mut report = TagReport {
            words: 9,
            ..TagReport::default()
        };
        let file: Arc<Path> = Path::new("a.conll").into();
        report.odd_tags.add(0, &file, 2);
        report.odd_tags.add(1, &file, 3);
        report.odd_tags.add(2, &file, 7);
        report.snapped_spans.add(1, &file, 4);
        report.empty_sentences = 1;
        assert_eq!(
            report.warnings(),
            [
                "3 of 9 tags do not follow their scheme, as I after O, and are read as seqeval \
                 reads them (first in a.conll, line 3)",
                "1 spans begin or end within a word, and were made to have all of it (first in \
                 a.conll, line 4)",
                "1 sentences have no word",
            ]
        );
    }
}
