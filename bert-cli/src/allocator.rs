//! The allocator of every program that links this crate.
//!
//! A training step on the CPU allocates and frees temporaries of many megabytes. The C library
//! maps each from the system and unmaps it again, so that every page faults on first touch every
//! time, and those faults then cost more than the arithmetic. mimalloc keeps freed memory, and
//! after [`keep_pages`] for good.
//!
//! libtorch allocates from the C library whatever the Rust side does, so [`keep_pages`] tells that
//! the same where libtorch is compiled in: a training step of BERT-base takes a quarter less time.

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
    #[cfg(all(feature = "libtorch", target_os = "linux", target_env = "gnu"))]
    keep_pages_of_the_c_library();
}

#[cfg(all(feature = "libtorch", target_os = "linux", target_env = "gnu"))]
fn keep_pages_of_the_c_library() {
    // No block is mapped by itself, the heap is never trimmed, and there is one heap: those of
    // other threads have too little room for large blocks and would map them all the same.
    let settings = [
        (libc::M_MMAP_MAX, 0),
        (libc::M_TRIM_THRESHOLD, libc::c_int::MAX),
        (libc::M_ARENA_MAX, 1),
    ];
    for (setting, value) in settings {
        // SAFETY: sets a number, under the allocator's lock.
        let done = unsafe { libc::mallopt(setting, value) };
        debug_assert_eq!(done, 1, "glibc knows the setting {setting}");
    }
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

    /// Not a test of its own: what a program on libtorch does, on its main thread.
    #[cfg(all(feature = "libtorch", target_env = "gnu"))]
    #[test]
    #[ignore = "run by libtorch_keeps_its_pages"]
    fn touch_tensors() {
        let touch = || {
            let tensor = tch::Tensor::zeros([16 << 20], (tch::Kind::Float, tch::Device::Cpu));
            drop(black_box(tensor));
        };
        keep_pages();
        let worker = std::thread::spawn(move || {
            // The first ones find their places.
            (0..5).for_each(|_| touch());
            let before = minor_faults();
            (0..100).for_each(|_| touch());
            minor_faults() - before
        });
        println!("faults: {}", worker.join().unwrap());
    }

    /// In a process of its own: the heap of a thread of this one may have been made before.
    #[cfg(all(feature = "libtorch", target_env = "gnu"))]
    #[test]
    fn libtorch_keeps_its_pages() {
        let test = concat!(module_path!(), "::touch_tensors");
        let test = test.split_once("::").unwrap().1;
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", test, "--nocapture"])
            .arg("--test-threads=1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let faults = said.split_once("faults: ").expect(&said).1;
        let faults: u64 = faults.lines().next().unwrap().parse().unwrap();
        assert!(faults < 1000, "{said}");
    }
}
