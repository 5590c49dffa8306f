//! What a row of scores says: which is the highest, and how sure the model is.

/// The label with the highest score; the first of equals.
pub(crate) fn argmax(row: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = index;
        }
    }
    best
}

/// The label with the highest probability, and that; the first of equals.
pub(crate) fn highest(probabilities: &[f64]) -> (usize, f64) {
    let mut best = (0, probabilities.first().copied().unwrap_or(0.0));
    for (label, &probability) in probabilities.iter().enumerate() {
        if probability > best.1 {
            best = (label, probability);
        }
    }
    best
}

/// The softmax of a row of logits.
pub(crate) fn probabilities(row: &[f32]) -> Vec<f64> {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponentials: Vec<f64> = row.iter().map(|&x| f64::from(x - max).exp()).collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.into_iter().map(|x| x / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_is_the_softmax_of_its_row() {
        let certain = 1.0 / (1.0 + (-3.0_f64).exp());
        let found = probabilities(&[1000.0, 1003.0]);
        assert!((found[1] - certain).abs() < 1e-12);
        assert!((found[0] + found[1] - 1.0).abs() < 1e-12);
    }
}
