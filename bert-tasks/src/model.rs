//! What every model with a head has, whatever the head.

use std::sync::Arc;

use bert_core::backend::{BertBackend, DropoutSeed};
use bert_core::config::{BertConfig, ConfigError, ProblemType};
use bert_core::model::{BertInput, InputError, Precision};
use bert_core::weights::LoadPolicy;
use bert_data::batch::PaddedBatch;
use burn::module::Module;
use burn::tensor::backend::Backend;

/// A BERT with a head, as folders and trainings know it.
pub trait TaskModel<B: Backend>: Module<B> {
    /// Its class in `transformers`, as `architectures` in `config.json` has it.
    const ARCHITECTURE: &'static str;

    /// Where the head's parameters are, as a prefix of their names; they may be fresh in a loaded
    /// model.
    const HEAD: &'static str;

    /// What a training takes of a file: the head may be fresh.
    fn fresh_head() -> LoadPolicy {
        LoadPolicy::fresh_head(Self::HEAD)
    }

    /// Fresh parameters: a pure function of `config` and `seed`.
    ///
    /// # Errors
    /// When the configuration does not make a model.
    fn new(config: &BertConfig, seed: u64, device: &B::Device) -> Result<Self, ConfigError>;

    /// Checks that the head's scores mean what the configuration says that they mean.
    ///
    /// # Errors
    /// When they do not, as those of a regression or of several labels at once.
    fn check_problem(config: &BertConfig) -> Result<(), ConfigError> {
        let _ = config;
        Ok(())
    }

    /// Checks that a saved model with this configuration has this head, as far as its
    /// configuration tells.
    ///
    /// # Errors
    /// As [`check_problem`](Self::check_problem), and where it has another head of the same name.
    fn check_trained(config: &BertConfig) -> Result<(), ConfigError> {
        Self::check_problem(config)
    }

    /// What it was made with.
    fn settings(&self) -> &ModelSettings;

    /// The model with other settings; its parameters stay.
    #[must_use]
    fn with_settings(self, settings: ModelSettings) -> Self;

    /// The configuration that the model was made from.
    fn config(&self) -> &BertConfig {
        &self.settings().config
    }

    /// The model with its products computed in `precision`, in training and without.
    #[must_use]
    fn with_precision(self, precision: Precision) -> Self {
        let settings = self.settings().clone();
        self.with_settings(ModelSettings {
            precision,
            ..settings
        })
    }

    /// A batch on the model's device, with dropout where it has a seed for it.
    ///
    /// # Errors
    /// When the batch does not fit the model; see [`BertInput::new`].
    fn input(&self, batch: &PaddedBatch) -> Result<BertInput<B>, InputError>
    where
        B: BertBackend,
    {
        self.settings().input(batch, &self.devices()[0])
    }
}

/// What a model has besides its parameters.
#[derive(Clone, Debug)]
pub struct ModelSettings {
    /// The configuration that it was made from.
    pub config: BertConfig,
    /// What its products are computed in.
    pub precision: Precision,
    /// Share of every label's probability that is spread over all labels in training.
    pub label_smoothing: f64,
    /// Labels that it has scores for, in heads that have labels.
    pub num_labels: usize,
    /// What these scores mean.
    pub problem: ProblemType,
    /// What the loss of each class counts in training, in heads of whole texts; 1 where absent.
    pub class_weights: Option<Arc<[f32]>>,
    /// How much less an example counts in training the surer the model is of its label: the
    /// exponent of the focal loss, 0 where all count the same.
    pub focal_gamma: f64,
}

impl ModelSettings {
    /// Products in f32, no label smoothing, as many labels as the configuration names; two where it
    /// names none, as in `transformers`.
    pub fn new(config: &BertConfig) -> Self {
        Self {
            config: config.clone(),
            precision: Precision::F32,
            label_smoothing: 0.0,
            num_labels: config.num_labels(),
            problem: config.problem(),
            class_weights: None,
            focal_gamma: 0.0,
        }
    }

    /// A batch on a device, for the model that has these settings; see [`TaskModel::input`].
    ///
    /// # Errors
    /// When the batch does not fit the model; see [`BertInput::new`].
    pub fn input<B: BertBackend>(
        &self,
        batch: &PaddedBatch,
        device: &B::Device,
    ) -> Result<BertInput<B>, InputError> {
        let input = BertInput::new(
            &self.config,
            [batch.batch_size, batch.seq_len],
            &batch.input_ids,
            &batch.token_type_ids,
            &batch.attention_mask,
            device,
        )?
        .with_precision(self.precision);
        Ok(match batch.pass_seed {
            Some(seed) => input.with_dropout(DropoutSeed::new(seed)),
            None => input,
        })
    }

    /// With so many labels, whatever the configuration names: labels there are of another head.
    #[must_use]
    pub fn with_num_labels(self, num_labels: usize) -> Self {
        Self {
            num_labels,
            problem: ProblemType::SingleLabelClassification,
            ..self
        }
    }
}
