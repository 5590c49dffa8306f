//! Which scores tell most, where there is no room for all of them.

/// Those that people look for first.
const TOLD: [&str; 5] = ["accuracy", "f1", "loss", "pearson", "subset_accuracy"];

/// The rank of a score: 0 of the one that decides, 1 of those that people look for, 2 of others.
pub(crate) fn rank(name: &str, decides: Option<&str>) -> u8 {
    match decides == Some(name) {
        true => 0,
        false if TOLD.contains(&name) => 1,
        false => 2,
    }
}
