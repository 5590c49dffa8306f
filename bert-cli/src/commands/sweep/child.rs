//! A run as a process of its own: what it says is said with its name in front.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use bert_tasks::training::{StopFlag, StopReason};

/// Between two looks at a run.
const INTERVAL: Duration = Duration::from_millis(20);

/// How the process of a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// As one that has done all it could.
    Success,
    /// As one that a signal has stopped.
    Stopped(StopReason),
    /// Otherwise, in words.
    Failure(String),
}

/// Runs this program with other words until it ends. A signal from a terminal reaches both; one to
/// this process alone, as `stop` says, is handed on.
///
/// # Errors
/// When there is no other process to be had.
pub fn run(name: &str, words: &[OsString], stop: &StopFlag) -> io::Result<Exit> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let status = std::thread::scope(|scope| {
        if let Some(out) = out {
            scope.spawn(move || forward(name, out, io::stdout()));
        }
        if let Some(err) = err {
            scope.spawn(move || forward(name, err, io::stderr()));
        }
        wait(&mut child, stop)
    })?;
    Ok(exit(status))
}

fn wait(child: &mut Child, stop: &StopFlag) -> io::Result<ExitStatus> {
    let mut is_told = false;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if !is_told && stop.requested() == Some(StopReason::Terminate) {
            is_told = true;
            terminate(child);
        }
        std::thread::sleep(INTERVAL);
    }
}

#[cfg(unix)]
fn terminate(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process};
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended by itself.
        let _ = kill_process(pid, Signal::TERM);
    }
}

/// Elsewhere the system ends both.
#[cfg(not(unix))]
fn terminate(_child: &Child) {}

fn exit(status: ExitStatus) -> Exit {
    match status.code() {
        Some(0) => Exit::Success,
        Some(130) => Exit::Stopped(StopReason::Interrupt),
        Some(143) => Exit::Stopped(StopReason::Terminate),
        Some(129) => Exit::Stopped(StopReason::Hangup),
        Some(code) => Exit::Failure(format!("exit code {code}")),
        None => Exit::Failure(status.to_string()),
    }
}

/// Line by line, so that two streams do not mix.
fn forward(name: &str, from: impl Read, mut to: impl Write) {
    let mut lines = BufReader::new(from);
    let mut line = Vec::new();
    while let Ok(1..) = lines.read_until(b'\n', &mut line) {
        let text = String::from_utf8_lossy(&line);
        // Nobody may be there to read it; the run is not to wait for a full pipe.
        let _ = writeln!(to, "[{name}] {}", text.trim_end());
        line.clear();
    }
}
