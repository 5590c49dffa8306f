//! How tags write entities.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::entities::{Entity, of_parts, parts};
use crate::error::UnknownName;

/// How tags write which words are an entity: a prefix, a hyphen and the kind, or O for none.
///
/// `M-` is read as `I-` and `W-` as `S-`, as BMES and BMEWO write IOBES.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TagScheme {
    /// The first word has B, those after it I. What most data has, and transformers' examples.
    Iob2,
    /// All words have I, but the first of an entity right after another of its kind, which has B.
    Iob1,
    /// The last word has E, those before it I.
    Ioe2,
    /// All words have I, but the last of an entity right before another of its kind, which has E.
    Ioe1,
    /// B, I and, at the end, E; of a single word S.
    Iobes,
    /// B, I and, at the end, L; of a single word U.
    Bilou,
    /// Tags without prefix, such as parts of speech: each word has its own, and there are no
    /// entities.
    Plain,
}

impl TagScheme {
    /// The tag of words that are no entity.
    pub const OUTSIDE: &str = "O";

    /// Every scheme; of two that suit tags equally well, the first is meant.
    pub const ALL: [Self; 7] = [
        Self::Iob2,
        Self::Iob1,
        Self::Iobes,
        Self::Bilou,
        Self::Ioe2,
        Self::Ioe1,
        Self::Plain,
    ];

    /// Name of the scheme, as flags have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Iob2 => "iob2",
            Self::Iob1 => "iob1",
            Self::Ioe2 => "ioe2",
            Self::Ioe1 => "ioe1",
            Self::Iobes => "iobes",
            Self::Bilou => "bilou",
            Self::Plain => "plain",
        }
    }

    /// The prefixes of its tags, without O.
    pub fn prefixes(self) -> &'static str {
        match self {
            Self::Iob2 | Self::Iob1 => "BI",
            Self::Ioe2 | Self::Ioe1 => "IE",
            Self::Iobes => "BIES",
            Self::Bilou => "BILU",
            Self::Plain => "",
        }
    }

    /// The scheme of some sentences' tags: [`Plain`](Self::Plain) if they have no prefixes, else
    /// the one that writes the entities in them with the fewest other tags. IOB1 and IOE1 need ten
    /// times fewer than IOB2: few tags tell them from it, and they are rare.
    pub fn of_sentences<'a>(sentences: impl IntoIterator<Item = &'a [String]> + Clone) -> Self {
        let tags = sentences.clone().into_iter().flatten();
        if !have_prefixes(tags.map(String::as_str)) {
            return Self::Plain;
        }
        let mut others = Self::ALL.map(|scheme| (0, scheme));
        for tags in sentences {
            let tags = normal(tags);
            let found = read(&tags);
            for (others, scheme) in &mut others {
                let weight = if matches!(scheme, Self::Iob1 | Self::Ioe1) {
                    10
                } else {
                    1
                };
                *others += weight * scheme.differing(&found, &tags);
            }
        }
        let fewest = others[..others.len() - 1].iter();
        let fewest = fewest.min_by_key(|(others, _)| *others);
        fewest.map_or(Self::Iob2, |&(_, scheme)| scheme)
    }

    /// The scheme of a model's tags, by their prefixes alone.
    pub fn of_names(names: &[String]) -> Self {
        let names = names.iter().map(String::as_str);
        if !have_prefixes(names.clone()) {
            return Self::Plain;
        }
        let has = |prefixes: &[char]| {
            let mut found = names.clone().filter_map(prefix);
            found.any(|(prefix, _)| prefixes.contains(&prefix))
        };
        match (has(&['L', 'U']), has(&['E', 'S', 'M', 'W']), has(&['B'])) {
            (true, _, _) => Self::Bilou,
            (_, true, false) if !has(&['S', 'W']) => Self::Ioe2,
            (_, true, _) => Self::Iobes,
            (_, _, true) => Self::Iob2,
            _ => Self::Iob1,
        }
    }

    /// Whether a tag can be one of the scheme's.
    pub fn has(self, tag: &str) -> bool {
        self == Self::Plain || tag == "O" || prefix(tag).is_some()
    }

    /// The tags of a sentence in another scheme, and how many of them this scheme would have
    /// written otherwise: an I after O in IOB2, for one. They are read as
    /// [`entities`](super::entities) reads them.
    ///
    /// From plain tags and to plain tags nothing is changed.
    pub fn convert(self, tags: &[String], to: Self) -> (Vec<String>, usize) {
        if self == Self::Plain || to == Self::Plain {
            return (tags.to_vec(), 0);
        }
        let tags = normal(tags);
        let found = read(&tags);
        let otherwise = self.differing(&found, &tags);
        let written = to.write(&found, tags.len()).into_iter();
        (written.map(written_tag).collect(), otherwise)
    }

    /// How many of a sentence's tags the scheme would have written otherwise.
    fn differing(self, found: &[Entity<'_>], tags: &[String]) -> usize {
        let written = self.write(found, tags.len()).into_iter();
        let pairs = written.zip(tags);
        let differing = pairs.filter(|(written, tag)| match prefix(tag) {
            Some((prefix, "")) => *written != (prefix, "_"),
            Some(tag) => *written != tag,
            None => written.0 != 'O' || *tag != Self::OUTSIDE,
        });
        differing.count()
    }

    /// Prefix and kind of as many tags.
    fn write<'a>(self, found: &[Entity<'a>], tags: usize) -> Vec<(char, &'a str)> {
        let mut written = vec![('O', "_"); tags];
        for (place, entity) in found.iter().enumerate() {
            let touches = |one: &Entity<'_>, next: &Entity<'_>| {
                one.kind == next.kind && one.words.end == next.words.start
            };
            let before = place.checked_sub(1).map(|before| &found[before]);
            let follows = before.is_some_and(|before| touches(before, entity));
            let after = found.get(place + 1);
            let is_followed = after.is_some_and(|after| touches(entity, after));
            let (first, last) = (entity.words.start, entity.words.end - 1);
            for word in entity.words.clone() {
                let prefix = match self {
                    Self::Iobes if first == last => 'S',
                    Self::Bilou if first == last => 'U',
                    Self::Iob2 | Self::Iobes | Self::Bilou if word == first => 'B',
                    Self::Iob1 if word == first && follows => 'B',
                    Self::Ioe2 | Self::Iobes if word == last => 'E',
                    Self::Ioe1 if word == last && is_followed => 'E',
                    Self::Bilou if word == last => 'L',
                    _ => 'I',
                };
                written[word] = (prefix, entity.kind);
            }
        }
        written
    }
}

