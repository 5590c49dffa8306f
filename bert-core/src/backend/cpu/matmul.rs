//! Matrix products: by the gemm crate, in pure Rust, or with the feature `blas` by OpenBLAS.

use rayon::prelude::*;

use super::buffer::{Fresh, Shared};
use super::lengths;

/// A matrix that is read: a slice and how its elements are spread over it.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    pub(super) data: &'a [f32],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
    pub(super) column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Row after row.
    pub(super) fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// Rows of `columns` elements, each `row_stride` after the one before.
    pub(super) fn strided(data: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        let matrix = Self {
            data,
            rows,
            columns,
            row_stride,
            column_stride: 1,
        };
        matrix.check();
        matrix
    }

    /// Asserts that every element is in the slice.
    #[track_caller]
    fn check(&self) {
        let (rows, columns) = (self.rows, self.columns);
        let last = |size: usize, stride: usize| (size - 1).checked_mul(stride);
        let fits = rows == 0
            || columns == 0
            || last(rows, self.row_stride)
                .zip(last(columns, self.column_stride))
                .and_then(|(down, along)| down.checked_add(along))
                .is_some_and(|last| last < self.data.len());
        assert!(
            fits,
            "a product: a matrix [{rows}, {columns}] with strides of {} and {} is given {} elements",
            self.row_stride,
            self.column_stride,
            self.data.len()
        );
    }

    /// The transpose, without moving anything.
    pub(super) fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    fn rows_from(self, row: usize, rows: usize) -> Self {
        Self {
            data: from(self.data, row * self.row_stride),
            rows,
            ..self
        }
    }

    fn columns_from(self, column: usize, columns: usize) -> Self {
        Self {
            data: from(self.data, column * self.column_stride),
            columns,
            ..self
        }
    }
}

/// What is left from an element on; nothing where a matrix has no elements.
fn from(data: &[f32], first: usize) -> &[f32] {
    data.get(first..).unwrap_or_default()
}

/// Where a product goes.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// The first element.
    pub(super) to: *mut f32,
    /// From one row to the next; columns are neighbours.
    pub(super) row_stride: usize,
    /// Whether to add to what is there.
    pub(super) add: bool,
}

/// Rows of a tile of a tall product, whose left factor is then read from the cache.
const TALL_TILE: usize = 256;

/// Rows and columns of a tile of a product that is not tall: a weight's gradient.
const TILE: [usize; 2] = [192, 384];

/// `target (+)= scale * a b`, by the calling thread.
///
/// All elements are written, where nothing is added up too (`a` without columns).
///
/// # Safety
/// `target` has room for `a.rows` rows of `b.columns` elements that nobody else uses meanwhile;
/// they are initialised if it is added to.
pub(super) unsafe fn product_into(target: Target, a: Matrix<'_>, b: Matrix<'_>, scale: f32) {
    check_inner(&a, &b);
    a.check();
    b.check();
    if a.rows == 0 || b.columns == 0 {
        return;
    }
    // SAFETY: the bounds of a and b are checked, those of the target are the caller's condition.
    unsafe {
        // Libraries differ in what they do here; and Miri knows neither them nor their
        // instructions.
        if a.columns == 0 || cfg!(miri) {
            return by_hand(target, a, b, scale);
        }
        #[cfg(feature = "blas")]
        super::blas::product_into(target, a, b, scale);
        #[cfg(not(feature = "blas"))]
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            target.to,
            1,
            target.row_stride as isize,
            target.add,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0,
            scale,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// The same without a library, for what they do not do.
///
/// # Safety
/// As [`product_into`].
unsafe fn by_hand(target: Target, a: Matrix<'_>, b: Matrix<'_>, scale: f32) {
    for row in 0..a.rows {
        for column in 0..b.columns {
            let term = |at: usize| {
                a.data[row * a.row_stride + at * a.column_stride]
                    * b.data[at * b.row_stride + column * b.column_stride]
            };
            let product = scale * (0..a.columns).map(term).sum::<f32>();
            // SAFETY: an element of the target, initialised where it is read.
            unsafe {
                let to = target.to.add(row * target.row_stride + column);
                let before = if target.add { to.read() } else { 0.0 };
                to.write(before + product);
            }
        }
    }
}

#[track_caller]
fn check_inner(a: &Matrix<'_>, b: &Matrix<'_>) {
    assert!(
        a.columns == b.rows,
        "a product: [{}, {}] times [{}, {}]",
        a.rows,
        a.columns,
        b.rows,
        b.columns
    );
}

/// `target (+)= a b`, by all threads.
///
/// Each tile of the result is a product of its own on one thread. That is faster than the gemm
/// crate's own division, whose threads wait for one another, and as the tiles depend on the shape
/// alone, so do the bits of the result.
///
/// # Safety
/// As [`product_into`].
unsafe fn parallel_product_into(target: Target, a: Matrix<'_>, b: Matrix<'_>) {
    if a.rows == 0 || b.columns == 0 {
        return;
    }
    let [tile_rows, tile_columns] = match a.rows {
        rows if rows > 4 * TALL_TILE => [TALL_TILE, b.columns],
        _ => TILE,
    };
    let across = b.columns.div_ceil(tile_columns);
    let to = Shared(target.to);
    (0..a.rows.div_ceil(tile_rows) * across)
        .into_par_iter()
        .for_each(|tile| {
            let (row, column) = (tile / across * tile_rows, tile % across * tile_columns);
            let rows = tile_rows.min(a.rows - row);
            let columns = tile_columns.min(b.columns - column);
            // SAFETY: the tile lies within the target, and no two tiles overlap.
            unsafe {
                let part = Target {
                    to: to.at(row * target.row_stride + column),
                    ..target
                };
                let (a, b) = (a.rows_from(row, rows), b.columns_from(column, columns));
                product_into(part, a, b, 1.0);
            }
        });
}

/// `a b`, row after row.
pub(super) fn product(a: Matrix<'_>, b: Matrix<'_>) -> Vec<f32> {
    check_inner(&a, &b);
    let mut fresh = Fresh::new(lengths::area("a product", a.rows, b.columns));
    let target = Target {
        to: Shared::of(fresh.slots()).0,
        row_stride: b.columns,
        add: false,
    };
    // SAFETY: the room is ours and as large as the product, which writes all of it.
    unsafe {
        parallel_product_into(target, a, b);
        fresh.written()
    }
}

/// `a b + bias`, the bias on every row.
pub(super) fn product_plus(a: Matrix<'_>, b: Matrix<'_>, bias: &[f32]) -> Vec<f32> {
    check_inner(&a, &b);
    lengths::expect("a product", "bias", bias, [1, b.columns]);
    let mut out = Vec::with_capacity(lengths::area("a product", a.rows, b.columns));
    for _ in 0..a.rows {
        out.extend_from_slice(bias);
    }
    let target = Target {
        to: out.as_mut_ptr(),
        row_stride: b.columns,
        add: true,
    };
    // SAFETY: the room is ours, as large as the product, and filled.
    unsafe { parallel_product_into(target, a, b) };
    out
}
