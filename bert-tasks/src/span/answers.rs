//! From the scores of all windows to the answers to each question.

use super::{Decoded, DecodingOptions, SpanScores, SpanSplit, Window, decode};
use crate::metrics::not_finite;

/// The first question of which a score is not finite, and that score. Scores of padding do not
/// count: no answer depends on them.
pub(super) fn first_not_finite<'a>(
    batches: impl IntoIterator<Item = &'a SpanScores>,
    split: &SpanSplit,
) -> Option<(usize, f64)> {
    let windows = split.windows();
    let rows = batches
        .into_iter()
        .flat_map(|scores| scores.indices.iter().copied().zip(scores.rows()));
    let fault = |(index, (starts, ends)): (usize, (&[f32], &[f32]))| {
        let length = windows.lengths()[index];
        let value = not_finite(&starts[..length]).or_else(|| not_finite(&ends[..length]))?;
        Some((index, value))
    };
    let (window, value) = rows.filter_map(fault).min_by_key(|&(index, _)| index)?;
    Some((windows.feature(window).example, value))
}

/// The answers to each question, from the scores of all windows.
pub(super) fn decode_all<'a>(
    batches: impl IntoIterator<Item = &'a SpanScores>,
    split: &SpanSplit,
    options: &DecodingOptions,
) -> Vec<Decoded> {
    let windows = split.windows();
    let mut rows: Vec<(&[f32], &[f32])> = vec![(&[], &[]); windows.len()];
    for scores in batches {
        for (&index, row) in scores.indices.iter().zip(scores.rows()) {
            rows[index] = row;
        }
    }
    let answer = |example: usize| {
        let features: Vec<_> = windows
            .features_of(example)
            .map(|index| (index, windows.feature(index)))
            .collect();
        let offsets: Vec<Vec<(u32, u32)>> = features
            .iter()
            .map(|(_, feature)| feature.offsets())
            .collect();
        let windows: Vec<Window<'_>> = features
            .iter()
            .zip(&offsets)
            .map(|((index, feature), offsets)| Window {
                // Without padding, whose tokens would compete with the others.
                start_logits: &rows[*index].0[..feature.len()],
                end_logits: &rows[*index].1[..feature.len()],
                cls: 0,
                passage: feature.passage.start,
                offsets,
            })
            .collect();
        let context = &split.examples()[example].context;
        decode(context, &windows, options).expect("windows and context are of one split")
    };
    (0..windows.num_examples()).map(answer).collect()
}
