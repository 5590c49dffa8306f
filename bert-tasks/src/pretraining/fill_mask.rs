//! Words for the hidden places of a text, from a saved folder.

use std::num::NonZeroUsize;
use std::path::Path;

use bert_core::backend::BertBackend;
use bert_core::model::BertInput;
use bert_data::BertTokenizer;
use bert_data::batch::PaddedBatch;
use burn::tensor::{Int, Tensor, TensorData};

use super::BertForMaskedLM;
use crate::folder::ModelFolder;
use crate::metrics::not_finite;
use crate::prediction::{PredictionError, Prepared, load};

/// How a hidden place is written in a text.
const MASK: &str = "[MASK]";

/// Says which words fit where a text has `[MASK]`.
///
/// ```no_run
/// use bert_tasks::pretraining::FillMask;
/// use burn::backend::Flex;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let fill_mask = FillMask::<Flex>::from_pretrained("bert", &Default::default())?;
/// let five = 5.try_into()?;
/// for fill in &fill_mask.fill("The capital of France is [MASK].", five)?[0] {
///     println!("{} {:.3}", fill.token, fill.probability);
/// }
/// # Ok(()) }
/// ```
pub struct FillMask<B: BertBackend> {
    model: Prepared<B, Scores<B>>,
    folder: ModelFolder,
}

/// From a batch and places in it, `[places]`, to the scores of the vocabulary there,
/// `[places, vocab]`.
type Scores<B> = dyn Fn(&BertInput<B>, Tensor<B, 1, Int>) -> Tensor<B, 2> + Send + Sync;

/// A token for a hidden place.
#[derive(Clone, Debug, PartialEq)]
pub struct Fill {
    /// As the vocabulary has it; `##` begins what goes on a word.
    pub token: String,
    /// Its id.
    pub token_id: u32,
    /// Its softmax probability over the whole vocabulary.
    pub probability: f64,
}

impl<B: BertBackend> FillMask<B> {
    /// Opens a model with a masked-LM head, of `pretrain` or of `transformers`, by its folder or its
    /// name on the hub ([`Pretrained`](crate::Pretrained)).
    ///
    /// # Errors
    /// When a file is missing or wrong, or the model has no such head.
    pub fn from_pretrained(
        name: impl AsRef<Path>,
        device: &B::Device,
    ) -> Result<Self, PredictionError> {
        let (opened, folder) = ModelFolder::from_pretrained(name)?;
        Self::of(opened, &folder, device)
    }

    /// [`from_pretrained`](Self::from_pretrained) of a folder that was opened.
    ///
    /// # Errors
    /// When the weights are missing or wrong, or the model has no such head.
    pub fn of(
        opened: ModelFolder,
        folder: &Path,
        device: &B::Device,
    ) -> Result<Self, PredictionError> {
        let model: BertForMaskedLM<B> = load(&opened, folder, device)?;
        Ok(Self {
            model: Prepared::new(model, |model| Box::new(model.prepare()) as Box<_>),
            folder: opened,
        })
    }

    /// The `top_k` most likely tokens for each `[MASK]` of a text, the most likely first.
    ///
    /// # Errors
    /// When the text has no `[MASK]`, or more tokens than the model has positions, or a score of the
    /// model is not finite.
    pub fn fill(&self, text: &str, top_k: NonZeroUsize) -> Result<Vec<Vec<Fill>>, PredictionError> {
        let (ids, masks) = encode(&self.folder.tokenizer, text)?;
        if masks.is_empty() {
            return Err(PredictionError::NoMask);
        }
        let positions = self.model.settings.config.max_sequence_length();
        if ids.len() > positions {
            let tokens = ids.len();
            return Err(PredictionError::TooLong { tokens, positions });
        }
        let input = self.model.input(&one_row(&ids))?;
        let device = input.device();
        let count = masks.len();
        let places = Tensor::<B, 1, Int>::from_data(TensorData::new(masks, [count]), &device);
        let scores = (self.model.forward)(&input, places);
        let vocabulary = scores.dims()[1];
        let scores = scores.into_data().convert::<f32>();
        let scores = scores
            .into_vec::<f32>()
            .expect("converted in the line above");
        let rows = scores.chunks_exact(vocabulary);
        for (index, row) in rows.clone().enumerate() {
            if let Some(value) = not_finite(row) {
                let what = "mask";
                return Err(PredictionError::NotFinite { what, index, value });
            }
        }
        Ok(rows.map(|row| self.best(row, top_k.get())).collect())
    }

    fn best(&self, row: &[f32], top_k: usize) -> Vec<Fill> {
        let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = row.iter().map(|&x| f64::from(x - max).exp()).sum();
        // Embeddings may have more rows than the vocabulary has words.
        let mut ids: Vec<usize> = (0..row.len().min(self.folder.tokenizer.vocab_size())).collect();
        ids.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        let fill = |id: usize| {
            let token_id = id as u32;
            Some(Fill {
                token: self.folder.tokenizer.id_to_token(token_id)?,
                token_id,
                probability: f64::from(row[id] - max).exp() / sum,
            })
        };
        ids.into_iter().filter_map(fill).take(top_k).collect()
    }
}

/// `[CLS] text [SEP]`, and the places of the masks.
fn encode(tokenizer: &BertTokenizer, text: &str) -> Result<(Vec<u32>, Vec<i64>), PredictionError> {
    let (mut ids, mut masks) = (vec![tokenizer.cls_id()], Vec::new());
    for (number, part) in text.split(MASK).enumerate() {
        if number > 0 {
            masks.push(ids.len() as i64);
            ids.push(tokenizer.mask_id());
        }
        ids.extend(tokenizer.word_pieces(part)?);
    }
    ids.push(tokenizer.sep_id());
    Ok((ids, masks))
}

fn one_row(ids: &[u32]) -> PaddedBatch {
    PaddedBatch {
        input_ids: ids.iter().map(|&id| i64::from(id)).collect(),
        token_type_ids: vec![0; ids.len()],
        attention_mask: vec![1; ids.len()],
        batch_size: 1,
        seq_len: ids.len(),
        pass_seed: None,
    }
}
