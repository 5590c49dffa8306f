//! A run on a terminal: the dashboard, and lines where it cannot be.
//!
//! - [`Screen`]: the display of a program that trains: the dashboard, plain lines, JSON, or nothing.
//! - [`attach`]: the dashboard of runs of other processes.
//! - [`PlainLines`]: a line every few steps.
//!
//! The dashboard, from the runs to the terminal:
//!
//! - `run`: a run, followed from outside; `process`: its process; `series`: its curves; `eta`: when
//!   it will be over.
//! - `view`: what is looked at, and how; `keys`: the table of keys; `app`: what they do.
//! - `pages`: the pictures; `plot`: a curve; `theme`: colours.
//! - `viewer`: the loop; `terminal`: taking the terminal and giving it back.
//! - `screen`, `attach`: the two ways in.

mod app;
mod attach;
mod eta;
mod keys;
mod pages;
mod plain;
mod plot;
mod process;
mod run;
mod screen;
mod series;
mod terminal;
mod theme;
mod view;
mod viewer;

pub use attach::attach;
pub use plain::PlainLines;
pub use screen::Screen;
pub use terminal::{can_draw, give_back_terminal, refresh_terminal, without_terminal};

/// How a run is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Display {
    /// The dashboard where standard output is a terminal that can be drawn on and that this process
    /// has in the foreground, plain lines elsewhere.
    #[default]
    Auto,
    /// The dashboard.
    Dashboard,
    /// One line every few steps.
    Plain,
    /// Every event as a line of JSON, as in `events.jsonl`.
    Json,
    /// Nothing.
    None,
}
