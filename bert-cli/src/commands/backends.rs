//! Which backends this program has, and which find their device on this machine.

use std::process::ExitCode;

use crate::backend::{BackendError, BackendName, choose, compiled_in, find_device};
use crate::exit::{ProgramError, exit_code, say};

/// Prints them as a table.
pub fn backends() -> ExitCode {
    exit_code(start().map(|()| None))
}

fn start() -> Result<(), ProgramError> {
    say(&format!(
        "{:<8}  {:<18}  {:<11}  device\n",
        "backend", "cargo feature", "compiled in"
    ))?;
    for name in BackendName::STRONGEST_FIRST {
        let (there, device) = match find_device(name) {
            Ok(info) => ("yes", info.device),
            Err(BackendError::NoDevice { missing, .. }) => ("yes", format!("none: {missing}")),
            Err(_) => ("no", String::from("-")),
        };
        say(&format!(
            "{name:<8}  --features {name:<7}  {there:<11}  {device}\n"
        ))?;
    }
    match choose(None, &compiled_in()) {
        Ok(name) => say(&format!("\nwithout --backend, an example runs on {name}\n")),
        Err(_) => Ok(()),
    }
}
