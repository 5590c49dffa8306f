//! A head of your own: the mean of all tokens instead of `[CLS]`. It is trained, resumed, scored and
//! shown as every other.
//!
//! ```sh
//! cargo run --release --example own_head
//! ```

use std::error::Error;

use bert_core::config::ConfigError;
use bert_core::model::{BertInput, BertModel, Initializer, Linear};
use bert_data::{Batch, Label};
use bert_tasks::ModelSettings;
use bert_tasks::prelude::*;
use bert_tasks::sequence::{SequenceModel, SequenceOutput, SequencePass};
use burn::backend::Flex;
use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

#[derive(Module, Debug)]
struct MeanPooled<B: Backend> {
    bert: BertModel<B>,
    classifier: Linear<B>,
    #[module(skip)]
    settings: ModelSettings,
}

impl<B: Backend> TaskModel<B> for MeanPooled<B> {
    const ARCHITECTURE: &'static str = "MeanPooledBert";
    const HEAD: &'static str = "classifier.";

    fn new(config: &BertConfig, seed: u64, device: &B::Device) -> Result<Self, ConfigError> {
        let mut init = Initializer::new(config, seed)?;
        Ok(Self {
            bert: BertModel::init(&mut init, device),
            classifier: Linear::head(&mut init, [config.hidden_size, config.num_labels()], device),
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

impl<B: BertBackend> SequenceModel<B> for MeanPooled<B> {
    fn logits(&self, input: BertInput<B>) -> Tensor<B, 2> {
        let mask = input.attention_mask().unsqueeze_dim::<3>(2);
        let hidden = self.bert.forward(input).last_hidden_state * mask.clone();
        let mean = hidden.sum_dim(1) / mask.sum_dim(1);
        self.classifier.forward(mean.squeeze_dim(1))
    }
}

bert_tasks::steps!(Batch<Label> => SequenceOutput: MeanPooled);

fn main() -> Result<(), Box<dyn Error>> {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    let read = |split| read_split(GlueTask::Mrpc, format!("{data}/paraphrases"), split);
    let (train, dev) = (read(Split::Train)?, read(Split::Dev)?);
    let (model, arguments) = (format!("{data}/bert-nano"), TrainingArguments::default());
    let tuned = Trainer::<Autodiff<Flex>>::new(model, "out/own_head", arguments)?
        .with_options(|options| options.resume = Resume::Overwrite)
        .fit_sequence_model::<MeanPooled<_>>(GlueTask::Mrpc.label_names(), &train, &dev)?;
    let best = tuned.best.ok_or("stopped before the first evaluation")?;
    println!("F1 {:.4}", best.evaluation.score("f1").unwrap_or_default());
    Ok(())
}
