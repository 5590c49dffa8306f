//! Telling that a device's memory is full from other panics.

use std::any::Any;

/// The words of a backend that ran out of memory, where that is what a panic is about. Burn's
/// backends panic then, libtorch and CUDA with these words.
pub fn out_of_memory(panic: &(dyn Any + Send)) -> Option<String> {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())?;
    let lower = message.to_lowercase();
    let known = ["out of memory", "out_of_memory", "outofmemory"];
    let line = message.lines().next().unwrap_or_default();
    known
        .iter()
        .any(|words| lower.contains(words))
        .then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_such_a_panic_is_what_it_says() {
        let full = "CUDA out of memory. Tried to allocate 20.00 MiB\n  at ...".to_owned();
        let words = "CUDA out of memory. Tried to allocate 20.00 MiB";
        assert_eq!(out_of_memory(&full).as_deref(), Some(words));
        assert_eq!(out_of_memory(&words).as_deref(), Some(words));
        assert_eq!(out_of_memory(&"index out of bounds"), None);
        assert_eq!(out_of_memory(&7), None);
    }
}
