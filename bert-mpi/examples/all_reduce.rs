//! Times sums over all ranks, in buckets as a training has them: a line `bytes seconds` for each size
//! in bytes that it is given, the median of many.
//!
//! `mpiexec -n 2 target/release/examples/all_reduce 4096 4194304`; `bench/scale.py` compares it.

use std::error::Error;
use std::time::Instant;

use bert_mpi::Mpi;
use bert_tasks::ranks::Ranks;

const ROUNDS: usize = 21;

/// As in a training.
const BUCKET: usize = 1 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let ranks = Mpi::join(None, |_| ())?;
    for word in std::env::args().skip(1) {
        let bytes: usize = word.parse()?;
        let mut values = vec![0.0; bytes / size_of::<f32>()];
        let mut seconds: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                ranks.barrier();
                let begun = Instant::now();
                values
                    .chunks_mut(BUCKET)
                    .for_each(|bucket| ranks.all_reduce_sum(bucket));
                begun.elapsed().as_secs_f64()
            })
            .collect();
        seconds.sort_by(f64::total_cmp);
        if ranks.is_root() {
            println!("{bytes} {:.9}", seconds[ROUNDS / 2]);
        }
    }
    Ok(())
}
