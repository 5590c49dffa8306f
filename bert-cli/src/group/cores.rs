//! How processes share a machine's cores.

use bert_tasks::ranks::Ranks;

/// Gives this process its share of the threads that the machine runs at once, where several are on
/// it and nobody else has done so (`RAYON_NUM_THREADS`, or a launcher that binds each to cores of
/// its own); a warning where there are more processes than cores. Before the first computation.
pub fn share_cores(ranks: &dyn Ranks) -> Option<String> {
    let local = ranks.local_size();
    if local == 1 {
        return None;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let all = online().unwrap_or(cores);
    if std::env::var_os("RAYON_NUM_THREADS").is_none() {
        use_threads(threads(cores, all, local));
    }
    (local > all && ranks.local_rank() == 0).then(|| {
        format!(
            "warning: {local} processes on a machine of {all} threads: they wait for one another"
        )
    })
}

/// The threads of one of `local` processes that may use `cores` of a machine with `all`.
fn threads(cores: usize, all: usize, local: usize) -> usize {
    match cores * local <= all {
        // Bound to its own.
        true => cores,
        false => (cores / local).max(1),
    }
}

/// The cores of the machine, whatever this process is bound to.
fn online() -> Option<usize> {
    #[cfg(target_os = "linux")]
    {
        let known = std::fs::read_to_string("/sys/devices/system/cpu/online").ok()?;
        let ranges = known.trim().split(',');
        ranges
            .map(|range| {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                let (first, last) = (first.parse::<usize>().ok()?, last.parse::<usize>().ok()?);
                (last + 1).checked_sub(first)
            })
            .sum()
    }
    #[cfg(not(target_os = "linux"))]
    None
}

#[cfg(feature = "mpi")]
fn use_threads(threads: usize) {
    // Where something has computed before, that has its threads.
    let _ = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global();
    #[cfg(feature = "libtorch")]
    tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
}

#[cfg(not(feature = "mpi"))]
fn use_threads(_threads: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_shared_once() {
        assert_eq!(threads(16, 16, 4), 4);
        assert_eq!(threads(16, 16, 5), 3);
        // Bound by the launcher.
        assert_eq!(threads(4, 16, 4), 4);
        assert_eq!(threads(1, 2, 2), 1);
        // More processes than cores.
        assert_eq!(threads(2, 2, 5), 1);
    }

    #[test]
    fn a_machine_has_at_least_the_cores_of_a_process() {
        let own = std::thread::available_parallelism().map_or(1, usize::from);
        assert!(online().is_none_or(|all| all >= own || own == 1));
    }
}
