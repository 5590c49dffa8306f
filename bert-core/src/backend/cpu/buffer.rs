//! Memory that is about to be written.

use std::mem::{ManuallyDrop, MaybeUninit};

/// Room for floats that all get written before they are read: clearing it first would cost as much
/// as some of the operations.
pub(super) struct Fresh(Vec<MaybeUninit<f32>>);

impl Fresh {
    pub(super) fn new(len: usize) -> Self {
        let mut room = Vec::with_capacity(len);
        // SAFETY: an uninitialised `MaybeUninit` is a valid value, and the capacity is there.
        unsafe { room.set_len(len) };
        Self(room)
    }

    /// All of it, to be written.
    pub(super) fn slots(&mut self) -> &mut [MaybeUninit<f32>] {
        &mut self.0
    }

    /// The floats.
    ///
    /// # Safety
    /// Every slot has been written.
    pub(super) unsafe fn written(self) -> Vec<f32> {
        let mut room = ManuallyDrop::new(self.0);
        let (pointer, len, capacity) = (room.as_mut_ptr(), room.len(), room.capacity());
        // SAFETY: the parts of a Vec whose elements have the layout of f32 and are initialised.
        unsafe { Vec::from_raw_parts(pointer.cast(), len, capacity) }
    }
}

/// A pointer that several threads write through, each at places of its own.
#[derive(Clone, Copy)]
pub(super) struct Shared(pub(super) *mut f32);

// SAFETY: it is only a number; those who write through it say why they do not meet.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    pub(super) fn of(slots: &mut [MaybeUninit<f32>]) -> Self {
        Self(slots.as_mut_ptr().cast())
    }

    /// # Safety
    /// `offset` is within the allocation.
    pub(super) unsafe fn at(self, offset: usize) -> *mut f32 {
        // SAFETY: by the condition above.
        unsafe { self.0.add(offset) }
    }
}
