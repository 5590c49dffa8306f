//! Entities in texts, from a saved folder.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;

use bert_core::backend::BertBackend;
use bert_data::Encoding;
use bert_data::batch::{PaddedBatch, Padding, eval_batches};
use bert_data::windows::token_windows;
use burn::tensor::Tensor;

use super::BertForTokenClassification;
use super::aggregation::AggregationStrategy;
use super::crf::{Chain, Neighbours};

use super::pieces::{Pieces, joined};
use super::tagged::{Tagged, Tagger};
use super::windows::window_of_pieces;
use crate::folder::ModelFolder;
use crate::metrics::not_finite;
use crate::model::TaskModel;
use crate::prediction::{Forward, PredictionError, Prepared, load};
use crate::tensors::numbers;

/// Labels the words of texts of any length, and finds the entities in them.
///
/// ```no_run
/// use bert_tasks::token::TokenClassifier;
/// use burn::backend::Flex;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let classifier = TokenClassifier::<Flex>::from_pretrained("out/ner", &Default::default())?;
/// for tagged in classifier.tag(&["Ada Lovelace lived in London."])? {
///     for entity in tagged.entities {
///         println!("{} {:?} {} {:.3}", entity.label, entity.chars, entity.text, entity.score);
///     }
/// }
/// # Ok(()) }
/// ```
pub struct TokenClassifier<B: BertBackend> {
    model: Prepared<B, Forward<B, Tensor<B, 3>>>,
    folder: ModelFolder,
    /// Of the labels, by their number.
    names: Vec<String>,
    crf: Option<(Chain, Neighbours)>,
    strategy: AggregationStrategy,
    batch_size: NonZeroUsize,
    max_seq_length: usize,
    stride: Option<usize>,
}

/// A window of a text that goes through the model.
struct Row {
    text: usize,
    /// Of the text.
    window: usize,
    pieces: Range<usize>,
    encoding: Encoding,
}

/// Texts that are cut into pieces and go through the model before the next are looked at, at least
/// so many batches of them: enough for batches of similar length.
const BATCHES: usize = 32;

/// What stands around a text: `[CLS]` and `[SEP]`.
const SPECIAL_TOKENS: usize = 2;

