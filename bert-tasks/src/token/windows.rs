//! Texts that are longer than the model, in windows that overlap
//! ([`token_windows`](bert_data::windows::token_windows)): each word is labelled by the window in
//! which it has the most text around it.

use std::ops::Range;

/// The window that says what a piece of each word is: of those in which the word is whole, the one
/// with the most pieces on the side where there are fewest; for a word that is whole in none, each
/// piece has its own. The ends of the text are no lack.
pub(super) fn window_of_pieces(
    windows: &[Range<usize>],
    words: impl Iterator<Item = Range<usize>>,
    pieces: usize,
) -> Vec<usize> {
    if windows.len() == 1 {
        return vec![0; pieces];
    }
    let mut found = vec![0; pieces];
    // Words and windows are in order: windows that a word is behind are behind all that follow.
    let mut first = 0;
    for word in words.filter(|word| !word.is_empty()) {
        while windows[first].end <= word.start {
            first += 1;
        }
        let best = |part: &Range<usize>| {
            let near = windows.iter().enumerate().skip(first);
            let near = near.take_while(|(_, window)| window.start <= part.start);
            let whole = near.filter(|(_, window)| part.end <= window.end);
            let context = |window: &Range<usize>| {
                let left = match window.start {
                    0 => usize::MAX,
                    start => part.start - start,
                };
                let right = match window.end == pieces {
                    true => usize::MAX,
                    false => window.end - part.end,
                };
                left.min(right)
            };
            let mut best = None;
            for (at, window) in whole {
                let context = context(window);
                if best.is_none_or(|(_, most)| context > most) {
                    best = Some((at, context));
                }
            }
            best.map(|(at, _)| at)
        };
        match best(&word) {
            Some(window) => found[word].fill(window),
            None => {
                for piece in word {
                    found[piece] = best(&(piece..piece + 1)).unwrap_or(first);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use bert_data::windows::token_windows;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_is_labelled_where_it_has_most_around_it() {
        let windows = token_windows(10, 6, 3).unwrap();
        assert_eq!(windows, [0..6, 3..9, 6..10]);
        let words = (0..10).map(|at| at..at + 1);
        let found = window_of_pieces(&windows, words, 10);
        assert_eq!(found, [0, 0, 0, 0, 0, 1, 1, 1, 2, 2]);
        // 5..7 is whole in the second window only.
        let words = [0..5, 5..7, 7..7, 7..10];
        let found = window_of_pieces(&windows, words.into_iter(), 10);
        assert_eq!(found, [0, 0, 0, 0, 0, 1, 1, 2, 2, 2]);
    }

    proptest! {
        #[test]
        fn every_piece_is_in_its_window(
            sizes in prop::collection::vec(1_usize..12, 0..30), room in 1_usize..20, shared in any::<prop::sample::Index>(),
        ) {
            let stride = shared.index(room);
            let words: Vec<Range<usize>> = sizes.iter().scan(0, |end, size| {
                *end += size;
                Some(*end - size..*end)
            }).collect();
            let pieces = sizes.iter().sum();
            let windows = token_windows(pieces, room, stride).unwrap();
            let found = window_of_pieces(&windows, words.iter().cloned(), pieces);
            prop_assert_eq!(found.len(), pieces);
            for (piece, &window) in found.iter().enumerate() {
                prop_assert!(windows[window].contains(&piece));
            }
            for word in words {
                let is_whole = |window: &Range<usize>| window.start <= word.start && word.end <= window.end;
                if windows.iter().any(is_whole) {
                    prop_assert!(is_whole(&windows[found[word.start]]));
                    prop_assert!(found[word.clone()].windows(2).all(|pair| pair[0] == pair[1]));
                }
            }
        }
    }
}
