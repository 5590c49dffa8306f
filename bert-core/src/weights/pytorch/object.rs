//! What a pickle makes: values that refer to objects on a heap.
//!
//! Python's objects are shared and may contain themselves. Objects here lie in one vector and
//! refer to each other by index, so such a graph is neither copied nor followed when it is dropped.

use std::rc::Rc;

use super::super::StoredType;
use super::rebuild::Global;

/// Something on the pickle's stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Python's `None`.
    None,
    /// A truth value.
    Bool(bool),
    /// An integer of up to 8 bytes.
    Int(i64),
    /// What no state dict needs the content of: floats, bytes, sets.
    Inert,
    /// An object on the [`Heap`].
    Object(ObjectId),
}

/// Index of an object on the [`Heap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ObjectId(usize);

/// Something that has content.
#[derive(Debug)]
pub(super) enum Object {
    /// A string.
    Text(Rc<str>),
    /// An integer of more than 8 bytes, in little-endian two's complement.
    Long(Vec<u8>),
    /// A list.
    List(Vec<Value>),
    /// A tuple.
    Tuple(Vec<Value>),
    /// A dict in the order of insertion. As in Python the last of equal keys counts.
    Dict(Vec<(Value, Value)>),
    /// A class or function by name.
    Global(Global),
    /// What a persistent id of a storage stands for.
    Storage(StorageRecord),
    /// A tensor. Boxed because the other objects are small.
    Tensor(Box<TensorRecord>),
    /// An object of an unknown class: whatever is done to it is forgotten.
    Opaque {
        /// The class or function that would have made it.
        made_by: Rc<str>,
    },
}

/// How one element is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// What it is to the loader.
    pub(super) dtype: StoredType,
    /// Bytes per element, for integers too.
    pub(super) size: usize,
}

/// A storage as the pickle describes it. Nothing here has been checked against the file.
#[derive(Clone, Debug)]
pub(super) struct StorageRecord {
    /// The name that the container has it under.
    pub(super) key: Rc<str>,
    /// Its element type; untyped storages are of bytes.
    pub(super) element: Element,
    /// How many elements the whole storage has.
    pub(super) len: usize,
    /// Where the part begins that this record stands for, in elements. Only PyTorch before 0.4
    /// wrote storages that are a part of another; otherwise this is 0 ...
    pub(super) window_start: usize,
    /// ... and this is `len`.
    pub(super) window_len: usize,
}

/// A tensor as the pickle describes it. Nothing here has been checked against the file.
#[derive(Clone, Debug)]
pub(super) struct TensorRecord {
    /// Where its elements are.
    pub(super) storage: StorageRecord,
    /// Its element type.
    pub(super) element: Element,
    /// Index of its first element in the storage's window.
    pub(super) offset: usize,
    /// Sizes of the dimensions, outermost first.
    pub(super) shape: Vec<usize>,
    /// Elements between neighbours along each dimension.
    pub(super) stride: Vec<usize>,
}

/// All objects of a pickle.
#[derive(Debug, Default)]
pub(super) struct Heap(Vec<Object>);

impl Heap {
    /// Adds an object.
    pub(super) fn add(&mut self, object: Object) -> Value {
        self.0.push(object);
        Value::Object(ObjectId(self.0.len() - 1))
    }

    /// All of them, in the order in which they were made.
    pub(super) fn objects(&self) -> &[Object] {
        &self.0
    }

    /// The object that a value refers to, if it refers to one.
    pub(super) fn get(&self, value: Value) -> Option<&Object> {
        match value {
            Value::Object(ObjectId(index)) => self.0.get(index),
            _ => None,
        }
    }

    /// [`Self::get`] for changing it.
    pub(super) fn get_mut(&mut self, value: Value) -> Option<&mut Object> {
        match value {
            Value::Object(ObjectId(index)) => self.0.get_mut(index),
            _ => None,
        }
    }

    /// The text of a string.
    pub(super) fn text(&self, value: Value) -> Option<&Rc<str>> {
        match self.get(value) {
            Some(Object::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The items of a tuple or list.
    pub(super) fn items(&self, value: Value) -> Option<&[Value]> {
        match self.get(value) {
            Some(Object::Tuple(items) | Object::List(items)) => Some(items),
            _ => None,
        }
    }

    /// The entries of a dict.
    pub(super) fn dict(&self, value: Value) -> Option<&[(Value, Value)]> {
        match self.get(value) {
            Some(Object::Dict(entries)) => Some(entries),
            _ => None,
        }
    }

    /// What a dict has under a string.
    pub(super) fn lookup(&self, dict: Value, key: &str) -> Option<Value> {
        let is_key = |candidate| self.text(candidate).is_some_and(|text| **text == *key);
        self.dict(dict)?
            .iter()
            .rev()
            .find(|entry| is_key(entry.0))
            .map(|entry| entry.1)
    }
}
