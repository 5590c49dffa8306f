//! The batches of one pass over a data set, as lists of example indices.

use std::cmp::Reverse;
use std::num::NonZeroUsize;

use super::Padding;
use super::shuffle::SplitMix64;

/// Hugging Face's choice: at most this many batches are sorted together.
const MAX_MEGA_BATCH: usize = 50;

/// The batches of one training epoch, in order: every index of `lengths` once, all batches full
/// but the last.
///
/// `lengths` are the examples' token counts. The result depends on the arguments alone, so a run
/// resumed at step k of an epoch skips k batches and goes on as before.
///
/// [`Padding::Longest`] and [`Padding::Max`] cut a random permutation into batches.
/// [`Padding::Grouped`] follows `get_length_grouped_indices` of Hugging Face's Trainer: a random
/// permutation is cut into mega-batches of min(n / (4 batch_size), 50) batches, each sorted from
/// long to short, and the longest example comes in the first batch, so that memory runs out at
/// once if at all. It differs in one thing: the other full batches are drawn in random order,
/// where Hugging Face's go from long to short in every mega-batch and pull the loss along.
pub fn train_batches(
    lengths: &[usize],
    batch_size: NonZeroUsize,
    padding: Padding,
    seed: u64,
    epoch: u64,
) -> Vec<Vec<usize>> {
    let mut random = SplitMix64::of_epoch(seed, epoch);
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    random.shuffle(&mut order);
    if padding != Padding::Grouped {
        return cut(&order, batch_size);
    }
    group_by_length(&mut order, lengths, batch_size);
    let mut batches = cut(&order, batch_size);
    let full = lengths.len() / batch_size;
    if full > 1 {
        random.shuffle(&mut batches[1..full]);
    }
    batches
}

/// The batches of an evaluation: every index of `lengths` once, nothing random.
///
/// [`Padding::Grouped`] goes from the longest example to the shortest, so whoever collects results
/// must put them back by index; otherwise the order is the file's.
pub fn eval_batches(
    lengths: &[usize],
    batch_size: NonZeroUsize,
    padding: Padding,
) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    if padding == Padding::Grouped {
        order.sort_by_key(|&index| Reverse(lengths[index]));
    }
    cut(&order, batch_size)
}

/// The batches of a pass in which every batch has at most `max_tokens` cells, padding included:
/// every index of `lengths` once, from the longest example to the shortest. Rows are many where
/// they are short and few where they are long, so that each batch is about the same work and the
/// same memory. An example longer than `max_tokens` is a batch of its own.
///
/// Whoever collects results must put them back by index.
pub fn token_batches(lengths: &[usize], max_tokens: NonZeroUsize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&index| Reverse(lengths[index]));
    let mut batches = Vec::new();
    let mut rest = order.as_slice();
    while let Some(&longest) = rest.first() {
        let rows = max_tokens.get() / lengths[longest].max(1);
        let (batch, after) = rest.split_at(rows.clamp(1, rest.len()));
        batches.push(batch.to_vec());
        rest = after;
    }
    batches
}

fn cut(order: &[usize], batch_size: NonZeroUsize) -> Vec<Vec<usize>> {
    order
        .chunks(batch_size.get())
        .map(<[usize]>::to_vec)
        .collect()
}

