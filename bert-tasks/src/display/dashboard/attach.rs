//! Looking at runs from another process, while they go on or after their end.

use std::io;
use std::path::{Path, PathBuf};

use super::app::{App, Role};
use super::run::{Follower, Run};
use super::terminal;
use super::theme::Theme;
use super::viewer::{self, Source};

/// Shows the runs in these output folders until the viewer is left: their curves in the same
/// plots, as they grow. A folder without events is waited for.
///
/// # Errors
/// When there is no terminal.
pub fn attach(output_dirs: &[PathBuf]) -> io::Result<()> {
    let mut picture = terminal::take(None)?;
    let (runs, mut source) = follow(output_dirs);
    let mut app = App::new(runs, Role::Attached, Theme::from_environment());
    viewer::view(&mut app, &mut source, &mut picture).map(drop)
}

fn follow(output_dirs: &[PathBuf]) -> (Vec<Run>, Attached) {
    let paths = || output_dirs.iter().map(PathBuf::as_path);
    let runs = paths().map(Run::new).collect();
    let followers = paths().map(|path: &Path| Follower::new(path)).collect();
    (runs, Attached(followers))
}

struct Attached(Vec<Follower>);

impl Source for Attached {
    fn update(&mut self, runs: &mut Vec<Run>) -> bool {
        let mut is_new = false;
        for (follower, run) in self.0.iter_mut().zip(runs) {
            is_new |= follower.follow(run);
        }
        is_new
    }
}
