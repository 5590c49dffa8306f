//! Whether a vocabulary keeps capital letters, and how that is found out where nobody says it.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tokenizers::normalizers::{Lowercase, Sequence};
use tokenizers::{NormalizedString, Normalizer, Tokenizer};

use crate::error::UnknownName;

/// What a BERT vocabulary does with case. In Hugging Face's words, `do_lower_case` is true if
/// uncased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Casing {
    /// Letters stay as they are.
    Cased,
    /// Letters are lowered and accents stripped.
    Uncased,
}

impl Casing {
    /// Casing of Hugging Face's flag.
    pub fn from_do_lower_case(do_lower_case: bool) -> Self {
        if do_lower_case {
            Self::Uncased
        } else {
            Self::Cased
        }
    }

    /// Hugging Face's flag for it.
    pub fn do_lower_case(self) -> bool {
        self == Self::Uncased
    }

    /// What the name of a model folder says, as in `uncased_L-12_H-768_A-12` or
    /// `bert-base-cased`; `None` if it says nothing, or both.
    fn from_name(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let (mut cased, mut uncased) = (false, false);
        for word in name.split(|c: char| !c.is_alphanumeric()) {
            cased |= word == "cased";
            uncased |= word == "uncased";
        }
        match (cased, uncased) {
            (true, false) => Some(Self::Cased),
            (false, true) => Some(Self::Uncased),
            _ => None,
        }
    }
}

impl fmt::Display for Casing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cased => "cased",
            Self::Uncased => "uncased",
        })
    }
}

impl FromStr for Casing {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "cased" => Ok(Self::Cased),
            "uncased" => Ok(Self::Uncased),
            _ => Err(UnknownName {
                what: "casing",
                value: name.to_owned(),
                allowed: "cased, uncased",
            }),
        }
    }
}

/// The casing of a folder that does not say `do_lower_case`, as none of Google's releases does.
///
/// A folder's name decides where it has the word `cased` or `uncased`, and the vocabulary where it
/// has not: it is cased if one in a hundred of its tokens with letters has a capital. In Google's
/// cased vocabularies it is one in three or more. Not counted are letters that have no lower form,
/// such as the ℝ of Google's uncased vocabulary, and tokens in brackets (`[CLS]`, `<S>`). A name
/// with `cased` does not count where a vocabulary of a thousand such tokens has no capitals: each
/// word with one would be unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasingGuess {
    /// What was taken.
    pub casing: Casing,
    /// The folder's name, where it says one of the two.
    name: Option<(String, Casing)>,
    capitals: Capitals,
}

impl CasingGuess {
    /// Of a vocabulary in a model folder.
    pub(super) fn new(dir: &Path, tokens: &[String]) -> Self {
        let capitals = Capitals::of(tokens);
        // The name as it was given, or that of the folder which a link or `.` leads to.
        let resolved = dir.canonicalize().ok();
        let name = [Some(dir), resolved.as_deref()]
            .into_iter()
            .flatten()
            .filter_map(|path| path.file_name()?.to_str())
            .find_map(|name| Some((name.to_owned(), Casing::from_name(name)?)));
        let casing = match &name {
            Some((_, Casing::Cased)) if capitals.are_ruled_out() => Casing::Uncased,
            Some((_, casing)) => *casing,
            None => capitals.casing(),
        };
        Self {
            casing,
            name,
            capitals,
        }
    }
}

/// What was taken, and why, in one line.
impl fmt::Display for CasingGuess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let casing = self.casing;
        match &self.name {
            Some((name, said)) if *said == casing => {
                write!(f, "taken as {casing}, as the folder's name says ({name})")
            }
            Some((name, said)) => write!(
                f,
                "taken as {casing} although the folder's name says {said} ({name}): {}",
                self.capitals
            ),
            None => write!(f, "taken as {casing}: {}", self.capitals),
        }
    }
}

/// How many tokens of a vocabulary have capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Capitals {
    /// Tokens with a letter that has a lower form.
    capitals: usize,
    /// Tokens with a letter that has another case.
    letters: usize,
}

impl Capitals {
    /// Under this many tokens with letters, a vocabulary without capitals may be a small one.
    const MANY: usize = 1000;

    fn of(tokens: &[String]) -> Self {
        let bracketed = |token: &str| {
            token.starts_with('[') && token.ends_with(']')
                || token.starts_with('<') && token.ends_with('>')
        };
        let is_capital = |c: char| c.is_uppercase() && !c.to_lowercase().eq([c]);
        let is_small = |c: char| !c.to_uppercase().eq([c]);
        let mut counted = Self {
            capitals: 0,
            letters: 0,
        };
        for token in tokens.iter().filter(|token| !bracketed(token)) {
            let capital = token.chars().any(is_capital);
            counted.capitals += usize::from(capital);
            counted.letters += usize::from(capital || token.chars().any(is_small));
        }
        counted
    }

    fn casing(self) -> Casing {
        let cased = self.capitals > 0 && self.capitals * 100 >= self.letters;
        Casing::from_do_lower_case(!cased)
    }

