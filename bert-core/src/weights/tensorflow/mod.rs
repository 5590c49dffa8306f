//! TensorFlow's checkpoints of format V2, as BERT was released in and as TensorFlow 1 and 2 write.
//!
//! # The format
//!
//! A checkpoint is several files with a common prefix, such as `bert_model.ckpt`:
//!
//! - `<prefix>.index` is a sorted string table as LevelDB has it. It has a protocol buffer for
//!   every variable: element type, shape, which data file, offset, size, checksum;
//! - `<prefix>.data-00000-of-00001` and so on hold the bytes of the variables;
//! - `checkpoint` beside them names the newest prefix. `<prefix>.meta`, a graph, is not needed.
//!
//! # The way of the data
//!
//! 1. [`find()`] picks the index of a model folder;
//! 2. `table` reads the index's keys and values, `bundle` understands the values;
//! 3. [`TensorflowCheckpoint`] holds them against the data files, which are memory-mapped;
//! 4. `names` and `object_graph` tell which parameter a variable of TensorFlow 1 or 2 is;
//! 5. [`TensorflowSource`] has the parameters in the names and layout of Hugging Face;
//! 6. [`write_tensorflow`] goes the whole way back, with the names of TensorFlow 1.
//!
//! # What a hostile file can do
//!
//! Be refused. Every number of the index is checked against the files before it is used, the work
//! and memory for the index are bounded by its size, and that of a variable by its data file.
//! Data files are mapped, so a variable that is not asked for costs nothing.

mod bundle;
mod checkpoint;
mod cursor;
mod find;
mod names;
mod object_graph;
mod source;
mod table;
mod table_builder;
mod write;

#[cfg(test)]
mod tests;

pub(super) use find::RELEASED;

pub use checkpoint::TensorflowCheckpoint;
pub use find::find;
pub use source::TensorflowSource;
pub use write::{write_tensorflow, write_tensorflow_tensors};
