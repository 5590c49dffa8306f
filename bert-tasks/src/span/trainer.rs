//! From questions with their answers to a model that answers.

use std::sync::Arc;

use bert_core::backend::BertAutodiffBackend;
use bert_data::{SpanConfig, SquadExample};

use super::{BertForQuestionAnswering, DecodingOptions, SpanEvaluation, SpanHead, SpanSplit};
use crate::training::{FineTuned, Trainer, TrainingData, TrainingError};

impl<B: BertAutodiffBackend> Trainer<B> {
    /// Fine-tunes a [`BertForQuestionAnswering`] on `train` and keeps the model that is best on
    /// `dev`. Passages are read in windows of `max_seq_length` tokens, as in
    /// [`SpanConfig::default`]; where a question has no answer, the splits are taken to be of
    /// SQuAD 2.0.
    ///
    /// # Errors
    /// When the windows have no room for the passage; and see [`fit`](Self::fit).
    pub fn fit_answerer(
        self,
        train: Vec<SquadExample>,
        dev: Vec<SquadExample>,
    ) -> Result<FineTuned<SpanEvaluation>, TrainingError> {
        let trainer = self.for_task("question answering", &[]);
        let config = SpanConfig {
            max_seq_length: trainer.max_seq_length(),
            ..SpanConfig::default()
        };
        let mut all = train.iter().chain(&dev);
        let decoding = DecodingOptions {
            version_2_with_negative: all.any(|example| example.is_impossible),
            ..DecodingOptions::default()
        };
        let encode = |examples| {
            let tokenizer = &trainer.folder().tokenizer;
            SpanSplit::encode(tokenizer, examples, config, |_| {}).map(Arc::new)
        };
        let data = TrainingData::new(encode(train)?, encode(dev)?);
        trainer.fit::<BertForQuestionAnswering<B>, _>(&SpanHead { decoding }, &data)
    }
}
