//! The pickle machine: a stack, a memo and the instructions that PyTorch writes.
//!
//! Protocol 2 is what `torch.save` asks for, 3 to 5 can be had by an argument. The instructions
//! are those that Python's own pickler writes in these protocols; the textual ones of protocols 0
//! and 1 and the extension registry are refused.
//!
//! The machine is a loop over bytes without recursion. Every instruction adds at most one object
//! whose size its own bytes pay for, except where noted, so [`MAX_STEPS`] and [`MAX_BYTES`] bound
//! its memory to a few hundred megabytes whatever the bytes are.

use std::collections::HashMap;

use super::cursor::{self, Cursor};
use super::object::{Heap, Object, Value};
use super::rebuild::{self, Global, RebuildError};

/// The longest pickle that is read. That of BERT has some 40 KB.
pub(super) const MAX_BYTES: usize = 16 << 20;

/// The most instructions that are followed. A tensor takes about 25.
const MAX_STEPS: usize = 1 << 20;

/// The longest name of a class or function, with its module.
const MAX_NAME_BYTES: usize = 512;

/// A pickle that was run to its end.
#[derive(Debug)]
pub(super) struct Pickle {
    /// Every object it made.
    pub(super) heap: Heap,
    /// What it stands for.
    pub(super) root: Value,
    /// How many bytes it took.
    pub(super) len: usize,
}

/// Why a pickle was refused, and where.
#[derive(Debug, thiserror::Error)]
#[error("its pickle fails at byte {at}: {fault}")]
pub(super) struct PickleError {
    /// Position of the instruction.
    pub(super) at: usize,
    /// What is wrong with it.
    pub(super) fault: Fault,
}

/// What is wrong with an instruction.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Fault {
    #[error("the data ends in the middle")]
    CutShort,
    #[error("it is longer than the {MAX_BYTES} bytes and {MAX_STEPS} instructions allowed")]
    TooLong,
    #[error("it has no protocol from 2 to 5")]
    Protocol,
    #[error("{0:#04x} is no instruction that torch.save writes")]
    Unknown(u8),
    #[error("an instruction has nothing to work on")]
    StackEmpty,
    #[error("memo {0} was never set")]
    NoMemo(u32),
    #[error("{0} expected")]
    Expected(&'static str),
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
}

/// Runs the pickle that `bytes` begins with. Bytes after its end are left alone.
pub(super) fn run(bytes: &[u8]) -> Result<Pickle, PickleError> {
    let mut machine = Machine {
        cursor: Cursor::new(bytes),
        ..Machine::default()
    };
    let mut at = 0;
    let root = loop {
        match machine.step() {
            Ok(None) => at = machine.cursor.at(),
            Ok(Some(root)) => break root,
            Err(fault) => return Err(PickleError { at, fault }),
        }
    };
    Ok(Pickle {
        heap: machine.heap,
        root,
        len: machine.cursor.at(),
    })
}

#[derive(Default)]
struct Machine<'a> {
    cursor: Cursor<'a>,
    steps: usize,
    stack: Vec<Value>,
    /// Heights of the stack where a group of values begins.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    heap: Heap,
}