    /// Whether this cannot be the vocabulary of a cased model.
    fn are_ruled_out(self) -> bool {
        self.letters >= Self::MANY && self.casing() == Casing::Uncased
    }
}

impl fmt::Display for Capitals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { capitals, letters } = self;
        write!(
            f,
            "{capitals} of the {letters} tokens with letters in its vocabulary have a capital"
        )
    }
}

/// Casing of a tokenizer, by trying it: a `tokenizer.json` can lower case in several ways.
pub(super) fn of(tokenizer: &Tokenizer) -> Casing {
    let mut letter = NormalizedString::from("A");
    let lowered = match tokenizer.get_normalizer() {
        Some(normalizer) => normalizer.normalize(&mut letter).is_ok() && letter.get() == "a",
        None => false,
    };
    Casing::from_do_lower_case(lowered)
}

/// Puts lowered letters before everything else that a tokenizer does with them.
pub(super) fn lower_first(tokenizer: &mut Tokenizer) -> tokenizers::Result<()> {
    if of(tokenizer).do_lower_case() {
        return Ok(());
    }
    let before = tokenizer.get_normalizer().cloned();
    let all = std::iter::once(Lowercase.into()).chain(before);
    tokenizer.with_normalizer(Some(Sequence::new(all.collect())))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(dir: &str, tokens: &[&str]) -> CasingGuess {
        let tokens: Vec<String> = tokens.iter().map(|&token| token.to_owned()).collect();
        CasingGuess::new(Path::new(dir), &tokens)
    }

    #[test]
    fn letters_without_a_lower_form_and_bracketed_tokens_are_no_capitals() {
        let google = [
            "[CLS]",
            "[unusedX]",
            "<S>",
            "<T>",
            "ℝ",
            "##ℝ",
            "№",
            "the",
            "##s",
        ];
        let guess = guess("google", &google);
        assert_eq!(guess.casing, Casing::Uncased);
        assert_eq!(
            guess.to_string(),
            "taken as uncased: 0 of the 2 tokens with letters in its vocabulary have a capital"
        );
    }

    #[test]
    fn many_capitals_make_a_cased_vocabulary_and_a_few_do_not() {
        assert_eq!(guess("x", &["the", "The", "##s"]).casing, Casing::Cased);
        assert_eq!(guess("x", &["Ämter", "Straße"]).casing, Casing::Cased);
        let mut tokens = vec!["the"; 200];
        tokens.push("URL");
        assert_eq!(guess("x", &tokens).casing, Casing::Uncased);
        // Scripts without case say nothing; a text in them is the same either way.
        assert_eq!(guess("x", &["世", "界"]).casing, Casing::Uncased);
        assert_eq!(guess("x", &[]).casing, Casing::Uncased);
    }

    #[test]
    fn the_folders_name_decides_where_it_says_something() {
        let small = ["the", "##s"];
        let cased = [
            "cased_L-12_H-768_A-12",
            "a/bert-base-cased",
            "BERT-Base-Cased",
            "multi_cased_L-12_H-768_A-12",
            "wwm_cased_L-24_H-1024_A-16/",
        ];
        for name in cased {
            let guess = guess(name, &small);
            assert_eq!(guess.casing, Casing::Cased, "{name}");
            assert!(guess.to_string().contains("as the folder's name says"));
        }
        let named = guess("uncased_L-2_H-128_A-2", &["The", "the"]);
        assert_eq!(named.casing, Casing::Uncased);
        for name in ["showcased", "cased-or-uncased", "models", "cases", "/"] {
            assert_eq!(guess(name, &small).casing, Casing::Uncased, "{name}");
            assert_eq!(guess(name, &["The"]).casing, Casing::Cased, "{name}");
        }
    }

    #[test]
    fn letters_can_be_lowered_with_their_accents() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vocab.txt");
        let tokens = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ncafé\ncafe\nCafé\n";
        std::fs::write(&path, tokens).unwrap();
        let of = |casing| crate::BertTokenizer::from_vocab(&path, casing).unwrap();
        let cased = of(Casing::Cased);
        assert_eq!(cased.word_pieces("Café [MASK]").unwrap(), [7, 4]);
        let lowered = cased.lowercased().unwrap();
        assert_eq!(lowered.word_pieces("Café [MASK]").unwrap(), [5, 4]);
        let uncased = of(Casing::Uncased).lowercased().unwrap();
        assert_eq!(uncased.word_pieces("Café [MASK]").unwrap(), [6, 4]);
    }

    #[test]
    fn a_name_cannot_make_every_capital_unknown() {
        let many: Vec<String> = (0..1000).map(|i| format!("word{i}")).collect();
        let guess = CasingGuess::new(Path::new("chinese-cased"), &many);
        assert_eq!(guess.casing, Casing::Uncased);
        assert_eq!(
            guess.to_string(),
            "taken as uncased although the folder's name says cased (chinese-cased): 0 of the \
             1000 tokens with letters in its vocabulary have a capital"
        );
    }
}
