//! What the slices of a kernel have to be to one another, checked once per call.
//!
//! The loops of the kernels go through several slices at once and stop at the shortest; that every
//! element of a result is written depends on these checks. [`shapes`](crate::backend::shapes) has
//! checked the tensors before; here it is the slices themselves, so that a kernel is sound
//! whoever calls it.

/// Asserts that a slice has `rows * columns` elements.
#[track_caller]
pub(super) fn expect(operation: &str, what: &str, found: &[f32], [rows, columns]: [usize; 2]) {
    let found = found.len();
    assert!(
        rows.checked_mul(columns) == Some(found),
        "{operation}: {what} has {found} elements, expected {rows} x {columns}"
    );
}

/// The number of rows of `width` elements.
#[track_caller]
pub(super) fn rows(operation: &str, what: &str, slice: &[f32], width: usize) -> usize {
    let found = slice.len();
    assert!(
        width > 0 && found.is_multiple_of(width),
        "{operation}: {what} has {found} elements, expected rows of {width}"
    );
    found / width
}

/// Asserts that every id names one of `size` entries.
#[track_caller]
pub(super) fn ids(operation: &str, what: &str, ids: &[u32], size: usize) {
    if let Some(id) = ids.iter().find(|&&id| id as usize >= size) {
        panic!("{operation}: {what} has {id}, expected ids below {size}");
    }
}

/// `a * b` elements.
#[track_caller]
pub(super) fn area(operation: &str, a: usize, b: usize) -> usize {
    a.checked_mul(b)
        .unwrap_or_else(|| panic!("{operation}: {a} x {b} elements are too many"))
}
