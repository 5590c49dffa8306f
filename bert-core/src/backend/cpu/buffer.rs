//! Memory that is about to be written.

use std::mem::MaybeUninit;

/// Room for floats that all get written before they are read: clearing it first would cost as much
/// as some of the operations.
///
/// It is a vector without elements until [`written`](Self::written), so that what is not written
/// yet can be seen as [`MaybeUninit`] only.
pub(super) struct Fresh {
    room: Vec<f32>,
    len: usize,
}

impl Fresh {
    pub(super) fn new(len: usize) -> Self {
        let room = Vec::with_capacity(len);
        Self { room, len }
    }

    /// All of it, to be written.
    pub(super) fn slots(&mut self) -> &mut [MaybeUninit<f32>] {
        &mut self.room.spare_capacity_mut()[..self.len]
    }

    /// The floats.
    ///
    /// # Safety
    /// Every slot has been written.
    pub(super) unsafe fn written(mut self) -> Vec<f32> {
        // SAFETY: the capacity is at least `len`, and by the condition above each is initialised.
        unsafe { self.room.set_len(self.len) };
        self.room
    }
}

/// A pointer that several threads write through, each at places of its own.
///
/// It stays a pointer: two references to overlapping parts would be unsound even where no element
/// is written twice.
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
