//! What the example programs share.
//!
//! - [`backend`]: which backend a program runs on.
//! - [`flags`]: the flags of a training.
//! - [`logging`]: where the libraries' logs go.
//! - [`signals`]: how a run is ended from outside.
//! - [`sample`]: what runs when nothing is given.
//! - [`results`], [`table`]: what a run leaves and says at its end.
//! - [`exit`]: one message and an exit code.
//! - [`allocator`]: the memory allocator that they all have by linking this crate.

#![warn(missing_docs)]

pub mod allocator;
pub mod backend;
pub mod exit;
pub mod flags;
pub mod logging;
pub mod results;
pub mod sample;
pub mod signals;
pub mod table;