/// Sorts each mega-batch of `order` from long to short and puts the longest of all first.
fn group_by_length(order: &mut [usize], lengths: &[usize], batch_size: NonZeroUsize) {
    let batches = (order.len() / batch_size.get() / 4).clamp(1, MAX_MEGA_BATCH);
    let mega_batch = batches * batch_size.get();
    for examples in order.chunks_mut(mega_batch) {
        examples.sort_by_key(|&index| Reverse(lengths[index]));
    }
    // The longest of all is the first of its mega-batch.
    let longest = (0..order.len())
        .step_by(mega_batch)
        .max_by_key(|&at| lengths[order[at]]);
    if let Some(at) = longest {
        order.swap(0, at);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PADDINGS: [Padding; 3] = [Padding::Grouped, Padding::Longest, Padding::Max];

    fn size(batch_size: usize) -> NonZeroUsize {
        NonZeroUsize::new(batch_size).unwrap()
    }

    /// Lengths as MRPC's: mean 53 tokens, 90 % up to 70, the longest about 100.
    fn like_mrpc() -> Vec<usize> {
        let mut random = SplitMix64::of_epoch(1, 0);
        let mut uniform = || random.below(1 << 32) as f64 / (1u64 << 32) as f64;
        // The sum of twelve uniform numbers is nearly normal with mean 6 and deviation 1.
        let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        (0..3668)
            .map(|_| (53.0 + 13.5 * normal()).clamp(17.0, 104.0) as usize)
            .collect()
    }

    /// Share of padding when each batch is as wide as its longest example, or as `width`.
    fn waste(lengths: &[usize], batches: &[Vec<usize>], width: Option<usize>) -> f64 {
        let wide = |batch: &Vec<usize>| {
            batch.len() * width.unwrap_or(batch.iter().map(|&i| lengths[i]).max().unwrap())
        };
        let laid_out: usize = batches.iter().map(wide).sum();
        1.0 - lengths.iter().sum::<usize>() as f64 / laid_out as f64
    }

    #[test]
    fn grouping_wastes_little_on_lengths_like_mrpc() {
        let lengths = like_mrpc();
        let train = |padding| train_batches(&lengths, size(32), padding, 42, 0);
        let grouped = waste(&lengths, &train(Padding::Grouped), None);
        let longest = waste(&lengths, &train(Padding::Longest), None);
        let max = waste(&lengths, &train(Padding::Max), Some(128));
        let sorted = waste(
            &lengths,
            &eval_batches(&lengths, size(32), Padding::Grouped),
            None,
        );
        assert!(grouped < 0.04, "grouped {grouped}");
        assert!((0.3..0.4).contains(&longest), "longest {longest}");
        assert!((0.55..0.62).contains(&max), "max {max}");
        assert!(sorted < 0.01, "evaluation {sorted}");
    }

    #[test]
    fn batches_of_so_many_tokens_have_many_short_rows_or_few_long_ones() {
        let lengths = [3, 9, 2, 9, 1, 30, 0];
        let batches = token_batches(&lengths, size(18));
        assert_eq!(batches, [vec![5], vec![1, 3], vec![0, 2, 4, 6]]);
        assert!(token_batches(&[], size(18)).is_empty());
        // The last one is as wide as its longest row, not as what was left of the limit.
        assert_eq!(token_batches(&[1, 1, 1], size(2)), [vec![0, 1], vec![2]]);
    }

    #[test]
    fn nothing_gives_no_batch() {
        for padding in PADDINGS {
            assert!(train_batches(&[], size(4), padding, 0, 0).is_empty());
            assert!(eval_batches(&[], size(4), padding).is_empty());
        }
    }

    #[test]
    fn evaluation_is_in_file_order_or_sorted() {
        let lengths = [3, 9, 5, 9, 1];
        for padding in [Padding::Longest, Padding::Max] {
            let batches = eval_batches(&lengths, size(2), padding);
            assert_eq!(batches, [vec![0, 1], vec![2, 3], vec![4]]);
        }
        let batches = eval_batches(&lengths, size(2), Padding::Grouped);
        assert_eq!(batches, [vec![1, 3], vec![2, 0], vec![4]]);
    }

    proptest! {
        #[test]
        fn every_example_comes_once(
            lengths in prop::collection::vec(1usize..128, 0..300),
            batch_size in 1usize..40, seed: u64, epoch: u64,
        ) {
            for padding in PADDINGS {
                let train = train_batches(&lengths, size(batch_size), padding, seed, epoch);
                let eval = eval_batches(&lengths, size(batch_size), padding);
                for batches in [train, eval] {
                    if let Some((last, full)) = batches.split_last() {
                        prop_assert!(full.iter().all(|batch| batch.len() == batch_size));
                        prop_assert!((1..=batch_size).contains(&last.len()));
                    }
                    let mut indices = batches.concat();
                    indices.sort_unstable();
                    prop_assert!(indices.into_iter().eq(0..lengths.len()));
                }
            }
        }

        #[test]
        fn every_example_comes_once_within_the_limit(
            lengths in prop::collection::vec(0usize..128, 0..300), max_tokens in 1usize..5000,
        ) {
            let batches = token_batches(&lengths, size(max_tokens));
            for batch in &batches {
                let longest = batch.iter().map(|&index| lengths[index]).max().unwrap();
                prop_assert!(batch.len() == 1 || batch.len() * longest <= max_tokens);
            }
            // No two neighbours would have been one batch.
            for pair in batches.windows(2) {
                let longest = pair[0].iter().map(|&index| lengths[index]).max().unwrap();
                prop_assert!((pair[0].len() + 1) * longest.max(1) > max_tokens);
            }
            let mut indices = batches.concat();
            indices.sort_unstable();
            prop_assert!(indices.into_iter().eq(0..lengths.len()));
        }

        #[test]
        fn the_order_is_a_function_of_seed_and_epoch(
            lengths in prop::collection::vec(1usize..128, 40..300), seed: u64, epoch in 0u64..1000,
        ) {
            for padding in PADDINGS {
                let order = |seed, epoch| train_batches(&lengths, size(8), padding, seed, epoch);
                prop_assert_eq!(order(seed, epoch), order(seed, epoch));
                prop_assert_ne!(order(seed, epoch), order(seed, epoch + 1));
                prop_assert_ne!(order(seed, epoch), order(seed ^ 1, epoch));
            }
        }

        #[test]
        fn grouped_starts_with_the_longest(
            lengths in prop::collection::vec(1usize..128, 1..300), seed: u64, batch_size in 1usize..40,
        ) {
            let batches = train_batches(&lengths, size(batch_size), Padding::Grouped, seed, 0);
            let first = batches[0].iter().map(|&index| lengths[index]).max();
            prop_assert_eq!(first, lengths.iter().copied().max());
        }
    }
}
