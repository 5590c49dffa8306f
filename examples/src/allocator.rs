//! The allocator of every program that links this crate.
//!
//! A training step on the CPU allocates and frees temporaries of many megabytes. The C library
//! maps each from the system and unmaps it again, so that every page faults on first touch every
//! time, and those faults then cost more than the arithmetic. mimalloc keeps freed memory, and
//! after [`keep_pages`] for good.

use libmimalloc_sys::{mi_option_set, mi_option_t};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// `mi_option_purge_delay` of mimalloc.h, which the bindings leave out.
const PURGE_DELAY: mi_option_t = 15;

/// Never gives freed memory back to the system, so that it is not faulted in again.
///
/// The program's memory then stays at its peak until it ends. The CPU backends of this crate turn
/// it on by themselves.
pub fn keep_pages() {
    // By itself mimalloc gives pages back a second after they were freed, which with buffers of
    // many sizes on several threads happens all the time (100 times fewer faults without it). The
    // environment variable MIMALLOC_PURGE_DELAY does the same, but is read before `main`.
    // SAFETY: stores one number, atomically; any thread may do it at any time.
    unsafe { mi_option_set(PURGE_DELAY, -1) };
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{fs, hint::black_box};

    use libmimalloc_sys::mi_option_get;

    use super::*;

    /// Page faults of this process so far that needed no disk.
    fn minor_faults() -> u64 {
        let stat = fs::read_to_string("/proc/self/stat").unwrap();
        // Field 10. The name, field 2, may hold spaces and ends with the last parenthesis.
        let after_name = stat.rsplit_once(')').unwrap().1;
        after_name
            .split_whitespace()
            .nth(7)
            .unwrap()
            .parse()
            .unwrap()
    }

    fn touch_a_new_buffer() {
        let mut buffer = Vec::<u8>::with_capacity(64 << 20);
        for page in buffer.spare_capacity_mut().chunks_mut(4096) {
            page[0].write(1);
        }
        black_box(buffer);
    }

    #[test]
    fn freed_pages_are_kept() {
        // SAFETY: reads one number.
        let purge_delay = || unsafe { mi_option_get(PURGE_DELAY) };
        // The default in milliseconds: the number of the option is the right one.
        assert_eq!(purge_delay(), 1000);
        keep_pages();
        assert_eq!(purge_delay(), -1);

        touch_a_new_buffer();
        let before = minor_faults();
        for _ in 0..100 {
            touch_a_new_buffer();
        }
        // One buffer alone is 16384 pages of 4 KiB. Not 0, for what other threads do meanwhile.
        assert!(minor_faults() - before < 1000);
    }
}
