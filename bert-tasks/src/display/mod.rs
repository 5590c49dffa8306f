//! What people see of a run. Everything comes from its [events](crate::events), so that a run looks
//! the same in its own process, attached from another terminal, and after its end.
//!
//! - [`dashboard`]: on a terminal, while it goes on.
//! - [`report`]: on one page, for a browser.
//! - [`tensorboard`]: its numbers, for TensorBoard.
//! - `marks`: what is marked in a text.
//! - `format`: numbers and times as all of them show them.

pub mod dashboard;
mod format;
mod marks;
pub mod report;
mod telling;
pub mod tensorboard;

pub use format::clock;
