//! The terminal as Unix has it: descriptors, and jobs of a shell.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, dup};
use rustix::process::{Signal, getpgrp, kill_current_process_group};
use rustix::stdio::{dup2_stderr, dup2_stdout, stderr, stdout};
use rustix::termios::tcgetpgrp;

pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Standard output as it was, which is the terminal.
pub(super) fn terminal() -> io::Result<File> {
    Ok(File::from(dup(stdout())?))
}

/// Whether the terminal's keys go to this process's job, or there are no jobs on it.
pub(super) fn is_in_foreground(terminal: &File) -> bool {
    tcgetpgrp(terminal).map_or(true, |group| group == getpgrp())
}

/// What the terminal does to the job in its foreground at Ctrl-Z.
pub(super) fn stop_job() {
    let _ = kill_current_process_group(Signal::TSTP);
}

pub(super) fn wait(timeout: Duration) -> io::Result<()> {
    let standard_input = io::stdin();
    // As crossterm has it.
    match standard_input.is_terminal() {
        true => wait_for(standard_input, timeout),
        false => wait_for(File::open("/dev/tty")?, timeout),
    }
}

fn wait_for(terminal: impl AsFd, timeout: Duration) -> io::Result<()> {
    let mut watched = [PollFd::new(&terminal, PollFlags::IN)];
    let timeout = Timespec {
        tv_sec: timeout.as_secs() as i64,
        tv_nsec: timeout.subsec_nanos().into(),
    };
    match poll(&mut watched, Some(&timeout)) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    match watched[0]
        .revents()
        .intersects(PollFlags::HUP | PollFlags::ERR)
    {
        true => Err(io::Error::other("the terminal is gone")),
        false => Ok(()),
    }
}

/// The streams that went to the terminal, as they were.
pub(super) struct Redirected {
    out: Option<OwnedFd>,
    err: Option<OwnedFd>,
}

impl Redirected {
    pub(super) fn to(log: &File) -> io::Result<Self> {
        let mut this = Self {
            out: None,
            err: None,
        };
        // Both or none: an error is to be seen.
        this.redirect(log).inspect_err(|_| this.undo())?;
        Ok(this)
    }

    fn redirect(&mut self, log: &File) -> io::Result<()> {
        if io::stderr().is_terminal() {
            self.err = Some(dup(stderr())?);
            dup2_stderr(log)?;
        }
        if io::stdout().is_terminal() {
            self.out = Some(dup(stdout())?);
            dup2_stdout(log)?;
        }
        Ok(())
    }

    pub(super) fn undo(&self) {
        if let Some(out) = &self.out {
            let _ = dup2_stdout(out);
        }
        if let Some(err) = &self.err {
            let _ = dup2_stderr(err);
        }
    }
}
