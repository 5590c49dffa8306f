//! How the text is read of all programs that open a model.

use std::path::Path;

use bert_data::Casing;
use bert_tasks::ModelFolder;
use bert_tasks::training::TrainingError;
use clap::{ArgAction, Args};

use crate::exit::complain;

/// What decides against the files of a model folder.
#[derive(Args, Clone, Copy, Debug)]
pub struct TokenizerFlags {
    /// Whether letters are lowered and accents stripped [default: what the model folder says, or
    /// what its name and vocabulary look like]
    #[arg(long, value_name = "true|false", action = ArgAction::Set)]
    do_lower_case: Option<bool>,
}

impl TokenizerFlags {
    /// Opens a model folder.
    ///
    /// # Errors
    /// See [`ModelFolder::open_as`].
    pub fn open(&self, folder: &Path) -> Result<ModelFolder, TrainingError> {
        let casing = self.do_lower_case.map(Casing::from_do_lower_case);
        Ok(ModelFolder::open_as(folder, casing)?)
    }

    /// Opens a model folder, and says on standard error how its casing was guessed, if it was.
    ///
    /// # Errors
    /// See [`ModelFolder::open_as`].
    pub fn open_and_say(&self, folder: &Path) -> Result<ModelFolder, TrainingError> {
        let opened = self.open(folder)?;
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
