//! The program `bert` as a user runs it.

#[path = "../common/mod.rs"]
mod common;

mod backend_choice;
mod bert_nano;
mod card;
mod choice;
mod convert;
mod embed;
mod examples;
mod flags;
mod folds;
#[cfg(not(feature = "mpi"))]
mod group;
mod help;
#[cfg(feature = "hub")]
mod hub;
mod mrpc;
mod ner;
mod output_folder;
mod prediction;
mod pretraining;
mod run_toml;
mod squad;
mod sweep;
mod tables;
