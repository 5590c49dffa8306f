//! The calls of a pickle that mean something here, and the only ones.
//!
//! A pickle names classes and functions and calls them. Those that a state dict needs are listed
//! in [`Global`] and done by [`call`]; every other call makes an [`Object::Opaque`].

use std::rc::Rc;

use super::super::StoredType;
use super::object::{Element, Heap, Object, StorageRecord, TensorRecord, Value};

/// More dimensions than weights have. A shape is copied per tensor, so a hostile pickle must not
/// have a long one that many tensors share.
const MAX_DIMS: usize = 16;

/// PyTorch has two flags, `conj` and `neg`. Like shapes, they are looked at per tensor.
const MAX_FLAGS: usize = 8;

/// Storage keys are numbers or addresses in decimal.
const MAX_KEY_BYTES: usize = 64;

/// A class or function that a pickle names.
#[derive(Clone, Debug)]
pub(super) enum Global {
    /// `collections.OrderedDict`, the class of a state dict.
    OrderedDict,
    /// `torch._utils._rebuild_tensor` and `_v2`, which add arguments at the end.
    RebuildTensor,
    /// `torch._utils._rebuild_tensor_v3`: an untyped storage, with the element type as argument.
    RebuildTensorV3,
    /// `torch._utils._rebuild_parameter` and `_with_state`: a tensor that is trained.
    RebuildParameter,
    /// A storage class such as `torch.FloatStorage`.
    Storage(Element),
    /// An element type such as `torch.uint16`.
    Dtype(Element),
    /// Anything else, by its name with the module.
    Unknown(Rc<str>),
}

/// Why a call or a persistent id cannot be honoured.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum RebuildError {
    #[error("a call of something that is no function")]
    NotCallable,
    #[error("a {what} is rebuilt without a valid {argument}")]
    Argument {
        what: &'static str,
        argument: &'static str,
    },
    #[error("a tensor is stored as the negative or conjugate of its storage")]
    LazyMath,
    #[error("a storage is of the unknown class {0}")]
    StorageClass(String),
}

impl Global {
    /// The meaning of a name.
    pub(super) fn named(module: &str, name: &str) -> Self {
        match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Self::RebuildTensor,
            ("torch._utils", "_rebuild_tensor_v3") => Self::RebuildTensorV3,
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
                Self::RebuildParameter
            }
            ("torch.storage", "UntypedStorage") => Self::Storage(other(1)),
            ("torch", _) => match (storage_class(name), dtype(name)) {
                (Some(element), _) => Self::Storage(element),
                (None, Some(element)) => Self::Dtype(element),
                (None, None) => Self::Unknown(format!("{module}.{name}").into()),
            },
            _ => Self::Unknown(format!("{module}.{name}").into()),
        }
    }
}

const fn float(dtype: StoredType, size: usize) -> Element {
    Element { dtype, size }
}

const fn other(size: usize) -> Element {
    Element {
        dtype: StoredType::Other,
        size,
    }
}

fn storage_class(name: &str) -> Option<Element> {
    Some(match name {
        "DoubleStorage" => float(StoredType::F64, 8),
        "FloatStorage" => float(StoredType::F32, 4),
        "HalfStorage" => float(StoredType::F16, 2),
        "BFloat16Storage" => float(StoredType::BF16, 2),
        "ComplexDoubleStorage" => other(16),
        "LongStorage" | "ComplexFloatStorage" => other(8),
        "IntStorage" | "QInt32Storage" => other(4),
        "ShortStorage" => other(2),
        "ByteStorage" | "CharStorage" | "BoolStorage" | "QInt8Storage" | "QUInt8Storage"
        | "QUInt4x2Storage" | "QUInt2x4Storage" | "UntypedStorage" => other(1),
        _ => return None,
    })
}

/// The element types that have no storage class of their own, so come with `_rebuild_tensor_v3`,
/// and the floats in case they ever do.
fn dtype(name: &str) -> Option<Element> {
    Some(match name {
        "float64" => float(StoredType::F64, 8),
        "float32" => float(StoredType::F32, 4),
        "float16" => float(StoredType::F16, 2),
        "bfloat16" => float(StoredType::BF16, 2),
        "uint64" => other(8),
        "uint32" => other(4),
        "uint16" => other(2),
        "float8_e4m3fn" | "float8_e4m3fnuz" | "float8_e5m2" | "float8_e5m2fnuz"
        | "float8_e8m0fnu" => other(1),
        _ => return None,
    })
}

/// Calls `callable` with the tuple `arguments`: Python's `callable(*arguments)`.
pub(super) fn call(
    heap: &mut Heap,
    callable: Value,
    arguments: Value,
) -> Result<Value, RebuildError> {
    let global = match heap.get(callable) {
        Some(Object::Global(global)) => global.clone(),
        // A method or part of an unknown object is as unknown.
        Some(Object::Opaque { made_by }) => Global::Unknown(Rc::clone(made_by)),
        _ => return Err(RebuildError::NotCallable),
    };
    let arguments = heap.items(arguments).ok_or(RebuildError::NotCallable)?;
    let object = match global {
        Global::OrderedDict => Object::Dict(ordered_dict(heap, arguments)?),
        Global::RebuildTensor => Object::Tensor(Box::new(tensor(heap, arguments, false)?)),
        Global::RebuildTensorV3 => Object::Tensor(Box::new(tensor(heap, arguments, true)?)),
        Global::RebuildParameter => {
            let data = arguments.first().copied().unwrap_or(Value::None);
            return match heap.get(data) {
                Some(Object::Tensor(_) | Object::Opaque { .. }) => Ok(data),
                _ => Err(RebuildError::Argument {
                    what: "parameter",
                    argument: "tensor",
                }),
            };
        }
        Global::Unknown(made_by) => Object::Opaque { made_by },
        Global::Storage(_) => Object::Opaque {
            made_by: "torch storage".into(),
        },
        Global::Dtype(_) => return Err(RebuildError::NotCallable),
    };
    Ok(heap.add(object))
}

