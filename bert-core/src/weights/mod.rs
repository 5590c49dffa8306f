//! From a model folder into the model and back.
//!
//! - [`source`](TensorSource): a weights file as named tensors; `safetensors`, [`pytorch`] and
//!   [`tensorflow`] read the formats, `shards` makes one source of several files.
//! - `names`: how a parameter is called on disk, in one table.
//! - [`load`](load_folder): every parameter gets its tensor, or the report says why not.
//! - [`save`](write_safetensors): what `transformers` opens; [`tensorflow`] writes its own format.

mod error;
mod load;
mod map;
mod names;
pub mod pytorch;
mod report;
mod safetensors;
mod save;
mod shards;
mod source;
pub mod tensorflow;
mod wrapped;

pub use error::WeightsError;
pub use load::{LoadPolicy, load, load_folder};
pub use names::{Layout, parameter_layout};
pub use report::{LoadReport, WrongShape};
pub use safetensors::SafetensorsSource;
pub use save::{NamedTensor, parameter_names, write_safetensors, write_tensors, write_tensors_as};
pub use shards::{ShardedSource, open};
pub use source::{StoredType, TensorInfo, TensorSource, WEIGHTS_FILES, find_weights};
