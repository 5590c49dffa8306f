//! The flags of a run as a file: `run.toml`.
//!
//! - [`Record`]: what a run writes into its folder, so that
//!   `bert train --config OUT/run.toml` does it again.
//! - [`RunToml`]: such a file, or one that somebody has written, as a command line.
//!
//! A key is a flag's long name, with hyphens or underscores; `task` says what is trained.

mod read;
mod record;
mod value;

pub use read::{ConfigError, RunToml};
pub use record::{Record, is_foreign};

/// What a run calls it.
pub const RUN_TOML: &str = "run.toml";

/// What is of one call and not of the run: where it goes, where it begins, how it is shown. Not
/// kept; `task` and `config` are no flags of the run itself.
const OF_ONE_CALL: [&str; 8] = [
    "task",
    "config",
    "output-dir",
    "resume",
    "resume-from-checkpoint",
    "overwrite-output-dir",
    "eval-only",
    "dashboard",
];
