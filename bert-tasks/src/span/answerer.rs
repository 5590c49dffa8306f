//! Answers to questions, from a saved folder.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bert_core::backend::BertBackend;
use bert_data::batch::{Padding, eval_batches};
use bert_data::{SpanConfig, SquadExample};
use burn::tensor::Tensor;

use super::answers::{decode_all, first_not_finite};
use super::nbest::set_probabilities;
use super::{BertForQuestionAnswering, Decoded, DecodingOptions, SpanScores, SpanSplit};
use crate::folder::ModelFolder;
use crate::prediction::{Forward, PredictionError, Prepared, load};

/// Finds answers to questions in passages of any length.
///
/// ```no_run
/// use bert_tasks::span::{AnswerOptions, QuestionAnswerer};
/// use burn::backend::Flex;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let answerer = QuestionAnswerer::<Flex>::from_pretrained("out/squad", &Default::default())?;
/// let context = "The barn owl hunts at night. It listens for mice in the grass.";
/// let questions = [("When does the barn owl hunt?", context)];
/// for found in answerer.answer(&questions, &AnswerOptions::default())? {
///     let answer = &found.answers[0];
///     println!("{} {:.3} {:?}", answer.text, answer.probability, answer.chars);
/// }
/// # Ok(()) }
/// ```
pub struct QuestionAnswerer<B: BertBackend> {
    model: Prepared<B, Forward<B, [Tensor<B, 2>; 2]>>,
    folder: ModelFolder,
}

/// How questions are answered.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerOptions {
    /// Most answers to a question: 1.
    pub top_k: NonZeroUsize,
    /// The longest answer, in tokens: 30.
    pub max_answer_length: usize,
    /// Windows that go through the model at once: 32.
    pub batch_size: NonZeroUsize,
    /// How passages are cut into windows; 384 tokens that share 128, or what the model has
    /// positions for, where absent.
    pub windows: Option<SpanConfig>,
}

impl Default for AnswerOptions {
    fn default() -> Self {
        let count = |n| NonZeroUsize::new(n).expect("written here, above zero");
        Self {
            top_k: count(1),
            max_answer_length: 30,
            batch_size: count(32),
            windows: None,
        }
    }
}

/// What is found for a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// The best answers, the best first, no two in the same place. Empty where the passage has no
    /// token.
    pub answers: Vec<Answer>,
    /// Probability that the passage has no answer. It means something for a model that was trained
    /// on questions without one, as SQuAD 2.0 has them.
    pub no_answer: f64,
    /// Score of no answer minus score of the best answer, to compare with
    /// `--null-score-diff-threshold`.
    pub null_odds: Option<f32>,
    /// Tokens at the end of the question that the model has not seen, because it was too long.
    pub num_truncated_tokens: usize,
}

/// A part of a passage that answers a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// `context[bytes]`.
    pub text: String,
    /// Softmax of its score over the best answers and no answer.
    pub probability: f64,
    /// The bytes of the context.
    pub bytes: Range<usize>,
    /// The characters (Unicode code points) of the context, as SQuAD and Python count.
    pub chars: Range<usize>,
}

/// Answers that are compared at least: a probability is one among them.
const FEWEST: usize = 20;

