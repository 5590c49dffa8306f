//! Which elements are dropped, as a function of (seed, element).

/// Which elements an operation drops: none, or each with the same probability.
///
/// On the CPU backends the choice is a function of (seed, element) alone, so the backward pass
/// draws it again instead of storing it. The composed bodies draw from the backend's generator and
/// keep the mask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// The probability of being dropped, in `[0, 1)`.
    pub prob: f32,
    /// Different for every place of the model and every pass.
    pub seed: u64,
}

impl Dropout {
    /// Keeps everything.
    pub const NONE: Self = Self { prob: 0.0, seed: 0 };

    /// Whether anything is dropped.
    pub fn is_on(self) -> bool {
        self.prob > 0.0
    }

    /// What kept elements are multiplied with, so that the mean stays: `1 / (1 - prob)`.
    pub fn scale(self) -> f32 {
        1.0 / (1.0 - self.prob)
    }

    /// The factors of the first `len` elements: 0 where one is dropped, else [`scale`](Self::scale).
    pub fn mask(self, len: usize) -> Vec<f32> {
        let draw = Draw::new(self);
        (0..len)
            .map(|element| draw.factor(element as u32))
            .collect()
    }
}

/// Where the dropouts of one pass get their seeds from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DropoutSeed(u64);

impl DropoutSeed {
    /// From a number that no other pass of the run has.
    pub fn new(pass: u64) -> Self {
        Self(pass)
    }

    /// The dropout at a place of the model. `site` numbers the places.
    pub fn at(self, site: usize, prob: f64) -> Dropout {
        // SplitMix64 (Steele et al. 2014): neighbouring sites get unrelated seeds.
        let step = (site as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Dropout {
            prob: prob as f32,
            seed: mix64(self.0.wrapping_add(step)),
        }
    }
}

fn mix64(value: u64) -> u64 {
    let z = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A dropout made ready for its inner loop: 32-bit arithmetic without branches, so that the
/// compiler turns it into vector instructions.
#[derive(Clone, Copy)]
pub(crate) struct Draw {
    /// Below it an element is dropped: `prob * 2^32`.
    threshold: u32,
    scale: f32,
    low: u32,
    high: u32,
}

impl Draw {
    #[track_caller]
    fn new(dropout: Dropout) -> Self {
        // With 1 the scale would be infinite, and what is kept NaN.
        assert!(
            (0.0..1.0).contains(&dropout.prob),
            "dropout: the probability is {}, expected at least 0 and below 1",
            dropout.prob
        );
        Self {
            threshold: (f64::from(dropout.prob) * 4_294_967_296.0) as u32,
            scale: dropout.scale(),
            low: dropout.seed as u32,
            high: (dropout.seed >> 32) as u32,
        }
    }

    /// Ready to draw where anything is dropped at all.
    #[cfg_attr(not(feature = "cpu"), allow(dead_code))]
    #[track_caller]
    pub(crate) fn of(dropout: Dropout) -> Option<Self> {
        dropout.is_on().then(|| Self::new(dropout))
    }

    /// 0 or the scale. A 32-bit integer hash (two rounds of multiply and xor-shift, with constants
    /// of Ettinger's `triple32`, <https://github.com/skeeto/hash-prospector>) of the element, mixed
    /// with both halves of the seed.
    #[inline(always)]
    pub(crate) fn factor(self, element: u32) -> f32 {
        let x = element.wrapping_mul(0x9E37_79B9) ^ self.low;
        let x = (x ^ (x >> 17)).wrapping_mul(0xED5A_D4BB);
        let x = (x ^ (x >> 11)).wrapping_mul(0xAC4C_1B51) ^ self.high;
        let x = (x ^ (x >> 15)).wrapping_mul(0x3184_8BAB);
        let x = x ^ (x >> 14);
        if x >= self.threshold { self.scale } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_dropped_elements_is_the_probability_and_neighbours_are_independent() {
        for (prob, pass) in [(0.1, 1), (0.1, 2), (0.5, 3), (0.9, 4)] {
            let dropout = DropoutSeed::new(pass).at(3, prob);
            let mask = dropout.mask(1 << 20);
            let dropped = |at: &usize| mask[*at] == 0.0;
            let share = (0..mask.len()).filter(dropped).count() as f64 / mask.len() as f64;
            // Five standard deviations.
            let allowed = 5.0 * (prob * (1.0 - prob) / mask.len() as f64).sqrt();
            assert!((share - prob).abs() < allowed, "{share} of {prob}");
            for lag in [1, 2, 16, 128, 384, 768] {
                let both = (lag..mask.len()).filter(|at| dropped(at) && dropped(&(at - lag)));
                let share = both.count() as f64 / (mask.len() - lag) as f64;
                assert!(
                    (share - prob * prob).abs() < 2.0 * allowed,
                    "lag {lag}: {share}"
                );
            }
            let kept = mask.iter().find(|&&factor| factor != 0.0).unwrap();
            assert!((kept * (1.0 - prob as f32) - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn sites_and_passes_have_unrelated_masks() {
        let mask = |pass, site| DropoutSeed::new(pass).at(site, 0.5).mask(1 << 16);
        let agreement = |a: Vec<f32>, b: Vec<f32>| {
            a.iter().zip(&b).filter(|(a, b)| a == b).count() as f64 / a.len() as f64
        };
        for other in [mask(1, 2), mask(2, 1), mask(0, 2)] {
            assert!((agreement(mask(1, 1), other) - 0.5).abs() < 0.01);
        }
        assert_eq!(mask(7, 7), mask(7, 7));
    }
}
