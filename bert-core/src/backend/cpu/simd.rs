//! How a loop gets the vector instructions of the machine that it runs on.
//!
//! A [`Kernel`] is an ordinary loop over slices. [`run`] has it compiled several times, for the
//! baseline of the target and for each set of instructions below, where the compiler vectorises
//! it, and picks the best at run time. So one binary is fast everywhere and no `target-cpu` is
//! needed. On aarch64 the baseline has NEON and fused multiply-add already.

/// A loop over slices: a struct of its operands.
pub(super) trait Kernel {
    /// What comes out besides what is written into the operands.
    type Output;

    /// Runs the loop. `FMA` says whether [`fma`] is one instruction.
    ///
    /// Must be `#[inline(always)]`, or it is compiled for the baseline only. For the same reason
    /// it goes through its elements with `for`: the closure of a `map` or `for_each` may be
    /// compiled by itself.
    fn run<const FMA: bool>(self) -> Self::Output;

    /// The same with AVX-512, for a loop that counts on its registers: twice as many, twice as wide.
    #[inline(always)]
    fn run_wide(self) -> Self::Output
    where
        Self: Sized,
    {
        self.run::<true>()
    }
}

/// Runs `kernel` with the best instructions there are.
#[inline]
pub(super) fn run<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
        fn avx512<K: Kernel>(kernel: K) -> K::Output {
            kernel.run_wide()
        }
        #[target_feature(enable = "avx2,fma")]
        fn avx2<K: Kernel>(kernel: K) -> K::Output {
            kernel.run::<true>()
        }
        // The answers are cached by the standard library.
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
            {
                // SAFETY: the processor has been asked for each of the features.
                return unsafe { avx512(kernel) };
            }
            // SAFETY: as above.
            return unsafe { avx2(kernel) };
        }
    }
    kernel.run::<{ cfg!(target_arch = "aarch64") }>()
}

/// `a * b + c`, fused where that is one instruction; elsewhere the fused one is a slow call.
#[inline(always)]
pub(super) fn fma<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// The sum of `f(0..len)`, in lanes that the compiler can keep in vector registers: the order of a
/// plain loop would forbid that. The order is the same on every machine.
#[inline(always)]
pub(super) fn sum(len: usize, f: impl Fn(usize) -> f32) -> f32 {
    const LANES: usize = 32;
    let mut lanes = [0.0_f32; LANES];
    let whole = len / LANES * LANES;
    for block in (0..whole).step_by(LANES) {
        // Indices, since they are what the closure takes.
        #[allow(clippy::needless_range_loop)]
        for lane in 0..LANES {
            lanes[lane] += f(block + lane);
        }
    }
    let mut rest = 0.0;
    for at in whole..len {
        rest += f(at);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0] + rest
}

/// The largest of a slice; minus infinity if it is empty.
#[inline(always)]
pub(super) fn max(values: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let mut lanes = [f32::NEG_INFINITY; 16];
    let blocks = values.chunks_exact(lanes.len());
    let rest = blocks.remainder();
    for block in blocks {
        for (lane, &value) in lanes.iter_mut().zip(block) {
            *lane = larger(*lane, value);
        }
    }
    let mut most = f32::NEG_INFINITY;
    for lane in lanes {
        most = larger(most, lane);
    }
    for &value in rest {
        most = larger(most, value);
    }
    most
}

/// `e^x`, within 2e-7 relative for -87 <= x <= 88 and clamped to that.
///
/// Cody and Waite's reduction to `2^n e^r` with `|r| <= ln(2) / 2`, then the polynomial of Moshier's
/// Cephes (`expf`).
#[inline(always)]
pub(super) fn exp<const FMA: bool>(x: f32) -> f32 {
    // Adding it pushes the fraction out of the mantissa, so the integer is in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.3, 88.0);
    let shifted = fma::<FMA>(x, std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = fma::<FMA>(n, -0.693_359_4, x);
    let r = fma::<FMA>(n, 2.121_944_4e-4, r);
    let mut p = 1.987_569_2e-4;
    p = fma::<FMA>(p, r, 1.398_199_9e-3);
    p = fma::<FMA>(p, r, 8.333_452e-3);
    p = fma::<FMA>(p, r, 4.166_579_6e-2);
    p = fma::<FMA>(p, r, 1.666_666_5e-1);
    p = fma::<FMA>(p, r, 0.5);
    let p = fma::<FMA>(p * r, r, r) + 1.0;
    let power = (shifted.to_bits() << 23).wrapping_add(127 << 23);
    p * f32::from_bits(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(f: impl Fn(bool, f32) -> f32, x: f32) -> [f32; 2] {
        [f(false, x), f(true, x)]
    }

    #[test]
    fn exp_is_close_everywhere() {
        let value = |fused: bool, x: f32| {
            if fused {
                exp::<true>(x)
            } else {
                exp::<false>(x)
            }
        };
        for i in -8_700..=8_800 {
            let x = i as f32 / 100.0;
            let expected = f64::from(x).exp();
            for found in both(value, x) {
                let error = (f64::from(found) - expected).abs() / expected;
                assert!(error < 2e-7, "exp({x}) = {found}, off by {error:e}");
            }
        }
        assert_eq!(exp::<true>(0.0), 1.0);
        assert!(exp::<true>(-1e9) < 2e-38);
        assert!(exp::<true>(1e9).is_finite());
    }

    #[test]
    fn sum_and_max_see_every_element() {
        for len in [0, 1, 7, 31, 32, 33, 127, 128, 1000] {
            let values: Vec<f32> = (0..len).map(|i| (i as f32 * 0.7).sin()).collect();
            let expected: f64 = values.iter().map(|&v| f64::from(v)).sum();
            let found = sum(len, |i| values[i]);
            assert!((f64::from(found) - expected).abs() < 1e-4, "{len}");
            let largest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            assert_eq!(max(&values), largest, "{len}");
        }
    }
}
