//! The model: BERT whose hidden states are all that is wanted.

use std::path::Path;

use bert_core::backend::BertBackend;
use bert_core::config::{BertConfig, ConfigError};
use bert_core::model::{
    BertEmbeddings, BertEncoder, BertInput, BertModel, BertPooler, BertTrunk, PreparedTrunk,
};
use bert_core::weights::{LoadPolicy, find_weights, load, open};
use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use super::{EmbeddingError, Pooling};
use crate::folder::ModelFolder;
use crate::model::{ModelSettings, TaskModel};

/// `BertModel` of `transformers`, field by field.
#[derive(Module, Debug)]
pub struct BertForEmbedding<B: Backend> {
    /// Token ids to vectors.
    pub embeddings: BertEmbeddings<B>,
    /// The layers.
    pub encoder: BertEncoder<B>,
    /// A layer on `[CLS]` that files have, and sentence vectors do without: it is kept for whoever
    /// opens the model after it was saved.
    pub pooler: Option<BertPooler<B>>,
    #[module(skip)]
    settings: ModelSettings,
}

const POOLER: &str = "pooler.";

impl<B: Backend> TaskModel<B> for BertForEmbedding<B> {
    const ARCHITECTURE: &'static str = "BertModel";
    const HEAD: &'static str = POOLER;

    fn new(config: &BertConfig, seed: u64, device: &B::Device) -> Result<Self, ConfigError> {
        let whole = BertModel::new(config, seed, device)?;
        let has_pooler = config.architecture().has_pooler;
        Ok(Self {
            embeddings: whole.embeddings,
            encoder: whole.encoder,
            pooler: has_pooler.then_some(whole.pooler),
            settings: ModelSettings::new(config),
        })
    }

    fn settings(&self) -> &ModelSettings {
        &self.settings
    }

    fn with_settings(self, settings: ModelSettings) -> Self {
        Self { settings, ..self }
    }
}

impl<B: BertBackend> BertForEmbedding<B> {
    /// Loads the encoder of a folder, whatever heads its files have besides; with a pooler where
    /// they have one.
    pub(super) fn load(
        opened: &ModelFolder,
        folder: &Path,
        device: &B::Device,
    ) -> Result<Self, EmbeddingError> {
        let source = open(&find_weights(folder)?)?;
        let fresh = Self::new(&opened.config, 0, device)?;
        let has_pooler = source
            .tensors()
            .keys()
            .any(|name| name.ends_with("pooler.dense.weight"));
        let fresh = Self {
            pooler: fresh.pooler.filter(|_| has_pooler),
            ..fresh
        };
        let policy = LoadPolicy {
            other_heads_may_be_unused: true,
            ..LoadPolicy::trained_head("")
        };
        Ok(load(fresh, source.as_ref(), &policy)?.0)
    }

    /// What vectors are computed with, and nothing else: see [`BertTrunk::prepare`].
    pub(super) fn prepare(self) -> PreparedTrunk<B> {
        let Self {
            embeddings,
            encoder,
            settings,
            ..
        } = self;
        let trunk = BertTrunk {
            embeddings,
            encoder,
        };
        trunk.prepare(settings.precision)
    }
}

/// The vectors of a batch, of which the first `prompt` tokens of each row do not count.
///
/// # Shapes
/// - output `[batch, modes * hidden]`
pub(super) fn pooled<B: BertBackend>(
    trunk: &PreparedTrunk<B>,
    input: &BertInput<B>,
    pooling: &Pooling,
    prompt: usize,
) -> Tensor<B, 2> {
    if prompt == 0 && pooling.is_first_token() {
        return trunk.forward_first(input);
    }
    let [batch, seq] = input.shape();
    let hidden = trunk.forward(input);
    let [_, width] = hidden.dims();
    let hidden = hidden.reshape([batch, seq, width]);
    pooling.pool(hidden, &input.lengths(), prompt)
}
