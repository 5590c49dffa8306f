//! Converts a model folder between Hugging Face's files and TensorFlow's, and to ONNX.

mod onnx;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::backend::{BackendInfo, BackendName, Program, TrainBackend};
use crate::exit::{ProgramError, say};
use crate::flags::TokenizerFlags;
use crate::hub::{ModelName, Shown};
use crate::start::ModelProgram;
use bert_core::backend::BertBackend;
use bert_core::config::BertConfig;
use bert_core::files::{FileError, recover, replace_files};
use bert_core::model::BertModel;
use bert_core::weights::tensorflow::write_tensorflow_tensors;
use bert_core::weights::{
    LoadPolicy, LoadReport, NamedTensor, StoredType, TensorSource, find_weights, load, open,
    write_tensors_as,
};
use bert_tasks::ModelFolder;
use bert_tasks::embedding::module_files;
use bert_tasks::training::{
    Resume, RunLock, TrainingError, check_apart_from_model, check_output_dir,
};
use clap::{Parser, ValueEnum};

/// Shown below its help.
const EXAMPLE: &str = "Example:\n  cargo run --release --example convert -- \
     --from DIR --to NEW_DIR --format tensorflow";

/// Converts a model folder between Hugging Face's files and TensorFlow's, and to ONNX.
#[derive(Parser)]
#[command(name = "convert", after_help = EXAMPLE)]
pub struct Convert {
    #[command(flatten)]
    tokenizer: TokenizerFlags,
    /// Model: a folder with config.json or bert_config.json, vocab.txt, and weights of any kind, or
    /// its name on the hub
    #[arg(long, value_name = "DIR|NAME", value_parser = ModelName::parser())]
    from: ModelName,
    /// The new folder
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Replace what has the same name in the new folder: a model, a run
    #[arg(long)]
    overwrite_output_dir: bool,
    /// What is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// How numbers are stored in model.safetensors; the others' are always f32
    #[arg(long, value_enum, default_value_t)]
    dtype: Dtype,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// model.safetensors and config.json
    #[default]
    Safetensors,
    /// bert_model.ckpt.* and bert_config.json
    Tensorflow,
    /// model.onnx and config.json, as optimum exports them: the model computes, and does not train
    Onnx,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Dtype {
    #[default]
    F32,
    F16,
    Bf16,
}

impl Dtype {
    fn stored(self) -> StoredType {
        match self {
            Self::F32 => StoredType::F32,
            Self::F16 => StoredType::F16,
            Self::Bf16 => StoredType::BF16,
        }
    }
}

impl ModelProgram for Convert {
    fn backend(&self) -> Option<BackendName> {
        None
    }
}

impl Program for Convert {
    type Output = Result<(), ProgramError>;

    fn run<B: TrainBackend>(self, device: B::Device, _backend: BackendInfo) -> Self::Output {
        let report = self.convert::<B::InnerBackend>(&device)?;
        say(&format!("{report}\nwritten: {}\n", self.to.display()))
    }
}

impl Convert {
    fn convert<B: BertBackend>(&self, device: &B::Device) -> Result<String, ProgramError> {
        self.check_dtype()?;
        check_apart_from_model(&self.to, self.from.as_path())?;
        let _lock = RunLock::take(&self.to)?;
        recover(&self.to).map_err(TrainingError::from)?;
        if !self.overwrite_output_dir {
            check_output_dir(&self.to, &Resume::No)?;
        }
        let found = self.from.find_embedder(self.tokenizer.hub, Shown::OnErrors);
        let found = found.map_err(TrainingError::from)?;
        let (opened, from) = (self.tokenizer.say_and_open(&found)?, found.folder);
        if self.format == Format::Onnx {
            let (opened, from, to) = (&opened, from.as_path(), self.to.as_path());
            return onnx::Export::<B> {
                opened,
                from,
                to,
                device,
            }
            .write();
        }
        self.convert_weights::<B>(opened, &from, device)
    }

    /// Only one format has another type for its numbers.
    fn check_dtype(&self) -> Result<(), TrainingError> {
        match (self.format, self.dtype) {
            (Format::Safetensors, _) | (_, Dtype::F32) => Ok(()),
            (_, other) => Err(TrainingError::Argument {
                name: "dtype",
                value: format!("{other:?}").to_lowercase(),
                expected: "f32, which is all that this `format` is written in",
            }),
        }
    }

