//! What a repository has.

use std::time::Duration;

use serde_json::Value;

use crate::client::{Client, Wanted, quoted};
use crate::error::HubError;
use crate::repo::{Repo, is_commit};

/// Names that are told of in a message.
const MOST_NEAREST: usize = 3;

/// How alike names have to be, from 0 to 1.
const ALIKE: f64 = 0.6;

/// The files of a commit.
pub(crate) struct Listing {
    pub commit: String,
    pub files: Vec<String>,
}

impl Listing {
    /// Asks the hub's API.
    pub fn fetch(
        client: &Client,
        repo: &Repo,
        wanted: &Wanted<'_>,
        wait: &dyn Fn(&str, Duration) -> Result<(), HubError>,
    ) -> Result<Self, HubError> {
        let kind = repo.kind().plural();
        let revision = quoted(repo.revision(), false);
        let path = format!("api/{kind}/{}/revision/{revision}", repo.id());
        let answer = client.json(&path, wanted, wait)?;
        let commit = answer.get("sha").and_then(Value::as_str);
        let Some(commit) = commit.filter(|commit| is_commit(commit)) else {
            return Err(HubError::NotTheHub {
                url: path,
                what: "it does not say which commit that is (sha)".to_owned(),
            });
        };
        let siblings = answer.get("siblings").and_then(Value::as_array);
        let files = siblings.into_iter().flatten();
        let files = files.filter_map(|file| file.get("rfilename")?.as_str());
        Ok(Self {
            commit: commit.to_owned(),
            files: files.map(str::to_owned).collect(),
        })
    }
}

/// The names that are most like one that is not there.
pub(crate) fn nearest(name: &str, names: &[String]) -> Vec<String> {
    let alike = |other: &String| strsim::normalized_damerau_levenshtein(name, other);
    let mut found: Vec<(f64, &String)> = names.iter().map(|other| (alike(other), other)).collect();
    found.retain(|(alike, _)| *alike >= ALIKE);
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let names = found.into_iter().take(MOST_NEAREST);
    names.map(|(_, name)| name.clone()).collect()
}
