//! Tiles of a product with a packed weight: as many sums as there are registers.
//!
//! The one place with instructions written out. The other kernels are loops that the compiler
//! vectorises by itself; here it has to keep every sum in a register as well, and for some heights of
//! the same loop it took one float after another (docs/decisions/0027). Elsewhere than on x86-64 the
//! loop is all there is.

use super::buffer::Shared;
use super::packed::WIDTH;
use super::simd::fma;

/// What a tile is made of.
pub(super) struct Tile<'a> {
    /// `height` rows of `d_in`.
    pub(super) x: &'a [f32],
    /// At least 1, and at most as many as the tile's instructions have registers for.
    pub(super) height: usize,
    pub(super) d_in: usize,
    /// `d_in` rows, [`WIDTH`] apart.
    pub(super) weights: &'a [f32],
    /// As wide as the tile.
    pub(super) bias: &'a [f32],
    /// Where `height` rows of `columns` go that nobody else uses meanwhile.
    pub(super) to: Shared,
    pub(super) row_stride: usize,
    /// No more than the bias.
    pub(super) columns: usize,
}

impl Tile<'_> {
    /// Asserts that everything that a tile of so many rows and columns reads is there.
    #[inline(always)]
    fn check(&self, height: usize, width: usize) {
        let last = (self.d_in.max(1) - 1) * WIDTH + width;
        assert!(
            self.height == height
                && self.x.len() == height * self.d_in
                && (self.d_in == 0 || self.weights.len() >= last)
                && self.bias.len() == width
                && self.columns <= width,
            "a product: a tile of {height} x {width} of other slices"
        );
    }

    /// Writes a row of the tile.
    #[inline(always)]
    fn write(&self, at: usize, row: &[f32]) {
        let row = &row[..self.columns];
        // SAFETY: a row of those that this tile is for, which nobody else uses.
        unsafe {
            let to = self.to.at(at * self.row_stride);
            std::ptr::copy_nonoverlapping(row.as_ptr(), to, row.len());
        }
    }
}

/// A tile by plain loops, a row after another.
pub(super) fn any<const FMA: bool>(tile: Tile<'_>) {
    const W: usize = WIDTH / 2;
    tile.check(tile.height, W);
    for (at, x) in tile.x.chunks_exact(tile.d_in.max(1)).enumerate() {
        let mut sums = [0.0; W];
        for (x, weights) in x.iter().zip(tile.weights.chunks(WIDTH)) {
            for (sum, weight) in sums.iter_mut().zip(&weights[..W]) {
                *sum = fma::<FMA>(*weight, *x, *sum);
            }
        }
        for (sum, bias) in sums.iter_mut().zip(tile.bias) {
            *sum += bias;
        }
        tile.write(at, &sums);
    }
    if tile.d_in == 0 {
        (0..tile.height).for_each(|at| tile.write(at, tile.bias));
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{avx2, avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Tile, WIDTH};

    /// A function for tiles of up to so many rows, two registers wide.
    macro_rules! tile {
        ($name:ident, $features:literal, $lanes:literal, [$($height:literal)+],
         $zero:ident, $splat:ident, $load:ident, $store:ident, $fma:ident, $add:ident) => {
            /// # Safety
            /// The processor has these instructions.
            #[target_feature(enable = $features)]
            pub(in super::super) unsafe fn $name(tile: Tile<'_>) {
                #[target_feature(enable = $features)]
                fn of_height<const H: usize>(tile: Tile<'_>) {
                    tile.check(H, 2 * $lanes);
                    let (x, weights) = (tile.x.as_ptr(), tile.weights.as_ptr());
                    let mut sums = [[$zero(); 2]; H];
                    for input in 0..tile.d_in {
                        // SAFETY: two registers in one of the `d_in` rows of the weights, whose
                        // length has been checked.
                        let weights = unsafe {
                            let row = weights.add(input * WIDTH);
                            [$load(row), $load(row.add($lanes))]
                        };
                        for (at, sums) in sums.iter_mut().enumerate() {
                            // SAFETY: one of the `d_in` elements of one of the `H` rows.
                            let x = $splat(unsafe { *x.add(at * tile.d_in + input) });
                            sums[0] = $fma(weights[0], x, sums[0]);
                            sums[1] = $fma(weights[1], x, sums[1]);
                        }
                    }
                    for (at, sums) in sums.iter().enumerate() {
                        let mut row = [0.0; 2 * $lanes];
                        for (part, &sum) in sums.iter().enumerate() {
                            // SAFETY: a register in the bias, whose length has been checked, and in
                            // the row.
                            unsafe {
                                let bias = $load(tile.bias.as_ptr().add(part * $lanes));
                                $store(row.as_mut_ptr().add(part * $lanes), $add(sum, bias));
                            }
                        }
                        tile.write(at, &row);
                    }
                }
                match tile.height {
                    $($height => of_height::<$height>(tile),)+
                    height => unreachable!("a tile of {height} rows"),
                }
            }
        };
    }

    tile!(
        avx2, "avx2,fma", 8, [1 2 3 4 5 6],
        _mm256_setzero_ps, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps,
        _mm256_add_ps
    );
    tile!(
        avx512, "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma", 16, [1 2 3 4 5 6 7 8],
        _mm512_setzero_ps, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps,
        _mm512_add_ps
    );
}