/// `OrderedDict()`, or `OrderedDict([[key, value], ...])` as Python 2 pickles it.
fn ordered_dict(heap: &Heap, arguments: &[Value]) -> Result<Vec<(Value, Value)>, RebuildError> {
    let wrong = RebuildError::Argument {
        what: "dict",
        argument: "list of pairs",
    };
    let Some(&pairs) = arguments.first() else {
        return Ok(Vec::new());
    };
    let pair = |&pair: &Value| match heap.items(pair) {
        Some(&[key, value]) => Some((key, value)),
        _ => None,
    };
    heap.items(pairs)
        .and_then(|pairs| pairs.iter().map(pair).collect())
        .ok_or(wrong)
}

/// `_rebuild_tensor*(storage, offset, size, stride, requires_grad, hooks, ...)`, the rest being
/// `metadata`, or for version 3 `dtype, metadata`.
fn tensor(
    heap: &Heap,
    arguments: &[Value],
    with_dtype: bool,
) -> Result<TensorRecord, RebuildError> {
    let wrong = |argument| RebuildError::Argument {
        what: "tensor",
        argument,
    };
    let &[storage, offset, shape, stride, ref rest @ ..] = arguments else {
        return Err(wrong("number of arguments"));
    };
    let Some(Object::Storage(storage)) = heap.get(storage) else {
        return Err(wrong("storage"));
    };
    let element = match (with_dtype, rest.get(2).and_then(|&value| heap.get(value))) {
        (true, Some(&Object::Global(Global::Dtype(element)))) => element,
        (true, _) => return Err(wrong("element type")),
        (false, _) => storage.element,
    };
    let metadata = rest.get(if with_dtype { 3 } else { 2 });
    let flags = metadata
        .and_then(|&value| heap.dict(value))
        .unwrap_or_default();
    if flags.len() > MAX_FLAGS {
        return Err(wrong("metadata"));
    }
    if flags.iter().any(|&(_, set)| set == Value::Bool(true)) {
        return Err(RebuildError::LazyMath);
    }
    let shape = sizes(heap, shape).ok_or(wrong("shape"))?;
    let stride = sizes(heap, stride).ok_or(wrong("stride"))?;
    if shape.len() != stride.len() {
        return Err(wrong("stride"));
    }
    let offset = size(offset).ok_or(wrong("offset"))?;
    Ok(TensorRecord {
        storage: storage.clone(),
        element,
        offset,
        shape,
        stride,
    })
}

/// What the persistent id `("storage", class, key, location, length[, view])` stands for. PyTorch
/// uses persistent ids for what lies outside the pickle: storages, and sources of modules.
pub(super) fn persistent(heap: &mut Heap, id: Value) -> Result<Value, RebuildError> {
    let wrong = |argument| RebuildError::Argument {
        what: "storage",
        argument,
    };
    let id = heap.items(id).ok_or(wrong("id"))?;
    let kind = id
        .first()
        .and_then(|&kind| heap.text(kind))
        .ok_or(wrong("id"))?;
    if **kind == *"module" {
        return Ok(heap.add(Object::Opaque {
            made_by: "torch.nn.Module".into(),
        }));
    }
    let &[_, class, key, _location, len, ref view @ ..] = id else {
        return Err(wrong("id"));
    };
    if **kind != *"storage" {
        return Err(wrong("id"));
    }
    let element = match heap.get(class) {
        Some(Object::Global(Global::Storage(element))) => *element,
        Some(Object::Global(Global::Unknown(name))) => {
            return Err(RebuildError::StorageClass(name.to_string()));
        }
        _ => return Err(wrong("class")),
    };
    let key = heap
        .text(key)
        .filter(|key| key.len() <= MAX_KEY_BYTES)
        .ok_or(wrong("key"))?;
    let len = size(len).ok_or(wrong("length"))?;
    let (window_start, window_len) = match view.first() {
        None | Some(Value::None) => (0, len),
        Some(&view) => window(heap, view, len).ok_or(wrong("view"))?,
    };
    let key = Rc::clone(key);
    Ok(heap.add(Object::Storage(StorageRecord {
        key,
        element,
        len,
        window_start,
        window_len,
    })))
}

/// Start and length of the view `(key, start, length)` into a storage of `len` elements.
fn window(heap: &Heap, view: Value, len: usize) -> Option<(usize, usize)> {
    let &[_key, start, window_len] = heap.items(view)? else {
        return None;
    };
    let (start, window_len) = (size(start)?, size(window_len)?);
    (start.checked_add(window_len)? <= len).then_some((start, window_len))
}

fn sizes(heap: &Heap, tuple: Value) -> Option<Vec<usize>> {
    let items = heap.items(tuple).filter(|items| items.len() <= MAX_DIMS)?;
    items.iter().map(|&item| size(item)).collect()
}

fn size(value: Value) -> Option<usize> {
    match value {
        Value::Int(number) => usize::try_from(number).ok(),
        _ => None,
    }
}
