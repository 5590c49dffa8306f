//! From labelled texts to a classifier.

use std::sync::Arc;

use bert_core::backend::BertAutodiffBackend;
use bert_data::{EncodedDataset, PairExample};

use super::{BertForSequenceClassification, SequenceEvaluation, SequenceHead};
use crate::training::{FineTuned, TrainableModel, Trainer, TrainingData, TrainingError};

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
        self.fit_sequence_model::<BertForSequenceClassification<B>>(labels, train, dev)
    }

    /// [`fit_classifier`](Self::fit_classifier) with another model that gives a text one label.
    ///
    /// # Errors
    /// As `fit_classifier`.
    pub fn fit_sequence_model<M: TrainableModel<B, SequenceHead>>(
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
        trainer.fit::<M, _>(&SequenceHead::default(), &data)
    }
}
