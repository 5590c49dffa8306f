//! Which backends this program has, and which find their device on this machine.
//!
//! ```sh
//! cargo run --release --example backends
//! cargo run --release --example backends --features wgpu,cuda
//! ```

use std::process::ExitCode;

use bert_cli::commands::backends::backends;

fn main() -> ExitCode {
    backends()
}
