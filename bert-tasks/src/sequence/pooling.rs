//! From the scores of an example's rows to those of the example.

use bert_core::backend::BertBackend;
use bert_data::Pooling;
use burn::tensor::{Tensor, TensorData};

use crate::tensors::ints;

/// `[rows, labels]` to `[examples, labels]`, where each example has so many rows. An example of one
/// row keeps its scores, to the bit where all have one.
pub(super) fn pool<B: BertBackend>(
    logits: Tensor<B, 2>,
    rows: &[usize],
    pooling: Pooling,
) -> Tensor<B, 2> {
    if rows.iter().all(|&count| count == 1) {
        return logits;
    }
    let (device, [all, labels]) = (logits.device(), logits.dims());
    let firsts = rows.iter().scan(0, |next, &count| {
        let first = *next;
        *next += count;
        Some((first, count))
    });
    match pooling {
        Pooling::Mean => {
            let mut shares = vec![0.0; rows.len() * all];
            for (example, (first, count)) in firsts.enumerate() {
                let own = example * all + first;
                shares[own..own + count].fill(1.0 / count as f32);
            }
            let shares = TensorData::new(shares, [rows.len(), all]);
            Tensor::<B, 2>::from_data(shares, &device).matmul(logits)
        }
        Pooling::Max => {
            let width = rows.iter().copied().max().unwrap_or(1);
            // What is filled up with a row that is there does not change the highest.
            let places = firsts.flat_map(|(first, count)| {
                (0..width).map(move |at| (first + if at < count { at } else { 0 }) as i64)
            });
            let places = ints::<B>(places.collect(), &device);
            let filled = logits.select(0, places);
            let filled = filled.reshape([rows.len(), width, labels]);
            filled.max_dim(1).reshape([rows.len(), labels])
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;

    use super::*;
    use crate::tensors::numbers;

    #[test]
    fn rows_come_together_by_their_mean_or_their_highest() {
        let logits: Tensor<Flex, 2> = Tensor::from_floats(
            [[1.0, 2.0], [3.0, -4.0], [5.0, 0.5], [0.0, 0.0]],
            &Default::default(),
        );
        let of = |rows: &[usize], pooling| numbers(pool(logits.clone(), rows, pooling));
        assert_eq!(
            of(&[2, 1, 1], Pooling::Mean),
            [2.0, -1.0, 5.0, 0.5, 0.0, 0.0]
        );
        assert_eq!(of(&[1, 3], Pooling::Max), [1.0, 2.0, 5.0, 0.5]);
        assert_eq!(of(&[1; 4], Pooling::Mean), numbers(logits.clone())[..]);
    }
}
