//! Where the named tensors are among the objects of a pickle.

use std::collections::BTreeMap;

use super::object::{Heap, Object, TensorRecord, Value};
use super::pickle::Pickle;

/// Keys under which training scripts put the state dict beside the optimizer's.
const WRAPPERS: [&str; 3] = ["state_dict", "model_state_dict", "model"];

/// The longest name of a tensor. Many entries can share one string, so comparing must be cheap.
const MAX_NAME_BYTES: usize = 1024;

/// Why no state dict was found in a pickle.
#[derive(Debug, thiserror::Error)]
pub(super) enum StateDictError {
    #[error(
        "it holds a whole object of `{0}`, not a state dict; save `model.state_dict()` instead"
    )]
    WholeObject(String),
    #[error("it does not hold a dict")]
    NoDict,
    #[error(
        "its dict holds no tensors, neither itself nor under state_dict, model_state_dict or model"
    )]
    NoTensors,
    #[error("a tensor's key is not a string of at most {MAX_NAME_BYTES} bytes")]
    Key,
    #[error("tensor `{name}` is made by `{made_by}`, which is not supported")]
    UnknownTensor { name: String, made_by: String },
}

/// The tensors of a state dict by name. Of entries with the same name the last counts, as it does
/// in Python.
pub(super) fn tensors(pickle: &Pickle) -> Result<BTreeMap<&str, &TensorRecord>, StateDictError> {
    let heap = &pickle.heap;
    let top = match heap.get(pickle.root) {
        Some(Object::Dict(entries)) => entries,
        Some(Object::Opaque { made_by }) => {
            return Err(StateDictError::WholeObject(made_by.to_string()));
        }
        _ => return Err(StateDictError::NoDict),
    };
    // The wrapper goes first: beside it there may be tensors that are no weights, such as a loss.
    for wrapper in WRAPPERS {
        let Some(inner) = heap
            .lookup(pickle.root, wrapper)
            .and_then(|value| heap.dict(value))
        else {
            continue;
        };
        let tensors = named_tensors(heap, inner)?;
        if !tensors.is_empty() {
            return Ok(tensors);
        }
    }
    let tensors = named_tensors(heap, top)?;
    // A model without parameters has an empty state dict. That is for the loader to judge.
    if tensors.is_empty() && !top.is_empty() {
        return Err(StateDictError::NoTensors);
    }
    Ok(tensors)
}

fn named_tensors<'a>(
    heap: &'a Heap,
    entries: &[(Value, Value)],
) -> Result<BTreeMap<&'a str, &'a TensorRecord>, StateDictError> {
    let mut tensors = BTreeMap::new();
    for &(key, value) in entries {
        let name = heap.text(key).filter(|name| name.len() <= MAX_NAME_BYTES);
        match heap.get(value) {
            Some(Object::Tensor(record)) => {
                tensors.insert(&**name.ok_or(StateDictError::Key)?, &**record);
            }
            // Left out, such a tensor would be reported as missing, which would be misleading.
            Some(Object::Opaque { made_by }) if rebuilds_tensor(made_by) => {
                return Err(StateDictError::UnknownTensor {
                    name: name.map_or_else(String::new, |name| name.to_string()),
                    made_by: made_by.to_string(),
                });
            }
            _ => {}
        }
    }
    Ok(tensors)
}

/// Quantized and sparse tensors, subclasses and the like.
fn rebuilds_tensor(made_by: &str) -> bool {
    [
        "torch._utils._rebuild",
        "torch._tensor._rebuild",
        "torch.nn.parameter.",
    ]
    .iter()
    .any(|start| made_by.starts_with(start))
}
