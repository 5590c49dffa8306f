//! What can be done, a file each: its flags, and what it does with them.
//!
//! - [`check_data`]: data, before a training.
//! - [`train_classifier`], [`glue`], [`mrpc`], [`ner`], [`nsp`], [`squad`], [`choice`],
//!   [`pretrain`]: train a model for a task, or score one.
//! - [`sweep`]: train many, in processes of the program `bert`.
//! - [`classify`], [`tag`], [`answer`], [`choose`], [`fill_mask`]: use one.
//! - [`embed`]: a vector for each text, and the texts that are near one.
//! - [`convert`]: its files as others have them.
//! - [`watch`]: runs, while they go on and later.
//! - [`backends`]: what there is to run on.

pub mod answer;
pub mod backends;
pub mod check_data;
pub mod choice;
pub mod choose;
pub mod classify;
pub mod convert;
pub mod embed;
pub mod fill_mask;
pub mod glue;
pub mod mrpc;
pub mod ner;
pub mod nsp;
pub mod pretrain;
pub mod squad;
pub mod sweep;
pub mod tag;
pub mod train_classifier;
pub mod watch;
