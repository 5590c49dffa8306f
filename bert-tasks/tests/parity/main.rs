//! The heads against Hugging Face transformers, on every backend compiled in.

mod choice;
#[path = "../../../bert-core/tests/common/mod.rs"]
mod common;
mod parameters;
mod pretraining;
mod sequence;
mod span;
mod token;