impl<B: BertBackend> TokenClassifier<B> {
    /// Opens a model that [`fit`](crate::training::fit) or `transformers` has saved, by its folder
    /// or its name on the hub ([`Pretrained`](crate::Pretrained)).
    ///
    /// # Errors
    /// When a file is missing or wrong, or the model has no head for tokens.
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
        Ok(Self::new(model, opened))
    }

    /// Of a model that is there.
    pub fn new(model: BertForTokenClassification<B>, folder: ModelFolder) -> Self {
        let labels = model.settings().num_labels;
        let names: Vec<String> = (0..labels).map(|label| folder.label_name(label)).collect();
        let crf = model.crf.as_ref();
        Self {
            crf: crf.map(|crf| (crf.chain(), Neighbours::of_names(&names))),
            strategy: AggregationStrategy::default(),
            batch_size: NonZeroUsize::new(32).expect("written here, above zero"),
            max_seq_length: folder.tokenizer.model_max_length(),
            stride: None,
            names,
            model: Prepared::new(model, |model: BertForTokenClassification<B>| {
                Box::new(model.prepare()) as Box<_>
            }),
            folder,
        }
    }

    /// With another way from pieces to entities than by the first piece of each word.
    #[must_use]
    pub fn with_aggregation_strategy(self, strategy: AggregationStrategy) -> Self {
        Self { strategy, ..self }
    }

    /// With so many windows that go through the model at once, instead of 32.
    #[must_use]
    pub fn with_batch_size(self, batch_size: NonZeroUsize) -> Self {
        Self { batch_size, ..self }
    }

    /// With windows of at most so many tokens, instead of as many as the model has positions for.
    #[must_use]
    pub fn with_max_seq_length(self, max_seq_length: usize) -> Self {
        Self {
            max_seq_length,
            ..self
        }
    }

    /// With so many tokens that a window of a long text shares with the one before, instead of a
    /// quarter of a window.
    #[must_use]
    pub fn with_stride(self, stride: usize) -> Self {
        let stride = Some(stride);
        Self { stride, ..self }
    }

    /// The names of the labels, in the order of their ids.
    pub fn label_names(&self) -> &[String] {
        &self.names
    }

    /// The labels of each text's words, and its entities, in the order of the texts. A text of any
    /// length is read in overlapping windows; each word is labelled where it has the most text
    /// around it.
    ///
    /// # Errors
    /// When a score of the model is not finite; when the windows have no room for a token, or the
    /// model's CRF none for another strategy than the first pieces of words.
    pub fn tag<S: AsRef<str>>(&self, texts: &[S]) -> Result<Vec<Tagged>, PredictionError> {
        self.tag_all(texts, |text| {
            let text = text.as_ref();
            Ok((
                text.to_owned(),
                Pieces::of_text(&self.folder.tokenizer, text)?,
            ))
        })
    }

    /// The same of texts that are words already: each has one label. Places are those in the words
    /// with a space between them.
    ///
    /// # Errors
    /// As [`tag`](Self::tag).
    pub fn tag_words<S: AsRef<str>>(
        &self,
        sentences: &[Vec<S>],
    ) -> Result<Vec<Tagged>, PredictionError> {
        self.tag_all(sentences, |words| {
            let (text, words) = joined(words);
            let pieces = Pieces::of_words(&self.folder.tokenizer, &text, &words)?;
            Ok((text, pieces))
        })
    }

    fn tag_all<T>(
        &self,
        texts: &[T],
        cut: impl Fn(&T) -> Result<(String, Pieces), PredictionError>,
    ) -> Result<Vec<Tagged>, PredictionError> {
        let tagger = Tagger {
            names: &self.names,
            strategy: self.strategy,
            crf: self.crf.as_ref(),
        };
        tagger.check()?;
        let mut tagged = Vec::with_capacity(texts.len());
        for (part, texts) in texts.chunks(BATCHES * self.batch_size.get()).enumerate() {
            let texts: Vec<(String, Pieces)> = texts.iter().map(&cut).collect::<Result<_, _>>()?;
            let before = part * BATCHES * self.batch_size.get();
            let logits = self.logits(&texts, before)?;
            let each = texts.iter().zip(&logits);
            tagged.extend(each.map(|((text, pieces), logits)| tagger.tag(text, pieces, logits)));
        }
        Ok(tagged)
    }

    /// The scores of each piece of each text, `[pieces, labels]`.
    fn logits(
        &self,
        texts: &[(String, Pieces)],
        before: usize,
    ) -> Result<Vec<Vec<f32>>, PredictionError> {
        let labels = self.names.len();
        let tokenizer = &self.folder.tokenizer;
        let (room, stride) = self.room()?;
        let mut rows = Vec::new();
        let mut window_of = Vec::with_capacity(texts.len());
        for (text, (_, pieces)) in texts.iter().enumerate() {
            let windows = token_windows(pieces.ids.len(), room, stride);
            let windows = windows.expect("there is more room than is shared");
            let words = pieces.words.iter().map(|word| word.pieces.clone());
            window_of.push(window_of_pieces(&windows, words, pieces.ids.len()));
            for (window, range) in windows.into_iter().enumerate() {
                rows.push(Row {
                    text,
                    window,
                    encoding: tokenizer.encode_pieces(&pieces.ids[range.clone()]),
                    pieces: range,
                });
            }
        }
        let lengths: Vec<usize> = rows.iter().map(|row| row.encoding.len()).collect();
        let mut logits: Vec<Vec<f32>> = texts
            .iter()
            .map(|(_, pieces)| vec![0.0; pieces.ids.len() * labels])
            .collect();
        for places in eval_batches(&lengths, self.batch_size, Padding::Grouped) {
            let encodings = places.iter().map(|&place| &rows[place].encoding);
            let batch = PaddedBatch::new(encodings, 0, tokenizer.pad_id());
            let scores = numbers((self.model.forward)(&self.model.input(&batch)?));
            for (scores, &place) in scores.chunks_exact(batch.seq_len * labels).zip(&places) {
                let row = &rows[place];
                // Behind [CLS].
                let scores = scores[labels..].chunks_exact(labels);
                for (piece, scores) in row.pieces.clone().zip(scores) {
                    if let Some(value) = not_finite(scores) {
                        return Err(PredictionError::NotFinite {
                            what: "text",
                            index: before + row.text,
                            value,
                        });
                    }
                    if window_of[row.text][piece] == row.window {
                        logits[row.text][piece * labels..(piece + 1) * labels]
                            .copy_from_slice(scores);
                    }
                }
            }
        }
        Ok(logits)
    }

    /// Pieces of a window, and how many of them it shares with the one before.
    fn room(&self) -> Result<(usize, usize), PredictionError> {
        let max_seq_length = self.max_seq_length;
        let positions = self.model.settings.config.max_sequence_length();
        let room = max_seq_length.min(positions).saturating_sub(SPECIAL_TOKENS);
        let stride = self.stride.unwrap_or(room / 4);
        match stride < room {
            true => Ok((room, stride)),
            false => Err(bert_data::TokenizerError::NoWindow {
                max_seq_length,
                special_tokens: SPECIAL_TOKENS,
                stride,
            }
            .into()),
        }
    }
}