impl<B: BertBackend> QuestionAnswerer<B> {
    /// Opens a model that [`fit`](crate::training::fit) or `transformers` has saved, by its folder
    /// or its name on the hub ([`Pretrained`](crate::Pretrained)).
    ///
    /// # Errors
    /// When a file is missing or wrong, or the model has no head for question answering.
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
        Ok(Self::new(load(&opened, folder, device)?, opened))
    }

    /// Of a model that is there.
    pub fn new(model: BertForQuestionAnswering<B>, folder: ModelFolder) -> Self {
        let model = Prepared::new(model, |model: BertForQuestionAnswering<B>| {
            Box::new(model.prepare()) as Box<_>
        });
        Self { model, folder }
    }

    /// The answers to each `(question, context)`, in their order. A long context is read in
    /// overlapping windows; those of similar length, of whatever question, go through the model
    /// together.
    ///
    /// # Errors
    /// When a question or a context is empty, the options leave no room for the passage, or a score
    /// of the model is not finite.
    pub fn answer(
        &self,
        questions: &[(&str, &str)],
        options: &AnswerOptions,
    ) -> Result<Vec<Answers>, PredictionError> {
        let examples = examples(questions)?;
        let positions = self.model.settings.config.max_sequence_length();
        let config = options.windows.unwrap_or_else(|| windows(positions));
        let split = SpanSplit::encode(&self.folder.tokenizer, examples, config, |_| {})?;
        let windows = split.windows();
        let mut scores = Vec::new();
        for places in eval_batches(windows.lengths(), options.batch_size, Padding::Grouped) {
            let batch = windows.batch(&places, Padding::Grouped);
            let input = self.model.input(&batch.tokens)?;
            scores.push(SpanScores::new((self.model.forward)(&input), places));
        }
        if let Some((index, value)) = first_not_finite(&scores, &split) {
            let what = "question";
            return Err(PredictionError::NotFinite { what, index, value });
        }
        let decoding = DecodingOptions {
            version_2_with_negative: true,
            // Windows overlap, and the same answer may be found twice.
            n_best_size: FEWEST.max(2 * options.top_k.get()),
            max_answer_length: options.max_answer_length,
            null_score_diff_threshold: 0.0,
        };
        let found = decode_all(&scores, &split, &decoding).into_iter();
        let contexts = questions.iter().map(|(_, context)| *context);
        let top_k = options.top_k.get();
        Ok(contexts
            .zip(found)
            .enumerate()
            .map(|(index, (context, decoded))| Answers {
                num_truncated_tokens: windows.num_truncated_tokens(index),
                ..answers(context, decoded, top_k)
            })
            .collect())
    }
}

/// Questions in SQuAD's shape. The ones on one context share it.
fn examples(questions: &[(&str, &str)]) -> Result<Vec<SquadExample>, PredictionError> {
    let mut contexts: HashMap<&str, Arc<str>> = HashMap::new();
    let mut examples = Vec::with_capacity(questions.len());
    for (index, &(question, context)) in questions.iter().enumerate() {
        // A model would answer something all the same.
        if question.trim().is_empty() {
            return Err(PredictionError::EmptyQuestion { index });
        }
        if context.trim().is_empty() {
            return Err(PredictionError::EmptyContext { index });
        }
        let context = contexts.entry(context).or_insert_with(|| context.into());
        examples.push(SquadExample {
            id: index.to_string(),
            title: "".into(),
            question: question.to_owned(),
            context: context.clone(),
            answers: Vec::new(),
            is_impossible: false,
        });
    }
    Ok(examples)
}

/// SQuAD's windows, or what a model of fewer positions has room for.
fn windows(positions: usize) -> SpanConfig {
    let usual = SpanConfig::default();
    let max_seq_length = usual.max_seq_length.min(positions);
    // A short model gives half of its room to the passage, and half of that to the overlap.
    let max_query_length = usual.max_query_length.min(max_seq_length / 2);
    let room = max_seq_length.saturating_sub(max_query_length + 3);
    SpanConfig {
        max_seq_length,
        doc_stride: usual.doc_stride.min(room / 2),
        max_query_length,
    }
}

fn answers(context: &str, decoded: Decoded, top_k: usize) -> Answers {
    let mut places = HashSet::new();
    let mut n_best = decoded.n_best;
    // The placeholder says that there is nothing; no answer and the answers stay, each once.
    n_best.retain(|entry| match &entry.bytes {
        Some(bytes) => places.insert(bytes.clone()),
        None => entry.text.is_empty(),
    });
    set_probabilities(&mut n_best);
    let no_answer = n_best.iter().find(|entry| entry.bytes.is_none());
    let no_answer = no_answer.map_or(0.0, |entry| entry.probability);
    let answer = |bytes: Range<usize>, probability| {
        let start = context[..bytes.start].chars().count();
        let length = context[bytes.clone()].chars().count();
        Answer {
            text: context[bytes.clone()].to_owned(),
            probability,
            bytes,
            chars: start..start + length,
        }
    };
    let found = n_best
        .into_iter()
        .filter_map(|entry| Some(answer(entry.bytes?, entry.probability)));
    Answers {
        answers: found.take(top_k).collect(),
        no_answer,
        null_odds: decoded.null_odds,
        num_truncated_tokens: 0,
    }
}
