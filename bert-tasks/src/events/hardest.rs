//! Which examples of an evaluation people should look at first.

/// Examples that displays are told of.
const EXAMPLES: usize = 40;

/// The places of some examples of which it is known whether the model is right and how sure it is: the
/// wrong ones first, the most certain at the top, then the right ones, the least certain at the
/// top.
pub(crate) fn hardest(examples: impl Iterator<Item = (bool, f64)>) -> Vec<usize> {
    let mut examples: Vec<(usize, bool, f64)> = examples
        .enumerate()
        .map(|(place, (is_right, probability))| (place, is_right, probability))
        .collect();
    examples.sort_by(|&(a, a_right, a_sure), &(b, b_right, b_sure)| {
        let order = a_sure.total_cmp(&b_sure);
        let order = if a_right { order } else { order.reverse() };
        a_right.cmp(&b_right).then(order).then(a.cmp(&b))
    });
    let shown = examples.into_iter().take(EXAMPLES);
    shown.map(|(place, ..)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certain_mistakes_come_first_and_certain_hits_last() {
        let examples = [
            (true, 0.98),
            (true, 0.7),
            (false, 0.95),
            (true, 0.7),
            (false, 0.99),
            (false, 0.99),
        ];
        assert_eq!(hardest(examples.into_iter()), [4, 5, 2, 1, 3, 0]);
    }
}
