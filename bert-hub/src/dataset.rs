//! The Parquet files of a data set, by part and split.

use std::path::PathBuf;
use std::str::FromStr;

use glob::{MatchOptions, Pattern};

use crate::card::{DatasetCard, DatasetConfig, LabelFeature};
use crate::error::HubError;
use crate::hub::Hub;
use crate::repo::Repo;
use crate::snapshot::Snapshot;

/// Where the hub keeps its own conversion.
const CONVERTED: &str = "refs/convert/parquet";

/// A data set as people name it: `NAME[:PART][@REVISION]`, such as `nyu-mll/glue:mrpc`.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetName {
    repo: Repo,
    config: Option<String>,
}

impl FromStr for DatasetName {
    type Err = HubError;

    fn from_str(text: &str) -> Result<Self, HubError> {
        let (name, revision) = match text.split_once('@') {
            Some((name, revision)) => (name, Some(revision)),
            None => (text, None),
        };
        let (id, config) = match name.split_once(':') {
            Some((id, config)) => (id, Some(config)),
            None => (name, None),
        };
        let repo = match revision {
            Some(revision) => Repo::dataset(&format!("{id}@{revision}")),
            None => Repo::dataset(id),
        };
        Ok(Self {
            repo: repo?,
            config: config.map(str::to_owned),
        })
    }
}

/// The splits of a data set, whose files are fetched when they are asked for.
pub struct FetchedDataset<'a> {
    files: Snapshot<'a>,
    /// Its name.
    pub id: String,
    /// Which of its parts.
    pub config: String,
    /// Columns of classes, as its card has them.
    pub labels: Vec<LabelFeature>,
    splits: Vec<(String, Vec<String>)>,
}

/// Finds the Parquet files of a data set: its own, or those of the hub's conversion.
///
/// # Errors
/// When it cannot be had, has no such part, several parts of which none is named, or no Parquet.
pub fn fetch_dataset<'a>(hub: &'a Hub, name: &DatasetName) -> Result<FetchedDataset<'a>, HubError> {
    let id = name.repo.id();
    let mut files = hub.snapshot(&name.repo);
    let card = match files.find("README.md")? {
        Some(path) => {
            let text = std::fs::read(&path).map_err(HubError::disk("read", &path))?;
            DatasetCard::parse(id, &String::from_utf8_lossy(&text))?
        }
        None => DatasetCard::default(),
    };
    let own = parquet(files.files()?);
    let mut parts: Vec<DatasetConfig> = card.configs;
    let has_own = parts.iter().any(|part| !splits(part, &own).is_empty());
    if has_own || (parts.is_empty() && !own.is_empty()) {
        if parts.is_empty() {
            parts = parts_in_folders(&own);
        }
        let part = chosen(id, name.config.as_deref(), &parts)?;
        let splits = splits(part, &own);
        if !splits.is_empty() {
            return Ok(FetchedDataset::new(files, part, splits));
        }
    }
    let mut converted = hub.snapshot(&name.repo.at(CONVERTED));
    let theirs = match converted.files() {
        Ok(theirs) => parquet(theirs),
        Err(HubError::NoRevision { .. }) => Vec::new(),
        // What is offline is not known to be missing.
        Err(error) => return Err(error),
    };
    // There a folder is a part.
    let mut found = parts_in_folders(&theirs);
    if found.is_empty() {
        return Err(HubError::NoParquet { id: id.to_owned() });
    }
    for part in &mut found {
        if let Some(said) = parts.iter().find(|said| said.name == part.name) {
            part.splits.clone_from(&said.splits);
            part.labels.clone_from(&said.labels);
            part.is_default = said.is_default;
        }
    }
    let part = chosen(id, name.config.as_deref(), &found)?;
    let splits = splits_in_folder(part, &theirs);
    Ok(FetchedDataset::new(converted, part, splits))
}

impl<'a> FetchedDataset<'a> {
    fn new(files: Snapshot<'a>, part: &DatasetConfig, splits: Vec<(String, Vec<String>)>) -> Self {
        Self {
            id: files.repo().id().to_owned(),
            files,
            config: part.name.clone(),
            labels: part.labels.clone(),
            splits,
        }
    }

    /// `NAME:PART@COMMIT`: what the same files can be had by again.
    pub fn origin(&self) -> String {
        let commit = self.files.commit().unwrap_or_default();
        format!("{}:{}@{commit}", self.id, self.config)
    }

    /// The names of its splits.
    pub fn splits(&self) -> impl Iterator<Item = &str> {
        self.splits.iter().map(|(name, _)| name.as_str())
    }

    /// The files of a split, in their order; none where it has no such split.
    ///
    /// # Errors
    /// When one cannot be had.
    pub fn fetch(&mut self, split: &str) -> Result<Vec<PathBuf>, HubError> {
        let found = self.splits.iter().find(|(name, _)| name == split);
        let names = found.map_or(&[][..], |(_, names)| names);
        names.iter().map(|name| self.files.file(name)).collect()
    }
}

