//! From tagged sentences to a tagger.

use std::sync::Arc;

use bert_core::backend::BertAutodiffBackend;
use bert_data::tags::{TagNames, TagScheme, TaggedSentence};

use super::{BertForTokenClassification, TokenConfig, TokenEvaluation, TokenHead, TokenSplit};
use crate::training::{FineTuned, Trainer, TrainingData, TrainingError};

impl<B: BertAutodiffBackend> Trainer<B> {
    /// Fine-tunes a [`BertForTokenClassification`] on `train` and keeps the model that is best on
    /// `dev`. The labels are the tags of `train`; sentences longer than `max_seq_length` are read in
    /// windows, as in [`TokenConfig::new`].
    ///
    /// # Errors
    /// When `train` has fewer than two tags, or `dev` one that `train` lacks; and see
    /// [`fit`](Self::fit).
    pub fn fit_tagger(
        self,
        train: Vec<TaggedSentence>,
        dev: Vec<TaggedSentence>,
    ) -> Result<FineTuned<TokenEvaluation>, TrainingError> {
        let tags = train.iter().filter_map(|sentence| sentence.tags.as_deref());
        let scheme = TagScheme::of_sentences(tags);
        let names = TagNames::collect(&train, scheme).map_err(TrainingError::from)?;
        let labels: Vec<&str> = names.names().iter().map(String::as_str).collect();
        let trainer = self.for_task("token classification", &labels);
        let config = TokenConfig::new(trainer.max_seq_length());
        let encode = |sentences| {
            let tokenizer = &trainer.folder().tokenizer;
            TokenSplit::encode(tokenizer, sentences, &names, config).map(Arc::new)
        };
        let data = TrainingData::new(encode(train)?, encode(dev)?);
        trainer.fit::<BertForTokenClassification<B>, _>(&TokenHead, &data)
    }
}
