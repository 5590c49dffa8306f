//! How the text is read of all programs that open a model.

use std::path::PathBuf;

use bert_data::Casing;
use bert_tasks::training::TrainingError;
use bert_tasks::{ModelFolder, Pretrained};
use clap::{ArgAction, Args};

use crate::exit::complain;
use crate::hub::{HubFlags, ModelName, Shown};

/// What decides against the files of a model folder.
#[derive(Args, Clone, Copy, Debug)]
pub struct TokenizerFlags {
    /// Whether letters are lowered and accents stripped [default: what the model folder says, or
    /// what its name and vocabulary look like]
    #[arg(long, value_name = "true|false", action = ArgAction::Set)]
    do_lower_case: Option<bool>,
    /// How a model is had by its name.
    #[command(flatten)]
    pub hub: HubFlags,
}

impl TokenizerFlags {
    /// Opens a model that was found.
    ///
    /// # Errors
    /// See [`ModelFolder::open_as`].
    pub fn open(&self, found: &Pretrained) -> Result<ModelFolder, TrainingError> {
        let casing = self.do_lower_case.map(Casing::from_do_lower_case);
        Ok(found.open(casing)?)
    }

    /// Finds a model and opens it, with the folder of its files, and says on standard error how its
    /// casing was guessed, if it was.
    ///
    /// # Errors
    /// See [`ModelName::find`] and [`ModelFolder::open_as`].
    pub fn open_and_say(&self, name: &ModelName) -> Result<(ModelFolder, PathBuf), TrainingError> {
        let found = name.find(self.hub, Shown::OnErrors)?;
        Ok((self.say_and_open(&found)?, found.folder))
    }

    /// The same of a model that was found.
    ///
    /// # Errors
    /// See [`ModelFolder::open_as`].
    pub fn say_and_open(&self, found: &Pretrained) -> Result<ModelFolder, TrainingError> {
        let opened = self.open(found)?;
        if let Some(guess) = casing_guess(&opened) {
            complain(&guess);
        }
        Ok(opened)
    }
}

/// How the casing was found out, in a line, where neither a file nor a flag said it.
pub fn casing_guess(folder: &ModelFolder) -> Option<String> {
    let guess = folder.tokenizer.casing_guess()?;
    Some(format!(
        "the vocabulary is {guess}; --do-lower-case true or false decides against it"
    ))
}
