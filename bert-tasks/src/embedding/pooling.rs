//! From the hidden states of the tokens of a text to its vector.

use std::fmt;
use std::str::FromStr;

use bert_core::backend::BertBackend;
use bert_data::UnknownName;
use burn::tensor::{Bool, Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// What of a text's tokens its vector is; special tokens are tokens like others, padding is none.
///
/// Source: `Pooling` of sentence-transformers, whose names these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolingMode {
    /// The first token.
    Cls,
    /// The largest value of each dimension.
    Max,
    /// The mean.
    Mean,
    /// The sum over the square root of their number.
    #[serde(rename = "mean_sqrt_len_tokens")]
    MeanSqrtLen,
    /// The mean in which the first token counts once, the second twice, and so on.
    WeightedMean,
    /// The last token.
    LastToken,
}

impl PoolingMode {
    /// All of them, in the order in which older files have several at once.
    pub const ALL: [Self; 6] = [
        Self::Cls,
        Self::Max,
        Self::Mean,
        Self::MeanSqrtLen,
        Self::WeightedMean,
        Self::LastToken,
    ];

    /// As `pooling_mode` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cls => "cls",
            Self::Max => "max",
            Self::Mean => "mean",
            Self::MeanSqrtLen => "mean_sqrt_len_tokens",
            Self::WeightedMean => "weightedmean",
            Self::LastToken => "lasttoken",
        }
    }

    /// The key of older files that switches it on.
    pub(super) const fn switch(self) -> &'static str {
        match self {
            Self::Cls => "pooling_mode_cls_token",
            Self::Max => "pooling_mode_max_tokens",
            Self::Mean => "pooling_mode_mean_tokens",
            Self::MeanSqrtLen => "pooling_mode_mean_sqrt_len_tokens",
            Self::WeightedMean => "pooling_mode_weightedmean_tokens",
            Self::LastToken => "pooling_mode_lasttoken",
        }
    }

    /// What each of `length` tokens counts, the first `prompt` of them nothing: the vector is the
    /// sum of the tokens, each times its weight. Nothing for a maximum, which is no sum.
    fn weights(self, prompt: usize, length: usize) -> Option<Vec<f32>> {
        let counted = prompt.min(length)..length;
        let mut weights = vec![0.0; length];
        let count = counted.len();
        match self {
            Self::Max => return None,
            Self::Cls => {
                let first = if count > 0 { counted.start } else { 0 };
                weights[first] = 1.0;
            }
            Self::LastToken if count > 0 => weights[length - 1] = 1.0,
            Self::LastToken => {}
            Self::Mean => weights[counted].fill(1.0 / count as f32),
            Self::MeanSqrtLen => weights[counted].fill(1.0 / (count as f32).sqrt()),
            Self::WeightedMean => {
                let sum: usize = counted.clone().map(|place| place + 1).sum();
                for place in counted {
                    weights[place] = (place + 1) as f32 / sum as f32;
                }
            }
        }
        Some(weights)
    }
}

impl fmt::Display for PoolingMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PoolingMode {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let mut all = Self::ALL.into_iter();
        all.find(|mode| mode.name() == name)
            .ok_or_else(|| UnknownName {
                what: "pooling mode",
                value: name.to_owned(),
                allowed: "cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken",
            })
    }
}

/// How the vector of a text is made of its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pooling {
    /// The parts of the vector, one behind the other; at least one.
    pub modes: Vec<PoolingMode>,
    /// Whether the tokens of a prompt count.
    pub include_prompt: bool,
}

impl Default for Pooling {
    /// The mean of all tokens, which is what sentence-transformers takes where nothing is said.
    fn default() -> Self {
        Self {
            modes: vec![PoolingMode::Mean],
            include_prompt: true,
        }
    }
}

impl Pooling {
    /// Whether it looks at the first token alone.
    pub(super) fn is_first_token(&self) -> bool {
        self.modes == [PoolingMode::Cls]
    }

    /// The vectors of a batch, of which the first `prompt` tokens of each row are not counted.
    ///
    /// # Shapes
    /// - hidden `[batch, seq, hidden]`, of which `lengths` tokens of each row are no padding
    /// - output `[batch, modes * hidden]`
    pub(super) fn pool<B: BertBackend>(
        &self,
        hidden: Tensor<B, 3>,
        lengths: &[usize],
        prompt: usize,
    ) -> Tensor<B, 2> {
        let parts = self.modes.iter().map(|&mode| match mode {
            PoolingMode::Max => largest(hidden.clone(), lengths, prompt),
            mode => sum(mode, hidden.clone(), lengths, prompt),
        });
        Tensor::cat(parts.collect(), 1)
    }
}

