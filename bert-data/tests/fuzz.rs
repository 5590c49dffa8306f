//! What the fuzz targets begin with, as it is and changed at random, without a nightly toolchain:
//! see `fuzz/run.sh` for the real thing.
//!
//! Its own test program because it counts allocations.

#[path = "../../bert-core/tests/common/hostile.rs"]
mod hostile;
#[path = "../../fuzz/replay.rs"]
mod replay;
#[path = "../../fuzz/targets/data.rs"]
mod targets;

/// What the readers of small files may ask for at once.
const ALLOWED: usize = 1 << 22;
