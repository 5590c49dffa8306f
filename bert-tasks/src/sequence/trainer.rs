//! From labelled texts to a classifier.

use std::sync::Arc;

use bert_core::backend::BertAutodiffBackend;
use bert_data::{EncodedDataset, PairExample};

use super::{BertForSequenceClassification, SequenceEvaluation, SequenceHead};
use crate::training::{FineTuned, Trainer, TrainingData, TrainingError};

impl<B: BertAutodiffBackend> Trainer<B> {
    /// Fine-tunes a [`BertForSequenceClassification`] whose labels have these names, in the order
    /// of their ids, on `train`, and keeps the model that is best on `dev`.
    ///
    /// # Errors
    /// When a text cannot be encoded; and see [`fit`](Self::fit).
    pub fn fit_classifier(
        self,
        labels: &[&str],
        train: &[PairExample],
        dev: &[PairExample],
    ) -> Result<FineTuned<SequenceEvaluation>, TrainingError> {
        let trainer = self.for_task("classification", labels);
        let encode = |examples: &[PairExample]| {
            let tokenizer = &trainer.folder().tokenizer;
            EncodedDataset::encode(tokenizer, examples, trainer.max_seq_length()).map(Arc::new)
        };
        let data = TrainingData::new(encode(train)?, encode(dev)?);
        trainer.fit::<BertForSequenceClassification<B>, _>(&SequenceHead::default(), &data)
    }
}
