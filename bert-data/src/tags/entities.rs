//! The entities that tags write.

use std::ops::Range;

/// Words that are named together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entity<'a> {
    /// What they name, such as PER; `_` where the tags have a prefix and nothing else.
    pub kind: &'a str,
    /// The words.
    pub words: Range<usize>,
}

/// The entities of a sentence, whatever the scheme of its tags is, if it is one of B, I, E, S and O:
/// one begins with B or S, with I or E after another kind or none, and ends with E or S, before what
/// begins another and before O. An empty tag is O.
///
/// Of a tag without a hyphen the first letter is the prefix and the rest the kind. That suits B and
/// I alone, and no tags without prefixes: of these ORG is none, and PER is an ER. Those are read
/// from [`TagNames::entity_tags`](super::TagNames::entity_tags).
///
/// Source: `get_entities` of seqeval 1.2.2 (`seqeval/metrics/sequence_labeling.py`).
pub fn entities<T: AsRef<str>>(tags: &[T]) -> Vec<Entity<'_>> {
    entities_of(tags.iter().map(AsRef::as_ref))
}

/// [`entities`] of tags that are not in a slice.
pub fn entities_of<'a>(tags: impl IntoIterator<Item = &'a str>) -> Vec<Entity<'a>> {
    of_parts(tags.into_iter().map(parts))
}

/// The entities of tags in [`parts`].
pub(super) fn of_parts<'a>(tags: impl Iterator<Item = (char, &'a str)>) -> Vec<Entity<'a>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut before = ('O', "");
    for (word, now) in tags.chain([parts("O")]).enumerate() {
        if ends(before, now) {
            found.push(Entity {
                kind: before.1,
                words: start..word,
            });
        }
        if begins(before, now) {
            start = word;
        }
        before = now;
    }
    found
}

/// Prefix and kind of a tag.
pub(super) fn parts(tag: &str) -> (char, &str) {
    let mut letters = tag.chars();
    let prefix = letters.next().unwrap_or('O');
    let rest = letters.as_str();
    match rest.split_once('-').map_or(rest, |(_, kind)| kind) {
        "" => (prefix, "_"),
        kind => (prefix, kind),
    }
}

/// Whether an entity ends between two words.
fn ends((before, kind): (char, &str), (now, next_kind): (char, &str)) -> bool {
    match (before, now) {
        ('E' | 'S', _) | ('B' | 'I', 'B' | 'S' | 'O') => true,
        ('O' | '.', _) => false,
        _ => kind != next_kind,
    }
}

/// Whether an entity begins with the second of two words.
fn begins((before, kind): (char, &str), (now, next_kind): (char, &str)) -> bool {
    match (before, now) {
        (_, 'B' | 'S') | ('E' | 'S' | 'O', 'E' | 'I') => true,
        (_, 'O' | '.') => false,
        _ => kind != next_kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tags: &str) -> Vec<(String, Range<usize>)> {
        let tags: Vec<&str> = tags.split(' ').collect();
        let found = entities(&tags).into_iter();
        found.map(|of| (of.kind.to_owned(), of.words)).collect()
    }

    fn are<const N: usize>(found: [(&str, Range<usize>); N]) -> Vec<(String, Range<usize>)> {
        found.map(|(kind, words)| (kind.to_owned(), words)).into()
    }

    #[test]
    fn every_scheme_is_read() {
        let expected = are([("PER", 0..2), ("PER", 2..3), ("LOC", 4..5)]);
        assert_eq!(of("B-PER I-PER B-PER O B-LOC"), expected);
        assert_eq!(of("I-PER I-PER B-PER O I-LOC"), expected);
        assert_eq!(of("B-PER E-PER S-PER O S-LOC"), expected);
        assert_eq!(of("I-PER E-PER E-PER O E-LOC"), expected);
    }

    #[test]
    fn what_fits_no_scheme_is_read_as_seqeval_does() {
        assert_eq!(of("O I-PER I-LOC O"), are([("PER", 1..2), ("LOC", 2..3)]));
        assert_eq!(of("B-PER I-LOC"), are([("PER", 0..1), ("LOC", 1..2)]));
        assert_eq!(of("B I O"), are([("_", 0..2)]));
        assert_eq!(of("B-a-b I-a-b"), are([("a-b", 0..2)]));
        assert_eq!(of("PER PER ORG"), are([("ER", 0..2)]));
        assert_eq!(of("O O"), are([]));
        assert!(entities::<&str>(&[]).is_empty());
        assert!(entities(&["", "O"]).is_empty());
    }
}
