//! What is taken over from the model that a training began with.

use std::path::Path;

use super::CARD;

/// The model that a training began with, as far as its card and whoever named it tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaseModel {
    /// Its name on the hub, such as `google-bert/bert-base-uncased`, where it was given by name.
    pub name: Option<String>,
    /// The commit of it.
    pub commit: Option<String>,
    /// Its licence, as the hub calls it, such as `apache-2.0`.
    pub license: Option<String>,
    /// Its languages, such as `en`.
    pub languages: Vec<String>,
}

impl BaseModel {
    /// Of a model folder: what the card in it says, if there is one.
    pub fn of_folder(folder: &Path) -> Self {
        let card = std::fs::read_to_string(folder.join(CARD)).unwrap_or_default();
        let lines = front_matter(&card);
        let mut licenses = values(&lines, "license");
        licenses.retain(|license| is_identifier(license) && license != "other");
        let mut languages = values(&lines, "language");
        languages.retain(|language| is_identifier(language));
        Self {
            name: None,
            commit: None,
            license: licenses.into_iter().next(),
            languages,
        }
    }
}

impl BaseModel {
    /// The same with the `NAME@COMMIT` that it was found by, if it was.
    #[must_use]
    pub fn with_origin(self, origin: Option<&str>) -> Self {
        let parts = origin.map(|origin| origin.split_once('@').unwrap_or((origin, "")));
        let commit = parts.map(|(_, commit)| commit.to_owned());
        Self {
            name: parts.map(|(name, _)| name.to_owned()),
            commit: commit.filter(|commit| !commit.is_empty()),
            ..self
        }
    }
}

/// The lines between the first two of three hyphens.
fn front_matter(card: &str) -> Vec<&str> {
    let card = card.strip_prefix('\u{feff}').unwrap_or(card);
    let mut lines = card.lines().map(str::trim_end);
    if lines.next() != Some("---") {
        return Vec::new();
    }
    let lines: Vec<&str> = lines.collect();
    match lines.iter().position(|line| *line == "---") {
        Some(end) => lines[..end].to_vec(),
        None => Vec::new(),
    }
}

/// The value of a key, or those of its list, in any of the ways of YAML that the hub's cards have.
fn values(lines: &[&str], key: &str) -> Vec<String> {
    let is_key = |line: &&str| {
        line.strip_prefix(key)
            .is_some_and(|rest| rest.starts_with(':'))
    };
    let Some(at) = lines.iter().position(is_key) else {
        return Vec::new();
    };
    let inline = lines[at][key.len() + 1..].trim();
    let listed = inline
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let found: Vec<&str> = match (listed, inline) {
        (Some(list), _) => list.split(',').collect(),
        (None, "") => {
            let items = lines[at + 1..].iter().map(|line| line.trim_start());
            items.map_while(|line| line.strip_prefix("- ")).collect()
        }
        (None, one) => vec![one],
    };
    let bare = |value: &str| {
        let value = value.split(" #").next().unwrap_or_default().trim();
        value.trim_matches(['"', '\'']).to_owned()
    };
    found.into_iter().map(bare).collect()
}

fn is_identifier(value: &str) -> bool {
    let is_part =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    !value.is_empty() && value.len() <= 40 && value.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(card: &str) -> (Option<String>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(CARD), card).unwrap();
        let base = BaseModel::of_folder(folder.path());
        assert_eq!(base.name, None);
        (base.license, base.languages)
    }

    #[test]
    fn licence_and_languages_are_read_in_every_way_of_writing_them() {
        let apache = Some("apache-2.0".to_owned());
        let en_de = ["en", "de"].map(str::to_owned).to_vec();
        let one = "---\nlanguage: en\nlicense: apache-2.0\n---\n# A\n";
        assert_eq!(of(one), (apache.clone(), en_de[..1].to_vec()));
        let listed = "\u{feff}---\r\nlanguage:\r\n- en\r\n- de\r\ntags:\r\n- x\r\nlicense: 'apache-2.0' # so\r\n---\r\n";
        assert_eq!(of(listed), (apache.clone(), en_de.clone()));
        let flow = "---\nlicense: \"apache-2.0\"\nlanguage: [en, \"de\"]\n---\n";
        assert_eq!(of(flow), (apache, en_de));
    }

    #[test]
    fn what_is_no_metadata_says_nothing() {
        for card in [
            "",
            "# A\nlicense: mit\n",
            "---\nlicense: mit\n",
            "---\nlicense: other\n---\n",
            "---\nlicense: see <b>there</b>\nlicense_name: mit\n---\n",
            "---\nmodel-index:\n  license: mit\n---\nlicense: mit\n",
        ] {
            assert_eq!(of(card), (None, Vec::new()), "{card}");
        }
        let nowhere = BaseModel::of_folder(Path::new("/nowhere"));
        assert_eq!(nowhere, BaseModel::default());
    }
}
