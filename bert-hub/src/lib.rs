//! Models and data by name: the Hugging Face Hub, and the cache on disk that it shares with
//! Python's `huggingface_hub`.
//!
//! ```no_run
//! use bert_hub::{Hub, HubSettings, Repo, fetch_model};
//!
//! let hub = Hub::new(HubSettings::from_env()?)?;
//! let model = fetch_model(&hub, &Repo::model("google-bert/bert-base-uncased")?)?;
//! println!("{} is in {}", model.origin(), model.folder.display());
//! # Ok::<(), bert_hub::HubError>(())
//! ```
//!
//! - [`Repo`]: a name, as people type it. [`HubSettings`]: what the environment says.
//! - [`Hub`] and [`Snapshot`]: files of one commit, from the cache or the hub.
//! - [`fetch_model`]: the files of a model that are needed, no others. [`fetch_dataset`]: the
//!   Parquet files of a data set, by split. [`DatasetCard`]: what its README.md says of itself.
//! - [`HubEvent`]: how a download goes, for whoever shows it.
//!
//! A token is shown by nothing here. `ureq_proto`, below, logs every byte that is sent at the level
//! `trace`: a program that has a token keeps that off.
//!
//! The rules are those of `huggingface_hub` 2.4 (`file_download.py`); what differs is in
//! docs/decisions/0022.

mod cache;
mod card;
mod checksum;
mod client;
mod dataset;
mod download;
mod error;
mod event;
mod hub;
mod kind;
mod listing;
mod metadata;
mod model;
mod proxies;
mod repo;
mod settings;
mod snapshot;
#[cfg(any(test, feature = "test-server"))]
pub mod test_server;
mod token;

pub use card::{DatasetCard, DatasetConfig, LabelFeature};
pub use dataset::{DatasetName, FetchedDataset, fetch_dataset};
pub use error::HubError;
pub use event::HubEvent;
pub use hub::Hub;
pub use kind::RepoKind;
pub use model::{FetchedModel, fetch_embedder, fetch_model, fetch_model_without_weights};
pub use proxies::Proxies;
pub use repo::Repo;
pub use settings::HubSettings;
pub use snapshot::Snapshot;
pub use token::Token;