/// A product with the weights, which every backend is fast at.
fn sum<B: BertBackend>(
    mode: PoolingMode,
    hidden: Tensor<B, 3>,
    lengths: &[usize],
    prompt: usize,
) -> Tensor<B, 2> {
    let [batch, seq, width] = hidden.dims();
    let mut weights = vec![0.0; batch * seq];
    for (row, &length) in weights.chunks_exact_mut(seq).zip(lengths) {
        row[..length].copy_from_slice(&mode.weights(prompt, length).unwrap_or_default());
    }
    let weights = TensorData::new(weights, [batch, 1, seq]);
    let weights = Tensor::<B, 3>::from_data(weights, &hidden.device());
    weights.matmul(hidden).reshape([batch, width])
}

fn largest<B: BertBackend>(hidden: Tensor<B, 3>, lengths: &[usize], prompt: usize) -> Tensor<B, 2> {
    let [batch, seq, width] = hidden.dims();
    let outside = lengths
        .iter()
        .flat_map(|&length| (0..seq).map(move |place| place < prompt || place >= length));
    let outside = TensorData::new(outside.collect::<Vec<bool>>(), [batch, seq, 1]);
    let outside = Tensor::<B, 3, Bool>::from_data(outside, &hidden.device());
    let outside = outside.expand([batch, seq, width]);
    let inside = hidden.mask_fill(outside, f32::NEG_INFINITY);
    inside.max_dim(1).reshape([batch, width])
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;

    use super::*;
    use crate::tensors::numbers;

    /// Two rows of two dimensions: three tokens, and one with padding that would be seen.
    fn pooled(mode: PoolingMode, prompt: usize) -> Vec<f32> {
        let rows = [
            [1.0, 8.0],
            [2.0, 6.0],
            [6.0, 1.0],
            [3.0, -5.0],
            [9e9, 9e9],
            [-9e9, 9e9],
        ];
        let rows = TensorData::new(rows.concat(), [2, 3, 2]);
        let hidden = Tensor::<Flex, 3>::from_data(rows, &Default::default());
        let pooling = Pooling {
            modes: vec![mode],
            include_prompt: false,
        };
        numbers(pooling.pool(hidden, &[3, 1], prompt))
    }

    #[test]
    fn padding_never_counts() {
        let root = 3f32.sqrt();
        for (mode, expected) in [
            (PoolingMode::Cls, [1.0, 8.0, 3.0, -5.0]),
            (PoolingMode::Max, [6.0, 8.0, 3.0, -5.0]),
            (PoolingMode::Mean, [3.0, 5.0, 3.0, -5.0]),
            (
                PoolingMode::MeanSqrtLen,
                [9.0 / root, 15.0 / root, 3.0, -5.0],
            ),
            (
                PoolingMode::WeightedMean,
                [23.0 / 6.0, 23.0 / 6.0, 3.0, -5.0],
            ),
            (PoolingMode::LastToken, [6.0, 1.0, 3.0, -5.0]),
        ] {
            let found = pooled(mode, 0);
            let is_near = |(a, b): (&f32, f32)| (a - b).abs() < 1e-5;
            assert!(found.iter().zip(expected).all(is_near), "{mode}: {found:?}");
        }
    }

    #[test]
    fn a_prompt_need_not_count() {
        let first_row = |mode| pooled(mode, 1)[..2].to_vec();
        assert_eq!(first_row(PoolingMode::Cls), [2.0, 6.0]);
        assert_eq!(first_row(PoolingMode::Max), [6.0, 6.0]);
        assert_eq!(first_row(PoolingMode::Mean), [4.0, 3.5]);
        assert_eq!(first_row(PoolingMode::LastToken), [6.0, 1.0]);
        // The second token still counts twice, the third three times.
        let weighted = first_row(PoolingMode::WeightedMean);
        assert!((weighted[0] - 4.4).abs() < 1e-6 && (weighted[1] - 3.0).abs() < 1e-6);
    }

    #[test]
    fn several_are_one_behind_the_other() {
        let rows = TensorData::new(vec![1.0f32, 8.0, 3.0, 2.0], [1, 2, 2]);
        let hidden = Tensor::<Flex, 3>::from_data(rows, &Default::default());
        let pooling = Pooling {
            modes: vec![PoolingMode::Max, PoolingMode::Cls, PoolingMode::Mean],
            include_prompt: true,
        };
        let found = numbers(pooling.pool(hidden, &[2], 0));
        assert_eq!(found, [3.0, 8.0, 1.0, 8.0, 2.0, 5.0]);
    }

    #[test]
    fn names_are_those_of_files() {
        for mode in PoolingMode::ALL {
            assert_eq!(mode.to_string().parse(), Ok(mode));
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.name());
        }
        let error = "sum".parse::<PoolingMode>().unwrap_err().to_string();
        assert!(error.contains("mean_sqrt_len_tokens"), "{error}");
    }
}
