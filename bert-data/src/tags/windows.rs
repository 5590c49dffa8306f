//! The windows of a sentence that is longer than a sequence, by whole words.

use std::ops::Range;

/// Windows over words that have so many pieces each, none more than `room`: as many words as there
/// is room for, and the last words of the window before, up to `stride` pieces of them. There is
/// always a window, if only an empty one. `None` where a window would be needed that has no more
/// room than `stride`.
pub(super) fn windows(pieces: &[usize], room: usize, stride: usize) -> Option<Vec<Range<usize>>> {
    if pieces.iter().sum::<usize>() <= room {
        return Some(std::iter::once(0..pieces.len()).collect());
    }
    if room <= stride {
        return None;
    }
    let mut windows = Vec::new();
    let mut start = 0;
    loop {
        let mut taken = 0;
        let fits = |&&pieces: &&usize| {
            taken += pieces;
            taken <= room
        };
        let end = start + pieces[start..].iter().take_while(fits).count();
        windows.push(start..end);
        if end == pieces.len() {
            return Some(windows);
        }
        let (mut shared, most) = (0, stride.min(room - pieces[end]));
        let fits = |&&pieces: &&usize| {
            shared += pieces;
            shared <= most
        };
        start = end - pieces[start + 1..end].iter().rev().take_while(fits).count();
    }
}

/// For each word the window in which it has most pieces on both sides, by the side with fewer; an
/// end of the sentence is no lack. Of equal windows the first.
pub(super) fn best_windows(pieces: &[usize], windows: &[Range<usize>]) -> Vec<usize> {
    let mut best = vec![(0, 0); pieces.len()];
    for (number, window) in windows.iter().enumerate() {
        let all: usize = pieces[window.clone()].iter().sum();
        let mut before = 0;
        for word in window.clone() {
            let after = all - before - pieces[word];
            let left = if window.start == 0 {
                usize::MAX
            } else {
                before
            };
            let right = if window.end == pieces.len() {
                usize::MAX
            } else {
                after
            };
            // One more, so that a window without context is better than none.
            let context = left.min(right).saturating_add(1);
            if context > best[word].0 {
                best[word] = (context, number);
            }
            before += pieces[word];
        }
    }
    best.into_iter().map(|(_, window)| window).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn windows_have_whole_words() {
        let of = |pieces: &[usize], room, stride| windows(pieces, room, stride).unwrap();
        assert!(of(&[1, 2, 1], 4, 2).iter().eq([&(0..3)]));
        assert_eq!(of(&[1, 2, 1, 2], 4, 1), [0..3, 2..4]);
        // The second word has more pieces than are shared.
        assert_eq!(of(&[1, 2, 2], 4, 1), [0..2, 2..3]);
        // A word that fills the window leaves no room for what would be shared.
        assert_eq!(of(&[1, 1, 4, 1], 4, 2), [0..2, 2..3, 3..4]);
        assert_eq!(of(&[1, 0, 1, 0, 0, 1], 2, 1), [0..5, 1..6]);
        assert!(of(&[], 4, 1).iter().eq([&(0..0)]));
        assert_eq!(windows(&[1, 1, 1], 2, 2), None);
        assert!(windows(&[1, 1], 2, 2).is_some());
    }

    #[test]
    fn a_word_is_read_where_it_has_most_context() {
        let pieces = [1; 8];
        let windows = windows(&pieces, 5, 3).unwrap();
        assert_eq!(windows, [0..5, 2..7, 4..8]);
        assert_eq!(best_windows(&pieces, &windows), [0, 0, 0, 0, 1, 1, 2, 2]);
    }

    proptest! {
        #[test]
        fn every_word_is_in_its_best_window(
            pieces in prop::collection::vec(0usize..6, 0..60), room in 6usize..20, stride in 0usize..20,
        ) {
            let Some(windows) = windows(&pieces, room, stride) else {
                prop_assert!(stride >= room);
                return Ok(());
            };
            let count = |words: Range<usize>| pieces[words].iter().sum::<usize>();
            prop_assert_eq!((windows[0].start, windows[windows.len() - 1].end), (0, pieces.len()));
            for pair in windows.windows(2) {
                prop_assert!(pair[1].start > pair[0].start && pair[1].start <= pair[0].end);
                prop_assert!(pair[1].end > pair[0].end);
                prop_assert!(count(pair[1].start..pair[0].end) <= stride);
            }
            prop_assert!(windows.iter().all(|window| count(window.clone()) <= room));
            let best = best_windows(&pieces, &windows);
            prop_assert!(best.is_sorted());
            for (word, &best) in best.iter().enumerate() {
                let context = |window: &Range<usize>| {
                    let left = if window.start == 0 { 99 } else { count(window.start..word) };
                    let right = if window.end == pieces.len() { 99 } else { count(word + 1..window.end) };
                    left.min(right)
                };
                prop_assert!(windows[best].contains(&word));
                let holding = windows.iter().filter(|window| window.contains(&word));
                prop_assert_eq!(holding.map(context).max(), Some(context(&windows[best])));
            }
        }
    }
}
