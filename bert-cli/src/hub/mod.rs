//! Models and data by their names on the hub: how that is asked for and shown.
//!
//! Without the feature `hub`, folders alone are opened, and a name says what to build.

mod dataset;
#[cfg(feature = "hub")]
mod show;

use std::path::{Path, PathBuf};

use bert_tasks::display::dashboard::Screen;
use bert_tasks::training::StopFlag;
use bert_tasks::{FolderError, Pretrained};
use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser};
pub use dataset::{FoundDataset, GlueDataset, VALIDATION, Wanted, find_dataset};

use crate::exit::complain;

/// A model as it is given: a folder, or a name on the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelName(PathBuf);

impl ModelName {
    /// How clap reads it.
    pub fn parser() -> impl TypedValueParser<Value = Self> {
        PathBufValueParser::new().map(Self)
    }

    /// As it was given.
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// Finds its files, which are fetched where they are not there.
    ///
    /// # Errors
    /// When it is a name that cannot be had.
    pub fn find(&self, flags: HubFlags, shown: Shown<'_>) -> Result<Pretrained, FolderError> {
        self.find_files(flags, shown, true)
    }

    /// The same without its weights.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn find_without_weights(
        &self,
        flags: HubFlags,
        shown: Shown<'_>,
    ) -> Result<Pretrained, FolderError> {
        self.find_files(flags, shown, false)
    }

    /// [`find`](Self::find), with what sentence-transformers has beside a model's own files.
    ///
    /// # Errors
    /// As `find`.
    #[cfg(feature = "hub")]
    pub fn find_embedder(
        &self,
        flags: HubFlags,
        shown: Shown<'_>,
    ) -> Result<Pretrained, FolderError> {
        Pretrained::find_embedder_at(&self.0, || connect(flags, shown))
    }

    /// A folder: a name says what to build.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    #[cfg(not(feature = "hub"))]
    pub fn find_embedder(
        &self,
        _flags: HubFlags,
        _shown: Shown<'_>,
    ) -> Result<Pretrained, FolderError> {
        Pretrained::find(&self.0)
    }

    #[cfg(feature = "hub")]
    fn find_files(
        &self,
        flags: HubFlags,
        shown: Shown<'_>,
        with_weights: bool,
    ) -> Result<Pretrained, FolderError> {
        Pretrained::find_at(&self.0, || connect(flags, shown), with_weights)
    }

    #[cfg(not(feature = "hub"))]
    fn find_files(
        &self,
        _flags: HubFlags,
        _shown: Shown<'_>,
        _with_weights: bool,
    ) -> Result<Pretrained, FolderError> {
        Pretrained::find(&self.0)
    }
}

impl From<PathBuf> for ModelName {
    fn from(folder: PathBuf) -> Self {
        Self(folder)
    }
}

/// What decides how the hub is asked.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct HubFlags {
    /// Do not ask the hub: models and data by name have to be in its cache, from an earlier run
    /// [default: what HF_HUB_OFFLINE says]
    #[arg(long)]
    pub offline: bool,
}

/// Where it is shown what is fetched.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// Of a program that trains, which can be stopped.
    On(&'a Screen, &'a StopFlag),
    /// On standard error.
    OnErrors,
}

/// What a program fetches with.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// How the hub is asked.
    pub flags: HubFlags,
    /// Where it is shown.
    pub shown: Shown<'a>,
}

impl Source<'_> {
    /// Says a line where it is shown.
    pub fn say(&self, line: &str) {
        match self.shown {
            Shown::On(screen, _) => screen.say(line),
            Shown::OnErrors => complain(line),
        }
    }
}

/// The hub that the environment and the flags say.
///
/// # Errors
/// When a variable of the environment has a value that cannot be meant.
#[cfg(feature = "hub")]
pub fn connect(flags: HubFlags, shown: Shown<'_>) -> Result<bert_hub::Hub, bert_hub::HubError> {
    let mut settings = bert_hub::HubSettings::from_env()?;
    settings.offline |= flags.offline;
    let hub = bert_hub::Hub::new(settings)?;
    let shower = show::Shower::new(shown);
    let hub = hub.with_observer(move |event| shower.show(event));
    Ok(match shown {
        Shown::On(_, stop) => {
            let stop = stop.clone();
            hub.with_stop(move || stop.requested().is_some())
        }
        Shown::OnErrors => hub,
    })
}