impl Machine<'_> {
    /// Follows one instruction. The value of the pickle when it was the last one.
    fn step(&mut self) -> Result<Option<Value>, Fault> {
        if self.cursor.at() == 0 {
            let [0x80, 2..=5] = self.cursor.array()? else {
                return Err(Fault::Protocol);
            };
        }
        self.spend(1)?;
        let [instruction] = self.cursor.array()?;
        match instruction {
            b'.' => return self.pop().map(Some),
            // FRAME: a hint for reading ahead.
            0x95 => self.cursor.skip::<8>()?,
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_mark()?),
            b'2' => self.push_copy()?,

            b'N' => self.stack.push(Value::None),
            0x88 => self.stack.push(Value::Bool(true)),
            0x89 => self.stack.push(Value::Bool(false)),
            b'K' => self.push_int(|[byte]: [u8; 1]| i64::from(byte))?,
            b'M' => self.push_int(|bytes| i64::from(u16::from_le_bytes(bytes)))?,
            b'J' => self.push_int(|bytes| i64::from(i32::from_le_bytes(bytes)))?,
            0x8a => self.push_long(1)?,
            0x8b => self.push_long(4)?,
            b'G' => {
                self.cursor.skip::<8>()?;
                self.stack.push(Value::Inert);
            }

            // Unicode, then the byte strings of Python 2, which were its ordinary strings.
            0x8c | b'U' => self.push_text(1)?,
            b'X' | b'T' => self.push_text(4)?,
            0x8d => self.push_text(8)?,
            b'C' => self.push_bytes(1)?,
            b'B' => self.push_bytes(4)?,
            // BINBYTES8 and BYTEARRAY8.
            0x8e | 0x96 => self.push_bytes(8)?,

            b')' => self.push(Object::Tuple(Vec::new())),
            0x85 => self.push_tuple(1)?,
            0x86 => self.push_tuple(2)?,
            0x87 => self.push_tuple(3)?,
            b't' => {
                let items = self.pop_mark()?;
                self.push(Object::Tuple(items));
            }
            b']' => self.push(Object::List(Vec::new())),
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.pop_mark()?;
                self.append(items)?;
            }
            b'}' => self.push(Object::Dict(Vec::new())),
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set_items(&[key, value])?;
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.set_items(&items)?;
            }
            // EMPTY_SET, ADDITEMS, FROZENSET: no set matters here.
            0x8f => self.stack.push(Value::Inert),
            0x90 => drop(self.pop_mark()?),
            0x91 => {
                self.pop_mark()?;
                self.stack.push(Value::Inert);
            }

            b'q' => self.memorize(|[byte]: [u8; 1]| u32::from(byte))?,
            b'r' => self.memorize(u32::from_le_bytes)?,
            // MEMOIZE: under the next number.
            0x94 => {
                let index = self.memo.len() as u32;
                self.memorize(|[]: [u8; 0]| index)?;
            }
            b'h' => self.recall(|[byte]: [u8; 1]| u32::from(byte))?,
            b'j' => self.recall(u32::from_le_bytes)?,

            b'c' => {
                let (module, name) = (self.cursor.line()?, self.cursor.line()?);
                self.push_global(module, name)?;
            }
            // STACK_GLOBAL.
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let text = |value| {
                    self.heap
                        .text(value)
                        .cloned()
                        .ok_or(Fault::Expected("a name"))
                };
                let (module, name) = (text(module)?, text(name)?);
                self.push_global(&module, &name)?;
            }
            // REDUCE, and NEWOBJ which calls a class.
            b'R' | 0x81 => self.call()?,
            // NEWOBJ_EX: no class of a state dict has keyword arguments.
            0x92 => {
                self.pop()?;
                self.call()?;
            }
            // BUILD: attributes, such as the `_metadata` of a state dict.
            b'b' => drop(self.pop()?),
            b'Q' => {
                let id = self.pop()?;
                let object = rebuild::persistent(&mut self.heap, id)?;
                self.stack.push(object);
            }
            unknown => return Err(Fault::Unknown(unknown)),
        }
        Ok(None)
    }

    /// Counts work that the pickle's length does not bound.
    fn spend(&mut self, steps: usize) -> Result<(), Fault> {
        self.steps += steps;
        if self.steps > MAX_STEPS {
            Err(Fault::TooLong)
        } else {
            Ok(())
        }
    }

    fn push(&mut self, object: Object) {
        let value = self.heap.add(object);
        self.stack.push(value);
    }

    fn push_copy(&mut self) -> Result<(), Fault> {
        let top = self.top()?;
        self.stack.push(top);
        Ok(())
    }

    fn push_int<const N: usize>(&mut self, convert: fn([u8; N]) -> i64) -> Result<(), Fault> {
        let number = convert(self.cursor.array()?);
        self.stack.push(Value::Int(number));
        Ok(())
    }

    fn push_long(&mut self, width: usize) -> Result<(), Fault> {
        let bytes = self.cursor.counted(width)?;
        match cursor::long(bytes) {
            Some(number) => self.stack.push(Value::Int(number)),
            None => self.push(Object::Long(bytes.to_vec())),
        }
        Ok(())
    }

    fn push_text(&mut self, width: usize) -> Result<(), Fault> {
        // Python keeps lone surrogates in strings, and Python 2 strings can be anything. Neither
        // is the name of a tensor.
        let object = match std::str::from_utf8(self.cursor.counted(width)?) {
            Ok(text) => self.heap.add(Object::Text(text.into())),
            Err(_) => Value::Inert,
        };
        self.stack.push(object);
        Ok(())
    }

    fn push_bytes(&mut self, width: usize) -> Result<(), Fault> {
        self.cursor.counted(width)?;
        self.stack.push(Value::Inert);
        Ok(())
    }

    fn push_tuple(&mut self, len: usize) -> Result<(), Fault> {
        let start = self.stack.len().checked_sub(len).ok_or(Fault::StackEmpty)?;
        if start < self.floor() {
            return Err(Fault::StackEmpty);
        }
        let items = self.stack.split_off(start);
        self.push(Object::Tuple(items));
        Ok(())
    }

    fn push_global(&mut self, module: &str, name: &str) -> Result<(), Fault> {
        // The text may come from the memo, so the bytes of this instruction do not pay for it.
        if module.len() + name.len() > MAX_NAME_BYTES {
            return Err(Fault::Expected("a shorter name"));
        }
        self.push(Object::Global(Global::named(module, name)));
        Ok(())
    }

    /// Height of the stack below which the instructions since the last mark may not reach.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Value, Fault> {
        self.stack[self.floor()..]
            .last()
            .copied()
            .ok_or(Fault::StackEmpty)
    }

    fn pop(&mut self) -> Result<Value, Fault> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// Everything since the last mark.
    fn pop_mark(&mut self) -> Result<Vec<Value>, Fault> {
        let mark = self.marks.pop().ok_or(Fault::StackEmpty)?;
        Ok(self.stack.split_off(mark))
    }

    fn append(&mut self, items: Vec<Value>) -> Result<(), Fault> {
        let target = self.top()?;
        match self.heap.get_mut(target) {
            Some(Object::List(list)) => list.extend(items),
            Some(Object::Opaque { .. }) => {}
            _ => return Err(Fault::Expected("a list")),
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Value]) -> Result<(), Fault> {
        let target = self.top()?;
        let (pairs, rest) = items.as_chunks::<2>();
        match self.heap.get_mut(target) {
            Some(Object::Dict(dict)) if rest.is_empty() => {
                dict.extend(pairs.iter().map(|&[key, value]| (key, value)));
            }
            Some(Object::Opaque { .. }) => {}
            _ => return Err(Fault::Expected("a dict")),
        }
        Ok(())
    }

    fn memorize<const N: usize>(&mut self, index: impl Fn([u8; N]) -> u32) -> Result<(), Fault> {
        let index = index(self.cursor.array()?);
        let top = self.top()?;
        self.memo.insert(index, top);
        Ok(())
    }

    fn recall<const N: usize>(&mut self, index: impl Fn([u8; N]) -> u32) -> Result<(), Fault> {
        let index = index(self.cursor.array()?);
        let value = *self.memo.get(&index).ok_or(Fault::NoMemo(index))?;
        self.stack.push(value);
        Ok(())
    }

    fn call(&mut self) -> Result<(), Fault> {
        let (arguments, callable) = (self.pop()?, self.pop()?);
        // An OrderedDict copies the list that it is made from, and the list may be used again.
        let first = self
            .heap
            .items(arguments)
            .and_then(|arguments| arguments.first());
        self.spend(
            first
                .and_then(|&first| self.heap.items(first))
                .map_or(0, <[Value]>::len),
        )?;
        let result = rebuild::call(&mut self.heap, callable, arguments)?;
        self.stack.push(result);
        Ok(())
    }
}
