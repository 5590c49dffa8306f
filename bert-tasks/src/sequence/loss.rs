//! Cross entropy over the labels.

use burn::tensor::{Int, Tensor, activation::log_softmax, backend::Backend};

/// The mean over the batch of `-log softmax(logits)[label]`.
///
/// # Shapes
/// - logits `[batch, labels]`, labels `[batch]`
/// - output `[1]`
pub fn cross_entropy<B: Backend>(logits: Tensor<B, 2>, labels: Tensor<B, 1, Int>) -> Tensor<B, 1> {
    let [batch, _] = logits.dims();
    let picked = log_softmax(logits, 1).gather(1, labels.reshape([batch, 1]));
    picked.mean().neg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    #[test]
    fn by_hand_and_without_overflow() {
        let device = Default::default();
        let logits = Tensor::<Flex, 2>::from_floats([[0.0, 0.0], [1000.0, 0.0]], &device);
        let labels = Tensor::from_ints([1, 0], &device);
        let loss: f32 = cross_entropy(logits, labels).into_scalar();
        assert!((loss - 2.0_f32.ln() / 2.0).abs() < 1e-6, "{loss}");
    }
}
