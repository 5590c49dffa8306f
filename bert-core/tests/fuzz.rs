//! What the fuzz targets begin with, as it is and changed at random, without a nightly toolchain:
//! see `fuzz/run.sh` for the real thing.
//!
//! Its own test program because it counts allocations.

#[path = "common/hostile.rs"]
mod hostile;
#[path = "../../fuzz/replay.rs"]
mod replay;
#[path = "../../fuzz/targets/core.rs"]
mod targets;

/// The elements that a small PyTorch file may repeat (`MAX_REPEATED` in `pytorch/view.rs`), as f32.
const ALLOWED: usize = (1 << 22) * size_of::<f32>();
