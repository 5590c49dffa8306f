//! The program `bert`, and what the example programs call: fine-tuning, pretraining, prediction.
//!
//! - [`cli`]: the command line of `bert`.
//! - [`commands`]: what can be done, a file each.
//! - [`start`]: the beginning of every program that trains.
//! - [`runs`]: scoring a model, or training one with every seed.
//! - [`html`], [`data_page`]: pages. [`hub`]: models and data by name.
//! - [`labelled`]: a data set of tables, read.
//! - [`folds`]: its rows in folds.
//! - `texts`: what the programs share that label texts.
//! - [`flags`]: its flags.
//! - [`backend`]: which backend it runs on.
//! - [`lines`]: what standard input has. [`labelled_tables`]: a table with what a model says of it.
//! - [`logging`]: where the libraries' logs go.
//! - [`signals`]: how a run is ended from outside.
//! - [`progress`]: how far it is before the training begins.
//! - [`sample`]: what runs when nothing is given.
//! - [`results`], [`table`]: what a run leaves and says at its end.
//! - [`run_toml`]: its flags as a file.
//! - [`output`]: which folder that is.
//! - [`option_names`]: what the libraries call their options, as flags.
//! - [`exit`]: one message and an exit code.
//! - [`allocator`]: the memory allocator that they all have by linking this crate.

#![warn(missing_docs)]

#[allow(unsafe_code)]
pub mod allocator;
pub mod backend;
pub mod cli;
pub mod commands;
pub mod data_page;
pub mod exit;
pub mod flags;
pub mod folds;
pub mod group;
pub mod html;
pub mod hub;
pub mod labelled;
pub mod labelled_tables;
pub mod lines;
pub mod logging;
pub mod option_names;
pub mod output;
pub mod progress;
pub mod results;
pub mod run_toml;
pub mod runs;
pub mod sample;
pub mod signals;
pub mod start;
pub mod table;
mod texts;
