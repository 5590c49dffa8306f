//! Elsewhere the streams stay where they are, and what is printed may disturb the picture.

use std::fs::{File, OpenOptions};
use std::io;
use std::time::Duration;

/// The console is there also where standard output goes elsewhere.
pub(super) fn is_terminal() -> bool {
    true
}

pub(super) fn is_in_foreground(_terminal: &File) -> bool {
    true
}

pub(super) fn stop_job() {}

pub(super) fn terminal() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open("CONOUT$")
}

pub(super) fn wait(timeout: Duration) -> io::Result<()> {
    ratatui::crossterm::event::poll(timeout).map(drop)
}

pub(super) struct Redirected;

impl Redirected {
    pub(super) fn to(_log: &File) -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn undo(&self) {}
}
