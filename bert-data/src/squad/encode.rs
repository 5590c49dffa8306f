//! A whole split of questions, encoded once and kept in memory.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use super::example::SquadExample;
use super::window::{TokenSpan, answer_tokens, windows};
use super::{SpanConfig, SpanFeature, SquadError};
use crate::statistics::EncodingStatistics;
use crate::tokenizer::{BertTokenizer, PairTemplate, TokenizerError};

/// The tokens of a split's questions and passages, and the windows over them.
///
/// A passage is tokenized and kept once, whatever the number of questions on it and of windows
/// over it: [`feature`](Self::feature) puts the tokens of one window together when it is needed.
#[derive(Debug, Clone)]
pub struct EncodedSquad {
    passages: Vec<Passage>,
    /// Token ids of each example's question, cut.
    questions: Vec<Vec<u32>>,
    /// How many tokens each lost.
    cut: Vec<usize>,
    windows: Vec<Window>,
    /// Number of tokens of each window's feature.
    lengths: Vec<usize>,
    /// Where the windows of each example end.
    window_ends: Vec<usize>,
    config: SpanConfig,
    template: PairTemplate,
    pad_id: u32,
    statistics: EncodingStatistics,
}

#[derive(Debug, Clone)]
struct Passage {
    context: Arc<str>,
    ids: Vec<u32>,
    spans: Vec<TokenSpan>,
}

/// A question and a part of its passage.
#[derive(Debug, Clone)]
struct Window {
    example: usize,
    passage: usize,
    /// Tokens of the passage.
    tokens: Range<usize>,
    /// First and last token of the answer in the feature.
    label: (usize, usize),
}

impl EncodedSquad {
    /// Encodes `examples` on all of rayon's threads.
    ///
    /// Ids, segments and windows equal those of transformers' fast tokenizer with
    /// `truncation="only_second"`, `stride=doc_stride` and `return_overflowing_tokens=True` on
    /// the questions cut to `max_query_length`; labels those of the first answers by
    /// `prepare_train_features` of transformers' run_qa.py, except that they never leave the
    /// passage. An answer that is longer than the overlap may be whole in no window.
    ///
    /// `progress` is told now and then how many examples are done, from any thread, in rising
    /// numbers, and at the end that all are. While it runs, other threads go on.
    ///
    /// # Errors
    /// If the lengths of `config` leave no room for the passage.
    pub fn encode(
        tokenizer: &BertTokenizer,
        examples: &[SquadExample],
        config: SpanConfig,
        progress: impl FnMut(usize) + Send,
    ) -> Result<Self, SquadError> {
        config.check()?;
        if tokenizer.truncates_left() {
            return Err(TokenizerError::LeftTruncation.into());
        }
        let groups = by_context(examples);
        let progress = Progress::new(progress);
        let tokens = groups
            .par_iter()
            .map(|group| {
                let passage = Passage::new(tokenizer, &examples[group[0]])?;
                let questions: Vec<_> = group
                    .par_iter()
                    .map(|&example| tokenizer.word_pieces(&examples[example].question))
                    .collect::<Result<_, TokenizerError>>()?;
                progress.add(group.len());
                Ok((passage, questions))
            })
            .collect::<Result<Vec<_>, SquadError>>()?;
        progress.end(examples.len());

        let mut split = Self {
            passages: Vec::with_capacity(groups.len()),
            questions: vec![Vec::new(); examples.len()],
            cut: vec![0; examples.len()],
            windows: Vec::with_capacity(examples.len()),
            lengths: Vec::with_capacity(examples.len()),
            window_ends: Vec::with_capacity(examples.len()),
            config,
            template: tokenizer.pair_template(),
            pad_id: tokenizer.pad_id(),
            statistics: EncodingStatistics {
                examples: examples.len(),
                ..EncodingStatistics::default()
            },
        };
        let mut passage_of = vec![0; examples.len()];
        for (group, (passage, questions)) in groups.iter().zip(tokens) {
            for (&example, mut question) in group.iter().zip(questions) {
                passage_of[example] = split.passages.len();
                let cut = question.len().saturating_sub(config.max_query_length);
                split.cut[example] = cut;
                split.statistics.truncated_texts += usize::from(cut > 0);
                question.truncate(config.max_query_length);
                split.statistics.tokens += question.len();
                split.statistics.unknown_tokens += tokenizer.count_unknown(&question);
                split.questions[example] = question;
            }
            split.statistics.tokens += passage.ids.len();
            split.statistics.unknown_tokens += tokenizer.count_unknown(&passage.ids);
            split.passages.push(passage);
        }
        for (index, example) in examples.iter().enumerate() {
            split.add_windows(index, example, passage_of[index]);
        }
        Ok(split)
    }

