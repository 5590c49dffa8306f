//! Labels for texts, from a saved folder.

use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::path::Path;

use bert_core::backend::BertBackend;
use bert_data::batch::{Padding, eval_batches};
use bert_data::{BertTokenizer, EncodedDataset, PairExample};

use super::{BertForSequenceClassification, SequenceModel};
use crate::folder::ModelFolder;
use crate::metrics::not_finite;
use crate::prediction::{PredictionError, load};
use crate::scores::{argmax, probabilities};
use crate::tensors::numbers;

/// Gives sentences, or pairs of them, a label each; M is the model that does it.
///
/// ```no_run
/// use bert_tasks::sequence::Classifier;
/// use burn::backend::Flex;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let classifier = Classifier::<Flex>::from_pretrained("out/mrpc", &Default::default())?;
/// let pairs = [("He bought the firm.", Some("The firm was sold to him."))];
/// for class in classifier.classify(&pairs)? {
///     println!("{} {:.3}", class.label, class.probability);
/// }
/// # Ok(()) }
/// ```
pub struct Classifier<B: BertBackend, M = BertForSequenceClassification<B>> {
    model: M,
    folder: ModelFolder,
    batch_size: NonZeroUsize,
    max_seq_length: usize,
    backend: PhantomData<fn() -> B>,
}

/// The label of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Classification {
    /// What `config.json` calls it.
    pub label: String,
    /// Its number.
    pub label_id: usize,
    /// Its softmax probability.
    pub probability: f64,
    /// The probability of every label, `[labels]`.
    pub probabilities: Vec<f64>,
    /// Tokens at the end of the texts that the model has not seen, because it has no more
    /// positions.
    pub num_truncated_tokens: usize,
}

impl<B: BertBackend, M: SequenceModel<B>> Classifier<B, M> {
    /// Opens a folder that [`fit`](crate::training::fit) or `transformers` has saved.
    ///
    /// # Errors
    /// When a file is missing or wrong, or the model has no classification head.
    pub fn from_pretrained(
        folder: impl AsRef<Path>,
        device: &B::Device,
    ) -> Result<Self, PredictionError> {
        let opened = ModelFolder::open(folder.as_ref())?;
        Self::of(opened, folder.as_ref(), device)
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
        let model = load(&opened, folder, device)?;
        Self::new(model, opened)
    }

    /// Of a model that is there.
    ///
    /// # Errors
    /// When it has fewer than two labels.
    pub fn new(model: M, folder: ModelFolder) -> Result<Self, PredictionError> {
        if model.settings().num_labels < 2 {
            return Err(PredictionError::OneLabel);
        }
        Ok(Self {
            max_seq_length: model.config().max_sequence_length(),
            batch_size: NonZeroUsize::new(32).expect("written here, above zero"),
            model,
            folder,
            backend: PhantomData,
        })
    }

    /// With so many texts at once: 32 where this is not called.
    #[must_use]
    pub fn with_batch_size(mut self, batch_size: NonZeroUsize) -> Self {
        self.batch_size = batch_size;
        self
    }

    /// With texts cut to so many tokens: as many as the model has positions where this is not
    /// called, and never more.
    #[must_use]
    pub fn with_max_seq_length(mut self, max_seq_length: usize) -> Self {
        let positions = self.model.config().max_sequence_length();
        self.max_seq_length = max_seq_length.min(positions);
        self
    }

    /// The tokenizer of the folder.
    pub fn tokenizer(&self) -> &BertTokenizer {
        &self.folder.tokenizer
    }

    /// The label of each sentence or pair, in their order. Texts of similar length go through the
    /// model together.
    ///
    /// # Errors
    /// When a text is empty, the model takes no pairs, or what it says of a text is not finite.
    pub fn classify(
        &self,
        texts: &[(&str, Option<&str>)],
    ) -> Result<Vec<Classification>, PredictionError> {
        let is_empty = |&(a, b): &(&str, Option<&str>)| {
            a.trim().is_empty() || b.is_some_and(|b| b.trim().is_empty())
        };
        if let Some(index) = texts.iter().position(is_empty) {
            return Err(PredictionError::EmptyText { index });
        }
        let example = |(id, &(a, b)): (usize, &(&str, Option<&str>))| PairExample {
            id,
            text_a: a.to_owned(),
            text_b: b.map(str::to_owned),
            label: None,
        };
        let examples: Vec<PairExample> = texts.iter().enumerate().map(example).collect();
        let encoded =
            EncodedDataset::encode(&self.folder.tokenizer, &examples, self.max_seq_length)?;

        let mut classes: Vec<Option<Classification>> = vec![None; texts.len()];
        let mut fault: Option<(usize, f64)> = None;
        for places in eval_batches(encoded.lengths(), self.batch_size, Padding::Grouped) {
            let batch = encoded.batch(&places, Padding::Grouped);
            let logits = self.model.logits(self.model.input(&batch.tokens)?);
            let labels = logits.dims()[1];
            let logits = numbers(logits);
            for (&place, row) in places.iter().zip(logits.chunks_exact(labels)) {
                if let Some(value) = not_finite(row)
                    && fault.is_none_or(|(first, _)| place < first)
                {
                    fault = Some((place, value));
                }
                let truncated = encoded.rows(place)[0].num_truncated_tokens;
                classes[place] = Some(self.class(row, truncated));
            }
        }
        if let Some((index, value)) = fault {
            let what = "text";
            return Err(PredictionError::NotFinite { what, index, value });
        }
        Ok(classes.into_iter().flatten().collect())
    }

    fn class(&self, row: &[f32], num_truncated_tokens: usize) -> Classification {
        let label_id = argmax(row);
        let probabilities = probabilities(row);
        Classification {
            label: self.folder.label_name(label_id),
            label_id,
            probability: probabilities[label_id],
            probabilities,
            num_truncated_tokens,
        }
    }
}