/// A tag of prefix and kind.
fn written_tag((prefix, kind): (char, &str)) -> String {
    match kind {
        "_" => prefix.to_string(),
        kind => format!("{prefix}-{kind}"),
    }
}

/// Prefix and kind of a tag that has a prefix; of B alone the kind is empty.
fn prefix(tag: &str) -> Option<(char, &str)> {
    let mut letters = tag.chars();
    let prefix = letters
        .next()
        .filter(|letter| "BIESLUMW".contains(*letter))?;
    match letters.as_str() {
        "" => Some((prefix, "")),
        rest => rest
            .strip_prefix('-')
            .filter(|kind| !kind.is_empty())
            .map(|kind| (prefix, kind)),
    }
}

/// Whether a tag seems to have a prefix that is written in another way, as `b-per`, `B_PER`, `PER-B`
/// and `(PER*` have.
pub(super) fn is_like_prefixed(tag: &str) -> bool {
    let is_between = |letter: char| letter == '-' || letter == '_';
    let is_prefix = |part: &str| matches!(part, "B" | "I" | "b" | "i");
    let first = tag.split_once(is_between);
    let last = tag.rsplit_once(is_between);
    tag.starts_with('(') && tag.ends_with(['*', ')'])
        || first.is_some_and(|(prefix, kind)| is_prefix(prefix) && !kind.is_empty())
        || last.is_some_and(|(kind, suffix)| is_prefix(suffix) && !kind.is_empty())
}

/// Whether tags have prefixes: one is B or I before a hyphen, all have one, or they are just B, I
/// and O. Only O is no sign against it.
fn have_prefixes<'a>(tags: impl IntoIterator<Item = &'a str>) -> bool {
    let mut all = true;
    for tag in tags {
        match prefix(tag) {
            Some(('B' | 'I', kind)) if !kind.is_empty() => return true,
            Some(('B' | 'I', _)) => {}
            Some((_, kind)) => all &= !kind.is_empty(),
            None => all &= tag == "O",
        }
    }
    all
}

/// Tags with one letter for each meaning.
fn normal(tags: &[String]) -> Vec<String> {
    let normal = |tag: &String| match prefix(tag) {
        Some(('M', _)) => format!("I{}", &tag[1..]),
        Some(('W', _)) => format!("S{}", &tag[1..]),
        _ => tag.clone(),
    };
    tags.iter().map(normal).collect()
}

/// The entities of tags, L and U as E and S.
fn read(tags: &[String]) -> Vec<Entity<'_>> {
    let alike = |(prefix, kind)| match prefix {
        'L' => ('E', kind),
        'U' => ('S', kind),
        _ => (prefix, kind),
    };
    of_parts(tags.iter().map(|tag| alike(parts(tag))))
}

impl fmt::Display for TagScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TagScheme {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let mut all = Self::ALL.into_iter();
        all.find(|scheme| scheme.name() == name)
            .ok_or_else(|| UnknownName {
                what: "tag scheme",
                value: name.to_owned(),
                allowed: "iob2, iob1, iobes, bilou, ioe2, ioe1, plain",
            })
    }
}

#[cfg(test)]
mod tests;