    fn add_windows(&mut self, index: usize, example: &SquadExample, passage: usize) {
        let Passage { ids, spans, .. } = &self.passages[passage];
        let question = self.questions[index].len();
        let size = self.config.max_seq_length - PairTemplate::special_tokens(2) - question;
        let answer = example.answers.first().filter(|_| !example.is_impossible);
        for tokens in windows(ids.len(), size, self.config.doc_stride) {
            let first = PairTemplate::second_begins(question);
            let label = answer
                .and_then(|answer| answer_tokens(&spans[tokens.clone()], &answer.range()))
                .map_or((0, 0), |(start, end)| (first + start, first + end));
            self.lengths
                .push(PairTemplate::special_tokens(2) + question + tokens.len());
            self.windows.push(Window {
                example: index,
                passage,
                tokens,
                label,
            });
        }
        self.window_ends.push(self.windows.len());
    }

    /// Number of features: windows of all examples.
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Whether there is no feature.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Number of examples. Each has a feature at least.
    pub fn num_examples(&self) -> usize {
        self.questions.len()
    }

    /// Number of distinct passages.
    pub fn num_passages(&self) -> usize {
        self.passages.len()
    }

    /// Tokens at the end of an example's question that were cut off.
    ///
    /// # Panics
    /// If `example` is not below [`num_examples`](Self::num_examples).
    pub fn num_truncated_tokens(&self, example: usize) -> usize {
        self.cut[example]
    }

    /// What was unknown, each passage counted once, and how many questions lost tokens to
    /// `max_query_length`.
    pub fn statistics(&self) -> EncodingStatistics {
        self.statistics
    }

    /// Tokens of each feature, special tokens included.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The lengths the examples were encoded with.
    pub fn config(&self) -> SpanConfig {
        self.config
    }

    /// Id of `[PAD]` in the vocabulary, for whoever lays features out as rows.
    pub fn pad_id(&self) -> u32 {
        self.pad_id
    }

    /// The features of an example, from the first window of its passage to the last.
    ///
    /// # Panics
    /// If `example` is not below [`num_examples`](Self::num_examples).
    pub fn features_of(&self, example: usize) -> Range<usize> {
        let start = match example.checked_sub(1) {
            Some(before) => self.window_ends[before],
            None => 0,
        };
        start..self.window_ends[example]
    }

    /// A feature. The features of the first example come first, and so on.
    ///
    /// # Panics
    /// If `index` is not below [`len`](Self::len).
    pub fn feature(&self, index: usize) -> SpanFeature<'_> {
        let window = &self.windows[index];
        let passage = &self.passages[window.passage];
        let question = &self.questions[window.example];
        let tokens = &passage.ids[window.tokens.clone()];
        let (input_ids, token_type_ids) = self.template.sequence(question, Some(tokens));
        let first = PairTemplate::second_begins(question.len());
        SpanFeature {
            example: window.example,
            input_ids,
            token_type_ids,
            passage: first..first + window.tokens.len(),
            start: window.label.0,
            end: window.label.1,
            context: &passage.context,
            spans: &passage.spans[window.tokens.clone()],
        }
    }
}

impl Passage {
    fn new(tokenizer: &BertTokenizer, example: &SquadExample) -> Result<Self, SquadError> {
        let context = example.context.clone();
        if u32::try_from(context.len()).is_err() {
            return Err(SquadError::LongPassage {
                id: example.id.clone(),
                bytes: context.len(),
            });
        }
        // A tokenizer.json can hold any tokenizer: places are on character boundaries whatever it
        // says.
        let span = |range: Range<usize>| TokenSpan {
            start: context.floor_char_boundary(range.start) as u32,
            end: context.ceil_char_boundary(range.end) as u32,
        };
        let pieces = tokenizer.word_pieces_with_offsets(&context)?;
        let (ids, spans) = pieces
            .into_iter()
            .map(|(id, range)| (id, span(range)))
            .unzip();
        Ok(Self {
            context,
            ids,
            spans,
        })
    }
}

/// The indices of the examples on each distinct context, in the order of the first of them.
fn by_context(examples: &[SquadExample]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut group_of: HashMap<&str, usize> = HashMap::new();
    for (index, example) in examples.iter().enumerate() {
        let group = *group_of.entry(&example.context).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(index);
    }
    groups
}

/// Counts what threads have done and tells it on, in rising numbers.
struct Progress<F> {
    done: AtomicUsize,
    tell: Mutex<F>,
}

impl<F: FnMut(usize)> Progress<F> {
    fn new(tell: F) -> Self {
        Self {
            done: AtomicUsize::new(0),
            tell: Mutex::new(tell),
        }
    }

    fn add(&self, more: usize) {
        self.done.fetch_add(more, Ordering::Relaxed);
        // No waiting: whoever is telling now is not far behind.
        if let Ok(mut tell) = self.tell.try_lock() {
            tell(self.done.load(Ordering::Relaxed));
        }
    }

    fn end(self, all: usize) {
        if let Ok(mut tell) = self.tell.into_inner() {
            tell(all);
        }
    }
}

#[cfg(test)]
mod tests;
