//! What the tests with hostile files share: an allocator that keeps the largest request in mind,
//! and changes to files.

// Each test program uses a part of this.
#![allow(dead_code, unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use proptest::prelude::*;

/// The system's allocator, keeping in mind the largest request.
struct Watched;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged. The cell needs neither allocation
// nor destruction, so it can be used here.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.set(LARGEST.get().max(layout.size()));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watched = Watched;

/// The largest request of `work`, in bytes, on this thread.
pub fn largest_allocation(work: impl FnOnce()) -> usize {
    LARGEST.set(0);
    work();
    LARGEST.get()
}

/// A change to a file: at a place, given as a fraction of the length.
#[derive(Clone, Debug)]
pub enum Change {
    Set(u8),
    Flip(u8),
    Insert(Vec<u8>),
    Remove(usize),
    /// A 64-bit number that may be taken for a length.
    Number(u64),
    /// Bytes from elsewhere in the file.
    Copy(f64, usize),
}

pub fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => any::<u8>().prop_map(Change::Set),
        3 => (0_u8..8).prop_map(|bit| Change::Flip(1 << bit)),
        1 => proptest::collection::vec(any::<u8>(), 1..5).prop_map(Change::Insert),
        1 => (1_usize..20).prop_map(Change::Remove),
        1 => prop_oneof![Just(u64::MAX), Just(1 << 63), Just(1 << 32), any::<u64>()]
            .prop_map(Change::Number),
        1 => (0.0..1.0, 1_usize..40).prop_map(|(from, len)| Change::Copy(from, len)),
    ]
}

pub fn apply(bytes: &mut Vec<u8>, place: f64, change: Change) {
    let position = |fraction: f64, bytes: &[u8]| (fraction * bytes.len() as f64) as usize;
    if bytes.is_empty() {
        return;
    }
    let at = position(place, bytes);
    let end = |len: usize| (at + len).min(bytes.len());
    match change {
        Change::Set(byte) => bytes[at] = byte,
        Change::Flip(mask) => bytes[at] ^= mask,
        Change::Insert(new) => drop(bytes.splice(at..at, new)),
        Change::Remove(len) => drop(bytes.drain(at..end(len))),
        Change::Number(number) => drop(bytes.splice(at..end(8), number.to_le_bytes())),
        Change::Copy(from, len) => {
            let from = position(from, bytes);
            let new = bytes[from..(from + len).min(bytes.len())].to_vec();
            bytes.splice(at..at, new);
        }
    }
}
