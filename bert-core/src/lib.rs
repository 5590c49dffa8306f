//! BERT and its weights, generic over the Burn backend.
//!
//! The way of the data is the way of the modules:
//!
//! 1. [`config`]: one struct for Google's `bert_config.json` and Hugging Face's `config.json`.
//! 2. [`model`]: token ids -> embeddings -> encoder layers -> pooler.
//! 3. [`backend`]: the operations that the model is made of, and each backend's way of doing them.
//! 4. [`weights`]: from a model folder into the model and back, with a strict report.
//!
//! [`onnx`] writes the model as a graph for ONNX Runtime. [`files`] replaces files as a whole;
//! [`foreign`] tells what a file is that is not what its name says; [`json`] says where a fault of a
//! JSON file is.
//!
//! This crate knows nothing of text, tasks or training.
//!
//! ```no_run
//! use bert_core::{config::BertConfig, model::BertModel, weights::{LoadPolicy, load_folder}};
//! use burn::backend::Flex;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = std::path::Path::new("bert-base-uncased");
//! let config = BertConfig::from_folder(folder)?;
//! let model = BertModel::<Flex>::new(&config, 42, &Default::default())?;
//! let (model, report) = load_folder(model, folder, &LoadPolicy::strict())?;
//! println!("{report}");
//! # Ok(()) }
//! ```

#![warn(missing_docs)]

pub mod backend;
pub mod config;
pub mod files;
pub mod foreign;
pub mod json;
pub mod model;
pub mod onnx;
pub mod weights;

pub use json::JsonFault;
