//! What a launcher says of the processes that it starts.

/// How launchers say how many there are: MPICH's and Intel's, also Slurm's by PMI; Open MPI's;
/// MVAPICH's; HPE's; and `srun`, whatever it starts.
const SIZES: [&str; 5] = [
    "PMI_SIZE",
    "OMPI_COMM_WORLD_SIZE",
    "MV2_COMM_WORLD_SIZE",
    "PALS_SIZE",
    "SLURM_STEP_NUM_TASKS",
];

/// How many processes the launcher of this one has started; nothing where no launcher has.
pub(super) fn launched(variable: impl Fn(&str) -> Option<String>) -> Option<usize> {
    let sizes = SIZES.iter().filter_map(|name| variable(name));
    sizes.filter_map(|size| size.trim().parse().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_launcher_is_heard() {
        let of = |set: &'static str, value: &'static str| {
            launched(move |name| (name == set).then(|| value.to_owned()))
        };
        for name in SIZES {
            assert_eq!(of(name, "4"), Some(4), "{name}");
            assert_eq!(of(name, ""), None, "{name}");
        }
        assert_eq!(of("HOME", "4"), None);
    }
}
