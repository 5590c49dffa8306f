//! Matrix products by the system's OpenBLAS.

use std::ffi::c_int;
use std::sync::Once;

use super::matmul::{Matrix, Target};

const ROW_MAJOR: c_int = 101;
const NO_TRANSPOSE: c_int = 111;
const TRANSPOSE: c_int = 112;

// Linked by build.rs. From cblas.h.
unsafe extern "C" {
    fn openblas_set_num_threads(threads: c_int);
    fn cblas_sgemm(
        order: c_int,
        transpose_a: c_int,
        transpose_b: c_int,
        rows: c_int,
        columns: c_int,
        depth: c_int,
        alpha: f32,
        a: *const f32,
        a_stride: c_int,
        b: *const f32,
        b_stride: c_int,
        beta: f32,
        c: *mut f32,
        c_stride: c_int,
    );
}

/// `target (+)= scale * a b`, by the calling thread.
///
/// # Safety
/// As `matmul::product_into`, and no size is 0.
pub(super) unsafe fn product_into(target: Target, a: Matrix<'_>, b: Matrix<'_>, scale: f32) {
    // The tiles of a product are on rayon's threads already; OpenBLAS's own would wait for one
    // another and keep the cores from everything else.
    static ONE_THREAD: Once = Once::new();
    // SAFETY: sets a number.
    ONE_THREAD.call_once(|| unsafe { openblas_set_num_threads(1) });

    let ((a_transposed, a_stride), (b_transposed, b_stride)) = (layout(&a), layout(&b));
    // SAFETY: by the caller's condition; the matrices checked their bounds.
    unsafe {
        cblas_sgemm(
            ROW_MAJOR,
            a_transposed,
            b_transposed,
            int(a.rows),
            int(b.columns),
            int(a.columns),
            scale,
            a.data.as_ptr(),
            a_stride,
            b.data.as_ptr(),
            b_stride,
            if target.add { 1.0 } else { 0.0 },
            target.to,
            int(target.row_stride),
        );
    }
}

/// Whether a matrix is stored transposed, and from one stored row to the next.
fn layout(matrix: &Matrix<'_>) -> (c_int, c_int) {
    if matrix.column_stride == 1 {
        (NO_TRANSPOSE, int(matrix.row_stride.max(matrix.columns)))
    } else {
        (TRANSPOSE, int(matrix.column_stride))
    }
}

fn int(size: usize) -> c_int {
    c_int::try_from(size).expect("a matrix with less than 2^31 rows and columns")
}
