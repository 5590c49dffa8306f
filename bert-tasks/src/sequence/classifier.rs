//! Labels for texts, from a saved folder.

use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::path::Path;

use bert_core::backend::BertBackend;
use bert_core::config::ProblemType;
use bert_data::batch::{Padding, eval_batches};
use bert_data::{BertTokenizer, EncodedDataset, Label, PairExample, Windows};
use burn::tensor::Tensor;

use super::decision::Decision;
use super::pooling::pool;
use super::{BertForSequenceClassification, SequenceModel};
use crate::folder::{FolderError, ModelFolder};
use crate::metrics::not_finite;
use crate::prediction::{Forward, PredictionError, Prepared, load};
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
    model: Prepared<B, Forward<B, Tensor<B, 2>>>,
    folder: ModelFolder,
    batch_size: NonZeroUsize,
    max_seq_length: usize,
    decision: Decision,
    windows: Option<Windows>,
    of: PhantomData<fn() -> M>,
}

/// The class of a text.
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

/// What a model says of a text, whatever its labels mean.
#[derive(Clone, Debug, PartialEq)]
pub struct TextPrediction {
    /// The class, the classes that apply, or the number.
    pub label: Label,
    /// The probability of every label, `[labels]`: their softmax where one of them is picked, each
    /// its own where several can apply. Of a regression the number itself.
    pub scores: Vec<f64>,
    /// Tokens of the texts that the model has not seen, because they were too many.
    pub num_truncated_tokens: usize,
}

impl<B: BertBackend, M: SequenceModel<B>> Classifier<B, M> {
    /// Opens a model that [`fit`](crate::training::fit) or `transformers` has saved, by its folder
    /// or its name on the hub ([`Pretrained`](crate::Pretrained)).
    ///
    /// # Errors
    /// When a file is missing or wrong, or the model has no classification head.
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
        let model = load(&opened, folder, device)?;
        Self::new(model, opened)
    }

    /// Of a model that is there.
    ///
    /// # Errors
    /// When its labels cannot mean what its configuration says.
    pub fn new(model: M, folder: ModelFolder) -> Result<Self, PredictionError> {
        M::check_problem(model.config()).map_err(FolderError::from)?;
        let decision = match model.settings().problem {
            // Labels there are of another head, in models that have two of their own.
            ProblemType::SingleLabelClassification => {
                Decision::new(ProblemType::SingleLabelClassification, 0.5)
            }
            _ => Decision::of(&folder.config),
        };
        Ok(Self {
            decision,
            windows: None,
            max_seq_length: model.config().max_sequence_length(),
            batch_size: NonZeroUsize::new(32).expect("written here, above zero"),
            model: Prepared::new(model, SequenceModel::prepare),
            folder,
            of: PhantomData,
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
        let positions = self.model.settings.config.max_sequence_length();
        self.max_seq_length = max_seq_length.min(positions);
        self
    }

    /// With longer texts read in windows instead of cut.
    #[must_use]
    pub fn with_windows(mut self, windows: Windows) -> Self {
        self.windows = Some(windows);
        self
    }

    /// With another probability from which a class applies, where several can: that of the folder,
    /// or 0.5, where this is not called.
    #[must_use]
    pub fn with_threshold(mut self, threshold: f64) -> Self {
        self.decision = self.decision.with_threshold(threshold);
        self
    }

    /// What its labels mean.
    pub fn problem(&self) -> ProblemType {
        self.decision.problem()
    }

    /// What the labels are called, by their number.
    pub fn label_names(&self) -> Vec<String> {
        let labels = 0..self.model.settings.num_labels;
        labels.map(|label| self.folder.label_name(label)).collect()
    }

    /// The tokenizer of the folder.
    pub fn tokenizer(&self) -> &BertTokenizer {
        &self.folder.tokenizer
    }

    /// The class of each sentence or pair, in their order.
    ///
    /// # Errors
    /// As [`predict`](Self::predict), and when texts do not have one class of several.
    pub fn classify(
        &self,
        texts: &[(&str, Option<&str>)],
    ) -> Result<Vec<Classification>, PredictionError> {
        if self.problem() != ProblemType::SingleLabelClassification {
            return Err(PredictionError::NotOneClass);
        }
        let class = |prediction: TextPrediction| {
            let label_id = prediction.label.class()?;
            Some(Classification {
                label: self.folder.label_name(label_id),
                label_id,
                probability: prediction.scores[label_id],
                probabilities: prediction.scores,
                num_truncated_tokens: prediction.num_truncated_tokens,
            })
        };
        let predictions = self.predict(texts)?.into_iter();
        Ok(predictions.filter_map(class).collect())
    }

    /// What the model says of each sentence or pair, in their order. Texts of similar length go
    /// through the model together.
    ///
    /// # Errors
    /// When a text is empty, the model takes no pairs, or what it says of a text is not finite.
    pub fn predict(
        &self,
        texts: &[(&str, Option<&str>)],
    ) -> Result<Vec<TextPrediction>, PredictionError> {
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
        let (tokenizer, length) = (&self.folder.tokenizer, self.max_seq_length);
        let encoded = EncodedDataset::encode_with(tokenizer, &examples, length, self.windows)?;

        let mut predictions: Vec<Option<TextPrediction>> = vec![None; texts.len()];
        let mut fault: Option<(usize, f64)> = None;
        for places in eval_batches(encoded.lengths(), self.batch_size, Padding::Grouped) {
            let batch = encoded.batch(&places, Padding::Grouped);
            let logits = (self.model.forward)(&self.model.input(&batch.tokens)?);
            let logits = pool(logits, &batch.rows, batch.pooling);
            let labels = logits.dims()[1];
            let logits = numbers(logits);
            for (&place, row) in places.iter().zip(logits.chunks_exact(labels)) {
                if let Some(value) = not_finite(row)
                    && fault.is_none_or(|(first, _)| place < first)
                {
                    fault = Some((place, value));
                }
                let truncated = encoded.rows(place)[0].num_truncated_tokens;
                predictions[place] = Some(TextPrediction {
                    label: self.decision.label(row),
                    scores: self.decision.scores(row),
                    num_truncated_tokens: truncated,
                });
            }
        }
        if let Some((index, value)) = fault {
            let what = "text";
            return Err(PredictionError::NotFinite { what, index, value });
        }
        Ok(predictions.into_iter().flatten().collect())
    }
}
