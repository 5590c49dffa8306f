//! The tags that a model tells apart.

use std::collections::BTreeSet;

use super::scheme::TagScheme;
use super::sentence::TaggedSentence;
use crate::table::{LabelError, LabelNames};

/// Names of tags; a class is an index into them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagNames {
    names: LabelNames,
    scheme: TagScheme,
}

impl TagNames {
    /// Names in the order of their classes, as a model's configuration has them.
    ///
    /// # Errors
    /// If one is there twice.
    pub fn new(names: Vec<String>) -> Result<Self, LabelError> {
        let scheme = TagScheme::of_names(&names);
        let names = LabelNames::new(names)?;
        Ok(Self { names, scheme })
    }

    /// The tags of a training split, sorted as text. O is one of them if tags have prefixes.
    ///
    /// Source: `get_label_list` in `run_ner.py` of transformers.
    ///
    /// # Errors
    /// If no sentence has tags, or all words have the same one.
    pub fn collect(sentences: &[TaggedSentence], scheme: TagScheme) -> Result<Self, LabelError> {
        let tags = sentences
            .iter()
            .flat_map(|sentence| &sentence.tags)
            .flatten();
        let mut names: BTreeSet<&str> = tags.map(String::as_str).collect();
        match names.first() {
            None => return Err(LabelError::NoClass),
            Some(only) if names.len() == 1 => {
                let name = (*only).to_owned();
                return Err(LabelError::SingleClass { name });
            }
            Some(_) => {}
        }
        if scheme != TagScheme::Plain {
            names.insert(TagScheme::OUTSIDE);
        }
        let names = LabelNames::new(names.into_iter().map(str::to_owned).collect())?;
        Ok(Self { names, scheme })
    }

    /// How the tags write entities.
    pub fn scheme(&self) -> TagScheme {
        self.scheme
    }

    /// Number of tags.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names, by class.
    pub fn names(&self) -> &[String] {
        self.names.names()
    }

    /// Name of a class.
    pub fn name(&self, class: usize) -> Option<&str> {
        self.names.name(class)
    }

    /// The class of a tag.
    pub fn class(&self, tag: &str) -> Option<usize> {
        self.names.class(tag)
    }

    /// The class of a tag.
    ///
    /// # Errors
    /// If there is none: the tags there are, and the nearest.
    pub fn find(&self, tag: &str) -> Result<usize, LabelError> {
        self.names.find(tag)
    }

    /// The class of what is no entity.
    pub fn outside(&self) -> Option<usize> {
        self.class(TagScheme::OUTSIDE)
    }

    /// By class the tags that entities are read from and scored by: the names, but I and a hyphen
    /// before each that has no prefix. So neighbours of one plain tag are an entity, and O is none.
    pub fn entity_tags(&self) -> Vec<String> {
        let tag = |name: &String| match self.scheme {
            TagScheme::Plain if name != TagScheme::OUTSIDE => format!("I-{name}"),
            _ => name.clone(),
        };
        self.names().iter().map(tag).collect()
    }

    /// The class of a word's further pieces: I where the word has B, if there is such a tag.
    ///
    /// Source: `b_to_i_label` in `run_ner.py` of transformers.
    pub fn of_further_pieces(&self, class: usize) -> usize {
        let name = self.name(class).filter(|_| self.scheme != TagScheme::Plain);
        let kind = name.and_then(|name| name.strip_prefix('B'));
        let inside = kind.and_then(|kind| self.class(&format!("I{kind}")));
        inside.unwrap_or(class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(tags: &[&str]) -> TaggedSentence {
        let tags: Vec<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
        TaggedSentence {
            tags: Some(tags.clone()),
            ..TaggedSentence::of_words(tags)
        }
    }

    #[test]
    fn tags_are_sorted_as_transformers_sorts_them() {
        let sentences = [sentence(&["O", "I-b", "B-b"]), sentence(&["B-a", "b"])];
        let names = TagNames::collect(&sentences, TagScheme::Iob2).unwrap();
        assert_eq!(names.names(), ["B-a", "B-b", "I-b", "O", "b"]);
        assert_eq!((names.len(), names.outside()), (5, Some(3)));
        assert_eq!((names.class("I-b"), names.name(2)), (Some(2), Some("I-b")));
        assert_eq!(
            [0, 1, 2, 3].map(|of| names.of_further_pieces(of)),
            [0, 2, 2, 3]
        );
        // O belongs to prefixes, whether a word has it or not.
        let all = [sentence(&["B-a", "I-a"])];
        let names = TagNames::collect(&all, TagScheme::Iob2).unwrap();
        assert_eq!(names.names(), ["B-a", "I-a", "O"]);
        let names = TagNames::collect(&all, TagScheme::Plain).unwrap();
        assert_eq!((names.names().len(), names.of_further_pieces(0)), (2, 0));
        assert_eq!(
            TagNames::new(vec!["U-a".into()]).unwrap().scheme(),
            TagScheme::Bilou
        );
    }

    #[test]
    fn plain_tags_are_entities_by_their_neighbours() {
        let of = |names: [&str; 3]| TagNames::new(names.map(str::to_owned).to_vec()).unwrap();
        assert_eq!(
            of(["LOC", "O", "ORG"]).entity_tags(),
            ["I-LOC", "O", "I-ORG"]
        );
        assert_eq!(of(["B-a", "I-a", "O"]).entity_tags(), ["B-a", "I-a", "O"]);
    }

    #[test]
    fn nothing_to_tell_apart_is_an_error() {
        let none = TaggedSentence::of_words(vec!["a".into()]);
        let of = |sentence| TagNames::collect(&[sentence], TagScheme::Iob2).unwrap_err();
        assert_eq!(of(none), LabelError::NoClass);
        assert_eq!(
            of(sentence(&["O", "O"])).to_string(),
            "every row has the label \"O\"; at least two classes are needed"
        );
    }
}
