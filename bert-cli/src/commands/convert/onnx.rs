//! A model folder as ONNX: which head it has, and what is written of it.

use std::path::Path;

use bert_core::backend::BertBackend;
use bert_core::config::BertConfig;
use bert_core::files::{FileError, replace_files};
use bert_core::model::{BertTrunk, Initializer};
use bert_core::onnx::{DATA_FILE, MODEL_FILE, OnnxModel, write_onnx};
use bert_core::weights::{LoadPolicy, LoadReport, TensorSource, find_weights, load, open};
use bert_tasks::choice::BertForMultipleChoice;
use bert_tasks::pretraining::BertForMaskedLM;
use bert_tasks::sequence::{BertForNextSentencePrediction, BertForSequenceClassification};
use bert_tasks::span::BertForQuestionAnswering;
use bert_tasks::token::BertForTokenClassification;
use bert_tasks::training::TrainingError;
use bert_tasks::{ModelFolder, TaskModel};

use super::architecture;
use crate::exit::ProgramError;

/// The class of `transformers` without a head.
const BARE: &str = "BertModel";

/// A model folder on its way to ONNX.
pub(super) struct Export<'a, B: BertBackend> {
    /// Its configuration and tokenizer.
    pub opened: &'a ModelFolder,
    /// Where it is.
    pub from: &'a Path,
    /// The new folder.
    pub to: &'a Path,
    pub device: &'a B::Device,
}

impl<B: BertBackend> Export<'_, B> {
    /// Writes the model with the head that it has, and says what was written.
    pub fn write(self) -> Result<String, ProgramError> {
        let class = self.class()?;
        let said = match class.as_str() {
            BARE => self.bare(),
            "BertForSequenceClassification" => self.head::<BertForSequenceClassification<B>>(),
            "BertForNextSentencePrediction" => self.head::<BertForNextSentencePrediction<B>>(),
            "BertForTokenClassification" => {
                let said = self.head::<BertForTokenClassification<B>>()?;
                return Ok(match self.opened.config.crf() {
                    true => format!(
                        "{said}\nthe CRF is left out: `logits` are the scores of each word that it \
                         starts from"
                    ),
                    false => said,
                });
            }
            "BertForQuestionAnswering" => self.head::<BertForQuestionAnswering<B>>(),
            "BertForMultipleChoice" => self.head::<BertForMultipleChoice<B>>(),
            "BertForMaskedLM" => self.head::<BertForMaskedLM<B>>(),
            "BertForPreTraining" => {
                let said = self.head::<BertForMaskedLM<B>>()?;
                return Ok(format!(
                    "{said}\nthe head of next sentences is left out: `logits` are those of hidden \
                     tokens"
                ));
            }
            _ => return Err(ProgramError::NoGraph { class }),
        };
        Ok(said?)
    }

    /// What its configuration says that it is; in older files, what its weights say.
    fn class(&self) -> Result<String, TrainingError> {
        if let Some(class) = self.opened.config.architectures.first() {
            return Ok(class.clone());
        }
        let source = open(&find_weights(self.from)?)?;
        Ok(architecture(source.as_ref()).unwrap_or_else(|| BARE.to_owned()))
    }

    fn head<M: TaskModel<B> + OnnxModel<B>>(&self) -> Result<String, TrainingError> {
        let (model, report) = self.opened.load_trained::<B, M>(self.from, self.device)?;
        self.files(&model, M::ARCHITECTURE, &report)
    }

    fn bare(&self) -> Result<String, TrainingError> {
        let mut init = Initializer::new(&self.opened.config, 0)?;
        let model = BertTrunk::<B>::init(&mut init, self.device);
        let policy = LoadPolicy {
            // The pooler, and heads of any name.
            may_be_unused: vec![String::new()],
            ..LoadPolicy::default()
        };
        let source: Box<dyn TensorSource> = open(&find_weights(self.from)?)?;
        let (model, report) = load(model, source.as_ref(), &policy)?;
        self.files(&model, BARE, &report)
    }

    fn files<M: OnnxModel<B>>(
        &self,
        model: &M,
        class: &str,
        report: &LoadReport,
    ) -> Result<String, TrainingError> {
        let mut config: BertConfig = self.opened.config.clone();
        config.architectures = vec![class.to_owned()];
        // Written as f32, whatever the weights are stored as.
        for key in ["dtype", "torch_dtype"] {
            config.extra.remove(key);
        }
        let mut is_in_two = false;
        replace_files(self.to, |staging| -> Result<(), TrainingError> {
            write_onnx(model, &config, staging)?;
            is_in_two = staging.join(DATA_FILE).is_file();
            let path = staging.join("config.json");
            std::fs::write(&path, config.to_json()).map_err(FileError::at("write", &path))?;
            Ok(self.opened.tokenizer.save(staging)?)
        })?;
        let files = match is_in_two {
            true => format!("{MODEL_FILE} and {DATA_FILE}"),
            false => MODEL_FILE.to_owned(),
        };
        Ok(format!("{report}\n{class} as {files}"))
    }
}
