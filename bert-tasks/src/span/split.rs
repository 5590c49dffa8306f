//! Questions with their windows.

use std::sync::Arc;

use bert_data::{BertTokenizer, EncodedSquad, SpanConfig, SquadError, SquadExample};

use crate::metrics::GoldQuestion;

/// Questions as people wrote them, and as windows of tokens for a model.
#[derive(Debug)]
pub struct SpanSplit {
    examples: Vec<SquadExample>,
    windows: Arc<EncodedSquad>,
}

impl SpanSplit {
    /// Encodes `examples`; see [`EncodedSquad::encode`], also for `progress`.
    ///
    /// # Errors
    /// When the lengths of `config` leave no room for the passage.
    pub fn encode(
        tokenizer: &BertTokenizer,
        examples: Vec<SquadExample>,
        config: SpanConfig,
        progress: impl FnMut(usize) + Send,
    ) -> Result<Self, SquadError> {
        let windows = EncodedSquad::encode(tokenizer, &examples, config, progress)?;
        Ok(Self {
            examples,
            windows: Arc::new(windows),
        })
    }

    /// The questions.
    pub fn examples(&self) -> &[SquadExample] {
        &self.examples
    }

    /// Their windows, which batches are made of.
    pub fn windows(&self) -> &Arc<EncodedSquad> {
        &self.windows
    }

    /// The right answers, for scoring.
    pub fn gold(&self) -> Vec<GoldQuestion<'_>> {
        self.examples.iter().map(gold_of).collect()
    }
}

fn gold_of(example: &SquadExample) -> GoldQuestion<'_> {
    let answers = example.answers.iter();
    GoldQuestion {
        id: &example.id,
        answers: answers.map(|answer| answer.text.as_str()).collect(),
    }
}
