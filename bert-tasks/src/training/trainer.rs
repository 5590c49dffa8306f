//! From a model's folder and examples to a fine-tuned model, in one call.

use std::path::PathBuf;

use bert_core::backend::BertAutodiffBackend;
use burn::tensor::Device;

use super::{
    FineTuned, Head, RunOptions, TrainableModel, TrainingArguments, TrainingData, TrainingError,
    check_apart_from_model, fit,
};
use crate::card::BaseModel;
use crate::folder::{ModelFolder, reinit};

/// A pretrained model, where it goes, and how it is trained; B is a backend with gradients.
///
/// Each head adds its own way from examples to a model: `fit_classifier` in
/// [`sequence`](crate::sequence), `fit_answerer` in [`span`](crate::span), `fit_tagger` in
/// [`token`](crate::token). [`fit`](Self::fit) is for all others.
pub struct Trainer<B: BertAutodiffBackend> {
    model: PathBuf,
    folder: ModelFolder,
    options: RunOptions,
    device: Device<B>,
}

impl<B: BertAutodiffBackend> Trainer<B> {
    /// Opens `model`, a folder or a name on the hub ([`Pretrained`](crate::Pretrained)); the best fine-tuned model, checkpoints and events will be in
    /// `output_dir`. On the backend's default device.
    ///
    /// # Errors
    /// See [`ModelFolder::from_pretrained`]; and when the output would be written over the model.
    pub fn new(
        model: impl Into<PathBuf>,
        output_dir: impl Into<PathBuf>,
        arguments: TrainingArguments,
    ) -> Result<Self, TrainingError> {
        let (model, output_dir) = (model.into(), output_dir.into());
        check_apart_from_model(&output_dir, &model)?;
        let (folder, model) = ModelFolder::from_pretrained(&model)?;
        Ok(Self {
            folder,
            model,
            options: RunOptions::new(output_dir, arguments),
            device: Device::<B>::default(),
        })
    }

    /// On another device.
    #[must_use]
    pub fn with_device(self, device: Device<B>) -> Self {
        Self { device, ..self }
    }

    /// With everything about the run that is no number: whether it goes on, who sees its events,
    /// how it is stopped.
    #[must_use]
    pub fn with_options(mut self, change: impl FnOnce(&mut RunOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Configuration and tokenizer of the model.
    pub fn folder(&self) -> &ModelFolder {
        &self.folder
    }

    /// What the training is to be called in its events, and the names of its labels.
    pub(crate) fn for_task(mut self, task: &str, labels: &[&str]) -> Self {
        if self.options.task.is_empty() {
            task.clone_into(&mut self.options.task);
        }
        if !labels.is_empty() {
            self.folder.set_labels(labels);
        }
        self
    }

    /// Longest sequence in tokens.
    pub(crate) fn max_seq_length(&self) -> usize {
        self.options.arguments.max_seq_length
    }

    /// Loads a model of the type M, whose head may be fresh, and trains it.
    ///
    /// # Errors
    /// When the weights do not fit; and see [`fit`](super::fit).
    pub fn fit<M, H>(
        self,
        head: &H,
        data: &TrainingData<H::Data>,
    ) -> Result<FineTuned<H::Evaluation>, TrainingError>
    where
        H: Head,
        M: TrainableModel<B, H>,
    {
        let arguments = &self.options.arguments;
        arguments.check_layers(&self.folder.config)?;
        let policy = M::fresh_head();
        let policy = reinit(policy, &self.folder.config, arguments.reinit_layers);
        let (seed, device) = (arguments.seed, &self.device);
        let (model, report): (M, _) = self.folder.load(&self.model, &policy, seed, device)?;
        let options = RunOptions {
            load_report: report.to_string(),
            base: BaseModel {
                name: self.options.base.name.clone(),
                ..BaseModel::of_folder(&self.model)
            },
            ..self.options
        };
        fit(model, head, &self.folder, data, &options)
    }
}