fn parquet(files: Vec<String>) -> Vec<String> {
    let mut files = files;
    files.retain(|name| name.ends_with(".parquet"));
    files.sort();
    files
}

/// The part that is meant.
fn chosen<'a>(
    id: &str,
    given: Option<&str>,
    parts: &'a [DatasetConfig],
) -> Result<&'a DatasetConfig, HubError> {
    let named = |name: &str| parts.iter().find(|part| part.name == name);
    let found = match (given, parts) {
        (Some(given), _) => named(given),
        (None, [one]) => Some(one),
        (None, _) => {
            let marked = parts.iter().find(|part| part.is_default);
            marked.or_else(|| named("default"))
        }
    };
    found.ok_or_else(|| HubError::Part {
        id: id.to_owned(),
        given: given.map(str::to_owned),
        known: parts.iter().map(|part| part.name.clone()).collect(),
    })
}

/// The splits of a part with their files: as its card says, or as the files are called.
fn splits(part: &DatasetConfig, files: &[String]) -> Vec<(String, Vec<String>)> {
    if part.data_files.is_empty() {
        return splits_in_folder(part, files);
    }
    let matching = |patterns: &[String]| {
        let patterns: Vec<Pattern> = patterns
            .iter()
            .filter_map(|text| Pattern::new(text).ok())
            .collect();
        let options = MatchOptions {
            require_literal_separator: true,
            ..MatchOptions::new()
        };
        let fits = |name: &&String| {
            patterns
                .iter()
                .any(|pattern| pattern.matches_with(name, options))
        };
        files.iter().filter(fits).cloned().collect::<Vec<String>>()
    };
    let splits = part.data_files.iter();
    let splits = splits.map(|(split, patterns)| (split.clone(), matching(patterns)));
    splits.filter(|(_, files)| !files.is_empty()).collect()
}

/// The same by names alone: `PART/SPLIT/0000.parquet`, `PART/SPLIT-00000-of-00001.parquet`,
/// `data/SPLIT-...` or `SPLIT.parquet`.
fn splits_in_folder(part: &DatasetConfig, files: &[String]) -> Vec<(String, Vec<String>)> {
    let mut splits: Vec<(String, Vec<String>)> = Vec::new();
    for file in files {
        let (folder, rest) = match file.split_once('/') {
            Some((folder, rest)) => (folder, rest),
            None => ("", file.as_str()),
        };
        let is_its =
            folder == part.name || (part.name == "default" && matches!(folder, "" | "data"));
        if !is_its {
            continue;
        }
        let split = match rest.split_once('/') {
            Some((split, _)) => split.trim_start_matches("partial-"),
            None => rest.split(['-', '.']).next().unwrap_or(rest),
        };
        match splits.iter_mut().find(|(name, _)| name == split) {
            Some((_, files)) => files.push(file.clone()),
            None => splits.push((split.to_owned(), vec![file.clone()])),
        }
    }
    let place = |split: &str| part.splits.iter().position(|name| name == split);
    splits.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    splits
}

/// The parts that folders make, where no card says which there are.
fn parts_in_folders(files: &[String]) -> Vec<DatasetConfig> {
    let mut parts: Vec<DatasetConfig> = Vec::new();
    for file in files {
        let name = match file.split_once('/') {
            None | Some(("data", _)) => "default",
            Some((folder, _)) => folder,
        };
        if !parts.iter().any(|part| part.name == name) {
            parts.push(DatasetConfig {
                name: name.to_owned(),
                ..DatasetConfig::default()
            });
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_part_and_a_revision() {
        let name: DatasetName = "nyu-mll/glue:mrpc@v1".parse().unwrap();
        assert_eq!(name.config.as_deref(), Some("mrpc"));
        assert_eq!(
            (name.repo.id(), name.repo.revision()),
            ("nyu-mll/glue", "v1")
        );
        let bare: DatasetName = "rajpurkar/squad".parse().unwrap();
        assert_eq!(bare.config, None);
        assert!("a/b/c:d".parse::<DatasetName>().is_err());
    }

    #[test]
    fn splits_are_found_by_the_names_of_files() {
        let files = [
            "data/test-00000-of-00001.parquet",
            "data/train-00000-of-00002.parquet",
            "data/train-00001-of-00002.parquet",
            "other/train/0000.parquet",
        ];
        let files = files.map(str::to_owned).to_vec();
        let part = DatasetConfig {
            name: "default".to_owned(),
            splits: vec!["train".to_owned(), "test".to_owned()],
            ..DatasetConfig::default()
        };
        let found = splits_in_folder(&part, &files);
        assert_eq!(found[0], ("train".to_owned(), files[1..3].to_vec()));
        assert_eq!(found[1], ("test".to_owned(), files[..1].to_vec()));
        let parts = parts_in_folders(&files);
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["default", "other"]);
        assert_eq!(splits_in_folder(&parts[1], &files)[0].0, "train");
    }
}
