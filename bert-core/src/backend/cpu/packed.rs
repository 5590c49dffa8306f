//! Products with a weight that was packed once, for inference.
//!
//! A weight `[in, out]` is kept as panels of [`WIDTH`] columns, each row after row, so that a product
//! reads memory from front to back and has nothing to prepare. Every element of a product is one sum
//! over the inputs in their order, and then the bias. So its bits depend neither on the number of
//! threads nor on how many rows there are, unlike those of [`matmul`](super::matmul).

use std::ops::Range;

use rayon::prelude::*;

use super::buffer::{Fresh, Shared};
use super::simd::{Kernel, run};
use super::tiles::{self, Tile};
use super::{activation, lengths};
use crate::config::HiddenAct;

/// Columns of a panel, in two halves.
pub(super) const WIDTH: usize = 2 * HALF;

const HALF: usize = 16;

/// Rows that one task goes through before it takes the next panel: they stay in the cache.
const ROWS: usize = if cfg!(miri) { 7 } else { 96 };

/// Multiplications from which a task is worth another thread's waking up.
const TASK: usize = if cfg!(miri) { 512 } else { 1 << 19 };

/// A weight in panels.
#[derive(Debug)]
pub(in crate::backend) struct Packed {
    panels: Vec<f32>,
    d_in: usize,
    d_out: usize,
}

impl Packed {
    /// Of a weight `[in, out]`, row after row.
    pub(super) fn new(weight: &[f32], [d_in, d_out]: [usize; 2]) -> Self {
        lengths::expect("packing", "weight", weight, [d_in, d_out]);
        let across = d_out.div_ceil(WIDTH);
        let size = lengths::area("packing", d_in, WIDTH);
        // Zeros, for the columns that the last panel has no weights for.
        let mut panels = vec![0.0; lengths::area("packing", size, across)];
        if size > 0 {
            let packing = panels.par_chunks_mut(size).enumerate();
            packing.for_each(|(panel, to)| {
                let first = panel * WIDTH;
                let columns = WIDTH.min(d_out - first);
                let rows = to.chunks_exact_mut(WIDTH).zip(weight.chunks_exact(d_out));
                for (to, from) in rows {
                    to[..columns].copy_from_slice(&from[first..][..columns]);
                }
            });
        }
        Self {
            panels,
            d_in,
            d_out,
        }
    }

    /// `[in, out]`
    pub(in crate::backend) fn shape(&self) -> [usize; 2] {
        [self.d_in, self.d_out]
    }

    /// One panel, row after row.
    fn panel(&self, number: usize) -> &[f32] {
        let size = self.d_in * WIDTH;
        &self.panels[number * size..][..size]
    }
}

/// `activation(x weight + bias)` of `rows` rows, row after row.
pub(super) fn product(
    x: &[f32],
    rows: usize,
    weight: &Packed,
    bias: Option<&[f32]>,
    activation: Option<HiddenAct>,
) -> Vec<f32> {
    let [d_in, d_out] = weight.shape();
    lengths::expect("a product", "x", x, [rows, d_in]);
    if let Some(bias) = bias {
        lengths::expect("a product", "bias", bias, [1, d_out]);
    }
    let mut out = Fresh::new(lengths::area("a product", rows, d_out));
    let tiling = Tiling::new(rows, d_in, d_out);
    let to = Shared::of(out.slots());
    (0..tiling.tasks()).into_par_iter().for_each(|task| {
        let (rows, panels) = tiling.task(task);
        let first = panels.start * WIDTH;
        let columns = first..d_out.min(panels.end * WIDTH);
        for panel in panels {
            let first = panel * WIDTH;
            let columns = WIDTH.min(d_out - first);
            let mut added = [0.0; WIDTH];
            if let Some(bias) = bias {
                added[..columns].copy_from_slice(&bias[first..][..columns]);
            }
            run(Panel {
                x: &x[rows.start * d_in..rows.end * d_in],
                rows: rows.len(),
                d_in,
                panel: weight.panel(panel),
                bias: &added,
                // SAFETY: the first element of the task's rows in this panel, within the result.
                to: Shared(unsafe { to.at(rows.start * d_out + first) }),
                row_stride: d_out,
                columns,
            });
        }
        // While they are in the cache.
        if let Some(activation) = activation {
            // SAFETY: these rows and columns are this task's alone, and have just been written.
            unsafe {
                let first = to.at(rows.start * d_out + columns.start);
                activation::in_place(
                    Shared(first),
                    [rows.len(), columns.len()],
                    d_out,
                    activation,
                );
            }
        }
    });
    // SAFETY: the tasks are all rows by all panels, and the kernel writes every row of a panel.
    unsafe { out.written() }
}

