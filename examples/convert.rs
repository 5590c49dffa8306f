//! Converts a model folder between Hugging Face's files and TensorFlow's, and to ONNX.
//!
//! ```sh
//! cargo run --release --example convert -- --from uncased_L-12_H-768_A-12 --to bert-base-uncased
//! cargo run --release --example convert -- --from out --to out-tf --format tensorflow
//! cargo run --release --example convert -- --from out --to out-onnx --format onnx
//! ```

use std::process::ExitCode;

use bert_cli::commands::convert::Convert;
use bert_cli::start::run_model_program;
use clap::Parser;

fn main() -> ExitCode {
    run_model_program(Convert::parse())
}
