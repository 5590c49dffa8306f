//! The program `bert`.

use std::process::ExitCode;

use bert_cli::commands::backends::backends;

fn main() -> ExitCode {
    backends()
}