/// How a product is divided: by its shape alone.
struct Tiling {
    rows: usize,
    /// Rows of a task, and panels.
    size: [usize; 2],
    across: usize,
}

impl Tiling {
    fn new(rows: usize, d_in: usize, d_out: usize) -> Self {
        let across = d_out.div_ceil(WIDTH);
        let blocks = rows.div_ceil(ROWS).max(1);
        let block = rows.div_ceil(blocks).max(1);
        let panels = TASK / (block * WIDTH * d_in).max(1);
        Self {
            rows,
            size: [block, panels.clamp(1, across.max(1))],
            across,
        }
    }

    /// Tasks beside one another.
    fn groups(&self) -> usize {
        self.across.div_ceil(self.size[1])
    }

    fn tasks(&self) -> usize {
        self.rows.div_ceil(self.size[0]) * self.groups()
    }

    /// The rows and the panels of a task.
    fn task(&self, number: usize) -> (Range<usize>, Range<usize>) {
        let part = |number: usize, size: usize, all: usize| {
            let first = number * size;
            first..all.min(first + size)
        };
        let groups = self.groups();
        (
            part(number / groups, self.size[0], self.rows),
            part(number % groups, self.size[1], self.across),
        )
    }
}

/// Some rows of a product, and the columns of one panel.
struct Panel<'a> {
    /// Rows of `d_in`.
    x: &'a [f32],
    rows: usize,
    d_in: usize,
    panel: &'a [f32],
    /// What is added to each sum.
    bias: &'a [f32; WIDTH],
    to: Shared,
    row_stride: usize,
    /// Of the panel, those that the result has.
    columns: usize,
}

impl Kernel for Panel<'_> {
    type Output = ();

    /// Sixteen registers of eight: six rows by half a panel, twelve of them for sums.
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for half in 0..self.columns.div_ceil(HALF) {
            for (row, height) in heights(self.rows, 6) {
                let tile = self.tile(row, height, half * HALF, HALF);
                #[cfg(target_arch = "x86_64")]
                if FMA {
                    // SAFETY: it is one where the processor has AVX2.
                    unsafe { tiles::avx2(tile) };
                    continue;
                }
                tiles::any::<FMA>(tile);
            }
        }
    }

    /// Thirty-two registers of sixteen: eight rows by a panel, sixteen of them for sums.
    #[inline(always)]
    #[cfg(target_arch = "x86_64")]
    fn run_wide(self) {
        for (row, height) in heights(self.rows, 8) {
            // SAFETY: this is called where the processor has AVX-512.
            unsafe { tiles::avx512(self.tile(row, height, 0, WIDTH)) };
        }
    }
}

impl Panel<'_> {
    /// `height` rows of the result from `row` on, and `width` columns of the panel from `first` on.
    #[inline(always)]
    fn tile(&self, row: usize, height: usize, first: usize, width: usize) -> Tile<'_> {
        Tile {
            x: &self.x[row * self.d_in..(row + height) * self.d_in],
            height,
            d_in: self.d_in,
            weights: self.panel.get(first..).unwrap_or_default(),
            bias: &self.bias[first..first + width],
            // SAFETY: the first of the elements of the result that are this tile's alone.
            to: Shared(unsafe { self.to.at(row * self.row_stride + first) }),
            row_stride: self.row_stride,
            columns: width.min(self.columns - first),
        }
    }
}

/// Rows in tiles of at most `most`, as equal as can be: each tile's first row and height.
#[inline(always)]
fn heights(rows: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let tiles = rows.div_ceil(most);
    let first = move |tile: usize| tile * rows / tiles.max(1);
    (0..tiles).map(move |tile| (first(tile), first(tile + 1) - first(tile)))
}
