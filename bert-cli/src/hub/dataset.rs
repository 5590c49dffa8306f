//! Data sets by name, as the files of the splits that a program reads.

use std::path::PathBuf;

use bert_data::{DataError, GlueTask, PairExample, Split, read_named};
use clap::Args;

use super::Source;
use crate::exit::ProgramError;

/// What people call the rows that are scored.
pub const VALIDATION: [&str; 5] = ["validation", "valid", "val", "dev", "eval"];

/// The files of some splits.
#[derive(Clone, Debug, Default)]
pub struct FoundDataset {
    /// By the place of the split among those that were asked for; empty where there is none.
    pub files: Vec<Vec<PathBuf>>,
    /// The names of classes, where the data set has one column of them.
    pub label_names: Option<Vec<String>>,
}

/// A split that is asked for.
pub struct Wanted<'a> {
    /// What it may be called.
    pub names: &'a [&'a str],
    /// Whether there is no going on without it.
    pub is_needed: bool,
}

impl<'a> Wanted<'a> {
    /// One that has to be there.
    pub fn needed(names: &'a [&'a str]) -> Self {
        Self {
            names,
            is_needed: true,
        }
    }

    /// One that may be missing.
    pub fn optional(names: &'a [&'a str]) -> Self {
        Self {
            names,
            is_needed: false,
        }
    }
}

/// Fetches the splits of a data set; `usual_part` is meant where it has several and `name` says
/// none.
///
/// # Errors
/// When it cannot be had, or lacks a split that is needed.
#[cfg(feature = "hub")]
pub fn find_dataset(
    name: &str,
    usual_part: Option<&str>,
    wanted: &[Wanted<'_>],
    source: Source<'_>,
) -> Result<FoundDataset, ProgramError> {
    use bert_hub::{HubError, fetch_dataset};

    let hub = super::connect(source.flags, source.shown)?;
    let data = match (fetch_dataset(&hub, &name.parse()?), usual_part) {
        (
            Err(HubError::Part {
                given: None, known, ..
            }),
            Some(part),
        ) if known.iter().any(|name| name == part) => {
            let with_part = match name.split_once('@') {
                Some((id, revision)) => format!("{id}:{part}@{revision}"),
                None => format!("{name}:{part}"),
            };
            fetch_dataset(&hub, &with_part.parse()?)
        }
        (data, _) => data,
    };
    let mut data = data?;
    let mut files = Vec::new();
    for split in wanted {
        let known: Vec<String> = data.splits().map(str::to_owned).collect();
        let found = split
            .names
            .iter()
            .find(|name| known.iter().any(|known| known == *name));
        files.push(match found {
            Some(name) => data.fetch(name)?,
            None if split.is_needed => {
                return Err(ProgramError::from(HubError::NoSplit {
                    of: format!("{}:{}", data.id, data.config),
                    split: split.names.first().copied().unwrap_or_default().to_owned(),
                    known,
                }));
            }
            None => Vec::new(),
        });
    }
    source.say(&format!("data: {}", data.origin()));
    Ok(FoundDataset {
        files,
        label_names: match &mut data.labels[..] {
            [one] => Some(std::mem::take(&mut one.names)),
            _ => None,
        },
    })
}

/// A build that knows no hub.
///
/// # Errors
/// Always.
#[cfg(not(feature = "hub"))]
pub fn find_dataset(
    name: &str,
    _usual_part: Option<&str>,
    _wanted: &[Wanted<'_>],
    _source: Source<'_>,
) -> Result<FoundDataset, ProgramError> {
    Err(ProgramError::NoHub {
        name: name.to_owned(),
    })
}

/// A task of GLUE by the name of a data set, instead of its folder.
#[derive(Args, Clone, Debug, Default)]
pub struct GlueDataset {
    /// Data set on the hub with the columns of nyu-mll/glue, instead of a folder: NAME or
    /// NAME:PART, such as nyu-mll/glue:mrpc, perhaps with @REVISION
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "data",
        help_heading = "Data"
    )]
    dataset: Option<String>,
    /// Its files.
    #[arg(skip)]
    found: Vec<(Split, Vec<PathBuf>)>,
}

impl GlueDataset {
    /// Its name, if one was given.
    pub fn name(&self) -> Option<&String> {
        self.dataset.as_ref()
    }

    /// Whether one was named.
    pub fn is_given(&self) -> bool {
        self.dataset.is_some()
    }

    /// Fetches these splits of it.
    ///
    /// # Errors
    /// See [`find_dataset`].
    pub fn fetch(
        &mut self,
        task: GlueTask,
        splits: &[Split],
        source: Source<'_>,
    ) -> Result<(), ProgramError> {
        let Some(name) = &self.dataset else {
            return Ok(());
        };
        let splits = splits
            .iter()
            .filter_map(|&split| Some((split, [task.split_name(split)?])));
        let splits: Vec<(Split, [&str; 1])> = splits.collect();
        let wanted: Vec<Wanted<'_>> = splits
            .iter()
            .map(|(_, names)| Wanted::needed(names))
            .collect();
        let found = find_dataset(name, Some(task.name()), &wanted, source)?;
        let splits = splits.iter().map(|(split, _)| *split);
        self.found = splits.zip(found.files).collect();
        Ok(())
    }

    /// Reads a split of it; nothing where none was named.
    ///
    /// # Errors
    /// See [`read_named`].
    pub fn read(
        &self,
        task: GlueTask,
        split: Split,
    ) -> Result<Option<Vec<PairExample>>, DataError> {
        let found = self.found.iter().find(|(name, _)| *name == split);
        found
            .map(|(_, files)| read_named(task, files, split))
            .transpose()
    }
}
