//! Entities by the rules of one scheme.

use bert_data::TagScheme;
use bert_data::tags::Entity;

/// A tag whose prefix its scheme does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the tag {tag:?} is none of {scheme}, whose prefixes are {} and O", scheme.prefixes())]
pub struct OtherScheme {
    /// The tag.
    pub tag: String,
    /// The scheme.
    pub scheme: TagScheme,
}

/// The entities of a sentence that follow a scheme from their first word to their last. What begins
/// or ends in a way that the scheme does not have is none.
///
/// seqeval's rules of IOE1 miss some entities, and so do these.
///
/// Source: `Tokens.entities` of seqeval 1.2.2 (`seqeval/scheme.py`).
///
/// # Errors
/// If a tag has a prefix that is none of the scheme's, as every tag of [`TagScheme::Plain`] but O.
pub fn strict_entities<T: AsRef<str>>(
    tags: &[T],
    scheme: TagScheme,
) -> Result<Vec<Entity<'_>>, OtherScheme> {
    let read = |tag| read(tag, scheme);
    let mut words: Vec<Word<'_>> = tags
        .iter()
        .map(|tag| read(tag.as_ref()))
        .collect::<Result<_, _>>()?;
    words.push(OUTSIDE);
    let rules = rules(scheme);
    let mut found = Vec::new();
    let (mut at, mut before) = (0, OUTSIDE);
    while at < words.len() {
        let word = words[at];
        let first = at;
        at += 1;
        if has(rules.start, before, word) {
            while at < words.len() && has(rules.inside, words[at - 1], words[at]) {
                at += 1;
            }
            if words
                .get(at)
                .is_some_and(|next| has(rules.end, words[at - 1], *next))
            {
                found.push(Entity {
                    kind: word.kind,
                    words: first..at,
                });
            }
        }
        before = words[at - 1];
    }
    Ok(found)
}

/// A tag in two.
#[derive(Clone, Copy)]
struct Word<'a> {
    prefix: char,
    kind: &'a str,
}

const OUTSIDE: Word<'static> = Word {
    prefix: 'O',
    kind: "_",
};

fn read(tag: &str, scheme: TagScheme) -> Result<Word<'_>, OtherScheme> {
    let mut letters = tag.chars();
    let prefix = letters.next().unwrap_or('O');
    if prefix != 'O' && !scheme.prefixes().contains(prefix) {
        return Err(OtherScheme {
            tag: tag.to_owned(),
            scheme,
        });
    }
    let kind = match letters.as_str().trim_matches('-') {
        "" => "_",
        kind => kind,
    };
    Ok(Word { prefix, kind })
}

/// What the kinds of two words have to be.
#[derive(Clone, Copy)]
enum Kinds {
    Any,
    Same,
    Other,
}

use Kinds::{Any, Other, Same};

/// Prefixes of a word, prefixes of the next, and their kinds.
type Rule = (&'static str, &'static str, Kinds);

/// What an entity begins with, goes on with, and ends before.
struct Rules {
    start: &'static [Rule],
    inside: &'static [Rule],
    end: &'static [Rule],
}

const ALL: &str = "BIESLUO";

fn has(rules: &[Rule], before: Word<'_>, now: Word<'_>) -> bool {
    rules.iter().any(|(first, second, kinds)| {
        let kinds = match kinds {
            Any => true,
            Same => before.kind == now.kind,
            Other => before.kind != now.kind,
        };
        kinds && first.contains(before.prefix) && second.contains(now.prefix)
    })
}

fn rules(scheme: TagScheme) -> Rules {
    let (start, inside, end): (&[Rule], &[Rule], &[Rule]) = match scheme {
        TagScheme::Iob2 => (
            &[(ALL, "B", Any)],
            &[("BI", "I", Same)],
            &[("BI", "OB", Any), ("BI", "I", Other)],
        ),
        TagScheme::Iob1 => (
            &[("OB", "I", Any), ("I", "I", Other), ("IB", "B", Same)],
            &[("BI", "I", Same)],
            &[
                ("IB", "I", Other),
                ("IB", "O", Any),
                ("I", "B", Any),
                ("B", "B", Same),
            ],
        ),
        TagScheme::Ioe2 => (
            &[("OE", "IE", Any), ("I", "IE", Other)],
            &[("I", "IE", Same)],
            &[("E", ALL, Any)],
        ),
        TagScheme::Ioe1 => (
            &[("OE", "I", Any), ("I", "I", Other), ("E", "E", Same)],
            &[("I", "IE", Same)],
            &[("I", "IE", Other), ("I", "O", Any), ("E", "IE", Same)],
        ),
        TagScheme::Iobes => (
            &[(ALL, "BS", Any)],
            &[("BI", "IE", Same)],
            &[("SE", ALL, Any)],
        ),
        TagScheme::Bilou => (
            &[(ALL, "BU", Any)],
            &[("BI", "IL", Same)],
            &[("UL", ALL, Any)],
        ),
        TagScheme::Plain => (&[], &[], &[]),
    };
    Rules { start, inside, end }
}
