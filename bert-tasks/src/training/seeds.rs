//! Everything random of a run comes from (seed, epoch, step).

/// The seed of what is random within one forward and backward pass (dropout): a pure function, so
/// that a run that goes on at any pass draws what the whole run would have drawn.
///
/// SplitMix64's mixing (Steele et al. 2014) of the three numbers, one after another.
pub fn step_seed(seed: u64, epoch: usize, pass: usize) -> u64 {
    let mixed = mix(mix(seed) ^ epoch as u64);
    mix(mixed ^ pass as u64)
}

fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_passes_share_a_seed() {
        let mut seen = HashSet::new();
        for seed in 0..4 {
            for epoch in 0..10 {
                for pass in 0..500 {
                    assert!(seen.insert(step_seed(seed, epoch, pass)));
                }
            }
        }
        assert_eq!(step_seed(42, 1, 7), step_seed(42, 1, 7));
    }
}
