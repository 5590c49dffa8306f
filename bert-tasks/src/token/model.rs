//! The model: BERT with a score for every label of every token.

use bert_core::backend::{BertBackend, composed};
use bert_core::config::{BertConfig, ConfigError, ProblemType};
use bert_core::model::{BertInput, BertTrunk, Initializer, Linear, Site};
use bert_core::weights::LoadPolicy;
use burn::module::Module;
use burn::tensor::{Int, Tensor, backend::Backend};

use super::Crf;
use crate::model::{ModelSettings, TaskModel};

/// `BertForTokenClassification` of `transformers`, field by field; with a CRF on top where the
/// configuration [says so](BertConfig::crf).
#[derive(Module, Debug)]
pub struct BertForTokenClassification<B: Backend> {
    /// The trunk, without a pooler.
    pub bert: BertTrunk<B>,
    /// `[hidden, labels]`
    pub classifier: Linear<B>,
    /// What the labels of neighbours say of each other.
    pub crf: Option<Crf<B>>,
    #[module(skip)]
    settings: ModelSettings,
}

/// The names of the CRF's parameters, as a prefix.
const CRF: &str = "crf.";

impl<B: Backend> TaskModel<B> for BertForTokenClassification<B> {
    const ARCHITECTURE: &'static str = "BertForTokenClassification";
    const HEAD: &'static str = "classifier.";

    fn new(config: &BertConfig, seed: u64, device: &B::Device) -> Result<Self, ConfigError> {
        let mut init = Initializer::new(config, seed)?;
        let labels = config.num_labels();
        Ok(Self {
            bert: BertTrunk::init(&mut init, device),
            classifier: Linear::head(&mut init, [config.hidden_size, labels], device),
            crf: config.crf().then(|| Crf::new(&mut init, labels, device)),
            settings: ModelSettings {
                problem: ProblemType::SingleLabelClassification,
                ..ModelSettings::new(config)
            },
        })
    }

    fn check_trained(config: &BertConfig) -> Result<(), ConfigError> {
        config.check_classifies_tokens()
    }

    /// A file may have the head and no CRF.
    fn fresh_head() -> LoadPolicy {
        let mut policy = LoadPolicy::fresh_head(<Self as TaskModel<B>>::HEAD);
        policy.may_be_missing.push(CRF.to_owned());
        policy
    }

    fn settings(&self) -> &ModelSettings {
        &self.settings
    }

    fn with_settings(self, settings: ModelSettings) -> Self {
        Self { settings, ..self }
    }
}

impl<B: BertBackend> BertForTokenClassification<B> {
    /// The scores of every label for every token, padding included, before the softmax.
    ///
    /// # Shapes
    /// - output `[batch, seq, labels]`
    pub fn forward(&self, input: &BertInput<B>) -> Tensor<B, 3> {
        let [batch, seq] = input.shape();
        let scores = self.scores(input, self.bert.forward(input));
        let [_, labels] = scores.dims();
        scores.reshape([batch, seq, labels])
    }

    /// The scores of some tokens only, by their place in the flat batch, `row * seq + token`.
    ///
    /// # Shapes
    /// - places `[tokens]`
    /// - output `[tokens, labels]`
    pub fn forward_at(&self, input: &BertInput<B>, places: Tensor<B, 1, Int>) -> Tensor<B, 2> {
        let hidden = self.bert.forward(input).select(0, places);
        self.scores(input, hidden)
    }

    /// [`forward`](Self::forward) of a model that only answers: see [`BertTrunk::prepare`].
    pub fn prepare(self) -> impl Fn(&BertInput<B>) -> Tensor<B, 3> + Send + Sync {
        let bert = self.bert.prepare(self.settings.precision);
        let classifier = self.classifier;
        move |input| {
            let [batch, seq] = input.shape();
            let scores = classifier.forward(bert.forward(input));
            let [_, labels] = scores.dims();
            scores.reshape([batch, seq, labels])
        }
    }

    fn scores(&self, input: &BertInput<B>, hidden: Tensor<B, 2>) -> Tensor<B, 2> {
        let dropout = input.dropout_at(Site::Head, self.config().classifier_dropout_prob());
        self.classifier.forward(composed::dropout(hidden, dropout))
    }
}