    fn convert_weights<B: BertBackend>(
        &self,
        opened: ModelFolder,
        from: &Path,
        device: &B::Device,
    ) -> Result<String, ProgramError> {
        let ModelFolder {
            mut config,
            tokenizer,
        } = opened;
        let source = weights(from)?;
        let report = check::<B>(&config, source.as_ref(), device)?;
        let tensors = tensors(source.as_ref())?;
        if config.architectures.is_empty() {
            config.architectures = architecture(source.as_ref()).into_iter().collect();
        }
        for key in ["dtype", "torch_dtype"] {
            config.extra.remove(key);
        }
        let modules = match self.format {
            Format::Safetensors => module_files(from)?,
            // What is not of this format's programs has no meaning there.
            Format::Tensorflow | Format::Onnx => Vec::new(),
        };
        self.copy(&modules, from)?;
        replace_files(&self.to, |staging| -> Result<(), TrainingError> {
            self.write(&config, &tensors, staging)?;
            for file in modules.iter().filter(|file| is_at_top(file)) {
                copy(&from.join(file), &staging.join(file))?;
            }
            Ok(tokenizer.save(staging)?)
        })?;
        Ok(format!("{report}\n{} tensors converted", tensors.len()))
    }

    /// What sentence-transformers has in folders of its own, before the list of them is there.
    fn copy(&self, modules: &[PathBuf], from: &Path) -> Result<(), TrainingError> {
        let inner = modules.iter().filter(|file| !is_at_top(file));
        let folders: BTreeSet<&Path> = inner.clone().filter_map(|file| file.parent()).collect();
        for folder in folders {
            replace_files(
                &self.to.join(folder),
                |staging| -> Result<(), TrainingError> {
                    let files = inner.clone().filter(|file| file.parent() == Some(folder));
                    for file in files {
                        let name = file.file_name().unwrap_or_default();
                        copy(&from.join(file), &staging.join(name))?;
                    }
                    Ok(())
                },
            )?;
        }
        Ok(())
    }

    fn write(
        &self,
        config: &BertConfig,
        tensors: &[NamedTensor],
        folder: &Path,
    ) -> Result<(), TrainingError> {
        let name = if self.format == Format::Tensorflow {
            write_tensorflow_tensors(tensors, &folder.join("bert_model.ckpt"))?;
            "bert_config.json"
        } else {
            let path = folder.join("model.safetensors");
            write_tensors_as(tensors, self.dtype.stored(), &path)?;
            "config.json"
        };
        let path = folder.join(name);
        std::fs::write(&path, config.to_json()).map_err(FileError::at("write", &path))?;
        Ok(())
    }
}

fn is_at_top(file: &Path) -> bool {
    file.components().count() == 1
}

fn copy(from: &Path, to: &Path) -> Result<(), FileError> {
    // Not its permissions: a cache may be read-only.
    let bytes = std::fs::read(from).map_err(FileError::at("read", from))?;
    std::fs::write(to, bytes).map_err(FileError::at("write", to))
}

fn weights(folder: &Path) -> Result<Box<dyn TensorSource>, TrainingError> {
    Ok(open(&find_weights(folder)?)?)
}

/// Loads weights into the trunk, so that those of another model are found now and not by their
/// user.
fn check<B: BertBackend>(
    config: &BertConfig,
    source: &dyn TensorSource,
    device: &B::Device,
) -> Result<LoadReport, TrainingError> {
    let policy = LoadPolicy {
        may_be_missing: vec!["pooler.".to_owned()],
        // Heads of any name.
        may_be_unused: vec![String::new()],
        ..LoadPolicy::default()
    };
    let model = BertModel::<B>::new(config, 0, device)?;
    Ok(load(model, source, &policy)?.1)
}

/// Every tensor that is made of numbers; position ids, which old files carry, are not.
fn tensors(source: &dyn TensorSource) -> Result<Vec<NamedTensor>, TrainingError> {
    let floats = source
        .tensors()
        .iter()
        .filter(|(_, info)| info.dtype.size().is_some());
    floats
        .map(|(name, info)| {
            let values = source.read(name)?;
            Ok(NamedTensor::new(name.clone(), info.shape.clone(), &values))
        })
        .collect()
}

/// The class of `transformers` for a checkpoint that does not say, by the heads that it has.
pub fn architecture(source: &dyn TensorSource) -> Option<String> {
    let has = |prefix: &str| source.tensors().keys().any(|name| name.starts_with(prefix));
    let name = match (has("cls.predictions."), has("cls.seq_relationship.")) {
        (true, true) => "BertForPreTraining",
        (true, false) => "BertForMaskedLM",
        (false, true) => "BertForNextSentencePrediction",
        _ if has("classifier.") => "BertForSequenceClassification",
        _ if has("qa_outputs.") => "BertForQuestionAnswering",
        _ => return None,
    };
    Some(name.to_owned())
}
