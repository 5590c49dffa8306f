//! What the libraries have to say: the library of this project, Burn, and what they stand on.

use tracing_log::LogTracer;
use tracing_log::log::LevelFilter;
use tracing_subscriber::EnvFilter;

/// Writes it to standard error from now on: warnings, or what `RUST_LOG` asks for. On the dashboard
/// that is its log.
pub fn to_standard_error() {
    let filter = EnvFilter::builder()
        .with_default_directive(tracing_subscriber::filter::LevelFilter::WARN.into())
        .from_env_lossy();
    // At `trace` it shows every byte that is sent, and a token is among them.
    let _ = LogTracer::builder()
        .with_max_level(LevelFilter::Trace)
        .ignore_crate("ureq")
        .init();
    // Where a program has set up its own before, that one stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        // What cannot be written is dropped; to say so there as well would panic.
        .log_internal_errors(false)
        .try_init();
}
